// The glue of assignments, at once and on a pool thread. The order of the arguments stands in src/base/addon.ts
// (`assign`); src/compute/assign.ts has checked them.

#include "addon.h"
#include "assign.h"
#include "parts.h"

namespace hive {
namespace {

struct AssignJob {
  AssignInput input;
  uint32_t parts = 1;

  void run(uint32_t) const noexcept { assign_tasks(input); }
  void finish() const noexcept {}
};

AssignInput input_of(napi_env env, const napi_value* values) noexcept {
  AssignInput input;
  input.tasks = to_uint32(env, values[0]);
  input.agents = to_uint32(env, values[1]);
  input.scores = typed_array<float>(env, values[2]);
  input.capacity = typed_array<uint32_t>(env, values[3]);
  input.numbers = typed_array<double>(env, values[4]);
  input.counts = typed_array<int32_t>(env, values[5]);
  input.agent_of = typed_array<int32_t>(env, values[6]);
  return input;
}

napi_value assign(napi_env env, napi_callback_info info) {
  const Arguments<7> arguments(env, info);
  assign_tasks(input_of(env, arguments.values));
  return nullptr;
}

napi_value assign_async(napi_env env, napi_callback_info info) {
  const Arguments<7> arguments(env, info);
  const napi_value* arrays = arguments.values + 2;
  return PartsJob<AssignJob>::begin(env, AssignJob{input_of(env, arguments.values)}, 1, arrays, 5, 4);
}

}  // namespace

void add_assign_functions(napi_env env, napi_value exports) noexcept {
  add_function(env, exports, "assign", assign);
  add_function(env, exports, "assignAsync", assign_async);
}

}  // namespace hive
