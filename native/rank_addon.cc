// The glue of ranking: one synchronous call over columns that TypeScript owns. Nothing is kept between calls.
// The order of the arguments stands in src/base/addon.ts (`rank`); src/compute/native-engine.ts has checked them.

#include "addon.h"
#include "topk.h"

namespace hive {
namespace {

constexpr uint32_t kRequiredMax = 32;

template <typename Value>
Value* column(napi_env env, napi_value array) noexcept {
  void* data = nullptr;
  napi_get_typedarray_info(env, array, nullptr, nullptr, &data, nullptr, nullptr);
  return static_cast<Value*>(data);
}

// numbers: in  0 rows, 1 mask, 2 k, 3 energy minimum, 4 base of fitness, 5 how many capabilities
//          out 6 matched, 7 median
napi_value rank(napi_env env, napi_callback_info info) {
  const Arguments<14> arguments(env, info);
  const napi_value* values = arguments.values;
  double* numbers = column<double>(env, values[0]);
  const float* proficiency[kRequiredMax];
  RankInput input;
  input.rows = static_cast<uint32_t>(numbers[0]);
  input.mask = static_cast<uint32_t>(numbers[1]);
  input.energy_min = static_cast<float>(numbers[3]);
  input.fitness_base = static_cast<float>(numbers[4]);
  input.required = static_cast<uint32_t>(numbers[5]);
  input.eligible = column<uint32_t>(env, values[1]);
  input.load = column<float>(env, values[2]);
  input.energy = column<float>(env, values[3]);
  input.success = column<float>(env, values[4]);
  input.latency = column<float>(env, values[5]);
  input.idle_since = column<double>(env, values[6]);
  for (uint32_t index = 0; index < input.required && index < kRequiredMax; index++) {
    napi_value element = nullptr;
    napi_get_element(env, values[7], index, &element);
    proficiency[index] = column<float>(env, element);
  }
  input.proficiency = proficiency;
  input.minima = column<float>(env, values[8]);
  input.shares = column<float>(env, values[9]);
  input.weights = column<float>(env, values[10]);
  RankOutput output;
  output.rows = column<uint32_t>(env, values[12]);
  output.scores = column<float>(env, values[13]);
  rank_rows(input, static_cast<uint32_t>(numbers[2]), column<float>(env, values[11]), output);
  numbers[6] = output.matched;
  numbers[7] = output.median;
  napi_value count;
  napi_create_uint32(env, output.count, &count);
  return count;
}

}  // namespace

void add_rank_functions(napi_env env, napi_value exports) noexcept { add_function(env, exports, "rank", rank); }

}  // namespace hive
