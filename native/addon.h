// What the glue files share: the data of one environment (one thread of Node) and short names for unwrapping.
// Glue only unwraps: TypeScript has checked every shape before a call arrives here, and no C++ exception exists.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>

#include "bell.h"

namespace hive {

struct ListeningBell;

// One per environment, kept with napi_set_instance_data: nothing here is shared between threads.
struct Environment {
  ListeningBell* bells = nullptr;
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

inline uint32_t to_uint32(napi_env env, napi_value value) noexcept {
  uint32_t number = UINT32_MAX;
  napi_get_value_uint32(env, value, &number);
  return number;
}

inline bool to_bool(napi_env env, napi_value value) noexcept {
  bool flag = false;
  napi_get_value_bool(env, value, &flag);
  return flag;
}

void add_bell_functions(napi_env env, napi_value exports) noexcept;
void add_rank_functions(napi_env env, napi_value exports) noexcept;
void add_text_functions(napi_env env, napi_value exports) noexcept;

}  // namespace hive
