// What the glue files share: the data of one environment (one thread of Node) and short names for unwrapping.
// Glue only unwraps: no kernel's arithmetic stands in it, and no C++ exception exists. TypeScript has checked every
// shape before a call arrives; glue checks it again by the rules of unwrap.h, because no call may crash the process.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "bell.h"
#include "unwrap.h"

namespace hive {

struct ListeningBell;
struct QueuedCall;
struct TextRoom;

// Memory that grows to the largest that was asked for, so that a call allocates nothing.
struct Scratch {
  std::unique_ptr<float[]> floats;
  size_t count = 0;
};

// One per environment, kept with napi_set_instance_data: nothing here is shared between threads.
struct Environment {
  ListeningBell* bells = nullptr;
  QueuedCall* calls = nullptr;  // asynchronous calls that are not complete, see long_call.h
  TextRoom* text = nullptr;     // what embed keeps, see text_addon.cc
  Scratch network_scratch;      // what networkForward works in, see network_addon.cc
  bool groups[kBellGroups] = {};  // the groups this environment opened and has not closed
};

Environment& environment_of(napi_env env) noexcept;
void add_function(napi_env env, napi_value target, const char* name, napi_callback callback) noexcept;
void throw_error(napi_env env, const char* code, const char* message) noexcept;

// The first `Count` arguments of a call; what was not passed is `undefined`.
template <size_t Count>
struct Arguments {
  napi_value values[Count];

  Arguments(napi_env env, napi_callback_info info) noexcept {
    size_t count = Count;
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  }
};

// UINT32_MAX for whatever is not a whole number in range.
inline uint32_t to_uint32(napi_env env, napi_value value) noexcept {
  double number = 0;
  if (napi_get_value_double(env, value, &number) != napi_ok || !(number >= 0 && number < UINT32_MAX)) return UINT32_MAX;
  const uint32_t whole = static_cast<uint32_t>(number);
  return whole == number ? whole : UINT32_MAX;
}

inline bool to_bool(napi_env env, napi_value value) noexcept {
  bool flag = false;
  napi_get_value_bool(env, value, &flag);
  return flag;
}

inline napi_value undefined(napi_env env) noexcept {
  napi_value nothing = nullptr;
  napi_get_undefined(env, &nothing);
  return nothing;
}

void add_bell_functions(napi_env env, napi_value exports) noexcept;
void add_rank_functions(napi_env env, napi_value exports) noexcept;
void add_text_functions(napi_env env, napi_value exports) noexcept;
void add_matrix_functions(napi_env env, napi_value exports) noexcept;
void add_assign_functions(napi_env env, napi_value exports) noexcept;
void forget_text(TextRoom* room) noexcept;
void add_network_functions(napi_env env, napi_value exports) noexcept;

}  // namespace hive
