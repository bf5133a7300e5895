// The glue of ranking: one synchronous call over columns that TypeScript owns. Nothing is kept between calls.
// The order of the arguments stands in src/base/addon.ts (`rank`).

#include "addon.h"
#include "topk.h"

namespace hive {
namespace {

constexpr uint32_t kRequiredMax = 32;
constexpr uint32_t kRowsMax = 1u << 30;
constexpr size_t kNumbers = 8;
constexpr size_t kWeights = 4;

// numbers: in  0 rows, 1 mask, 2 k, 3 energy minimum, 4 base of fitness, 5 how many capabilities
//          out 6 matched, 7 median
napi_value rank(napi_env env, napi_callback_info info) {
  const Arguments<14> arguments(env, info);
  const napi_value* values = arguments.values;
  Unwrap unwrap(env, "rank");
  const double* given = unwrap.in<double>(values[0], kNumbers, "numbers");
  if (!unwrap.ok()) return nullptr;
  RankInput input;
  input.rows = unwrap.whole(given[0], kRowsMax, "rows");
  input.mask = unwrap.whole(given[1], UINT32_MAX, "mask");
  const uint32_t k = unwrap.whole(given[2], kRowsMax, "k");
  input.energy_min = static_cast<float>(given[3]);
  input.fitness_base = static_cast<float>(given[4]);
  input.required = unwrap.whole(given[5], kRequiredMax, "required");
  napi_value columns[kRequiredMax];
  unwrap.elements(values[7], input.required, columns, "proficiency");
  input.eligible = unwrap.in<uint32_t>(values[1], input.rows, "eligible");
  input.load = unwrap.in<float>(values[2], input.rows, "load");
  input.energy = unwrap.in<float>(values[3], input.rows, "energy");
  input.success = unwrap.in<float>(values[4], input.rows, "success");
  input.latency = unwrap.in<float>(values[5], input.rows, "latencyMs");
  input.idle_since = unwrap.in<double>(values[6], input.rows, "idleSinceMs");
  const float* proficiency[kRequiredMax];
  for (uint32_t index = 0; index < input.required; index++) {
    proficiency[index] = unwrap.in<float>(columns[index], input.rows, "proficiency[]");
  }
  input.proficiency = proficiency;
  input.minima = unwrap.in<float>(values[8], input.required, "minima");
  input.shares = unwrap.in<float>(values[9], input.required, "shares");
  input.weights = unwrap.in<float>(values[10], kWeights, "weights");
  float* scratch = unwrap.out<float>(values[11], 2 * static_cast<size_t>(input.rows), "scratch");
  RankOutput output;
  output.rows = unwrap.out<uint32_t>(values[12], k, "rowsOut");
  output.scores = unwrap.out<float>(values[13], k, "scoresOut");
  double* answers = unwrap.out<double>(values[0], kNumbers, "numbers");
  if (!unwrap.ok()) return nullptr;
  rank_rows(input, k, scratch, output);
  answers[6] = output.matched;
  answers[7] = output.median;
  napi_value count;
  napi_create_uint32(env, output.count, &count);
  return count;
}

}  // namespace

void add_rank_functions(napi_env env, napi_value exports) noexcept { add_function(env, exports, "rank", rank); }

}  // namespace hive
