// The native addon: what it exports and the life of its per-thread data. The way in is src/base/addon.ts.
// Why: `abi` counts changes of the exported functions, so that a binary compiled from older sources is refused with a
// sentence and not called with other arguments.

#include "addon.h"

#include <new>

namespace hive {
namespace {

constexpr uint32_t kAbi = 6;

void forget_environment(napi_env, void* data, void*) {
  Environment* environment = static_cast<Environment*>(data);
  for (uint32_t group = 0; group < kBellGroups; group++) {
    if (environment->groups[group]) bell_close_group(group);
  }
  forget_text(environment->text);
  delete environment;
}

}  // namespace

Environment& environment_of(napi_env env) noexcept {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return *static_cast<Environment*>(data);
}

void add_function(napi_env env, napi_value target, const char* name, napi_callback callback) noexcept {
  napi_value function;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function) != napi_ok) return;
  napi_set_named_property(env, target, name, function);
}

void throw_error(napi_env env, const char* code, const char* message) noexcept {
  napi_throw_error(env, code, message);
}

}  // namespace hive

NAPI_MODULE_INIT() {
  hive::Environment* environment = new (std::nothrow) hive::Environment();
  if (environment == nullptr) return nullptr;
  if (napi_set_instance_data(env, environment, hive::forget_environment, nullptr) != napi_ok) {
    delete environment;
    return nullptr;
  }
  napi_value abi;
  napi_create_uint32(env, hive::kAbi, &abi);
  napi_set_named_property(env, exports, "abi", abi);
  hive::add_bell_functions(env, exports);
  hive::add_rank_functions(env, exports);
  hive::add_text_functions(env, exports);
  hive::add_matrix_functions(env, exports);
  hive::add_assign_functions(env, exports);
  hive::add_network_functions(env, exports);
  return exports;
}
