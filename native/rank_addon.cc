// The glue of ranking: synchronous calls over columns that TypeScript owns. Nothing is kept between calls.
// The order of the arguments stands in src/base/addon.ts (`rank`, `compareEmbeddings`).

#include "addon.h"
#include "topk.h"

namespace hive {
namespace {

constexpr uint32_t kRequiredMax = 32;
constexpr uint32_t kRowsMax = 1u << 30;
constexpr size_t kNumbers = 9;
constexpr size_t kWeights = kSpeed + 1;

// numbers: in  0 rows, 1 bits that count, 2 what they have to be, 3 k, 4 base of fitness, 5 how many capabilities,
//              6 the cost that is a share of 1
//          out 7 matched, 8 median
napi_value rank(napi_env env, napi_callback_info info) {
  const Arguments<15> arguments(env, info);
  const napi_value* values = arguments.values;
  Unwrap unwrap(env, "rank");
  const double* given = unwrap.in<double>(values[0], kNumbers, "numbers");
  if (!unwrap.ok()) return nullptr;
  RankInput input;
  input.rows = unwrap.whole(given[0], kRowsMax, "rows");
  input.care = unwrap.whole(given[1], UINT32_MAX, "care");
  input.want = unwrap.whole(given[2], UINT32_MAX, "want");
  const uint32_t k = unwrap.whole(given[3], kRowsMax, "k");
  input.fitness_base = static_cast<float>(given[4]);
  input.required = unwrap.whole(given[5], kRequiredMax, "required");
  input.cost_top = static_cast<float>(given[6]);
  napi_value columns[kRequiredMax];
  unwrap.elements(values[6], input.required, columns, "proficiency");
  input.eligible = unwrap.in<uint32_t>(values[1], input.rows, "eligible");
  input.load = unwrap.in<float>(values[2], input.rows, "load");
  input.success = unwrap.in<float>(values[3], input.rows, "success");
  input.latency = unwrap.in<float>(values[4], input.rows, "latencyMs");
  input.idle_since = unwrap.in<double>(values[5], input.rows, "idleSinceMs");
  const float* proficiency[kRequiredMax];
  for (uint32_t index = 0; index < input.required; index++) {
    proficiency[index] = unwrap.in<float>(columns[index], input.rows, "proficiency[]");
  }
  input.proficiency = proficiency;
  input.minima = unwrap.in<float>(values[7], input.required, "minima");
  input.shares = unwrap.in<float>(values[8], input.required, "shares");
  input.weights = unwrap.in<float>(values[9], kWeights, "weights");
  input.semantic = unwrap.in_if_given<float>(values[10], input.rows, "semantic");
  input.cost = unwrap.in_if_given<float>(values[11], input.rows, "cost");
  float* scratch = unwrap.out<float>(values[12], rank_scratch_floats(input.rows), "scratch");
  RankOutput output;
  output.rows = unwrap.out<uint32_t>(values[13], k, "rowsOut");
  output.scores = unwrap.out<float>(values[14], k, "scoresOut");
  double* answers = unwrap.out<double>(values[0], kNumbers, "numbers");
  if (!unwrap.ok()) return nullptr;
  rank_rows(input, k, scratch, output);
  answers[7] = output.matched;
  answers[8] = output.median;
  napi_value count;
  napi_create_uint32(env, output.count, &count);
  return count;
}

napi_value compare(napi_env env, napi_callback_info info) {
  const Arguments<7> arguments(env, info);
  const napi_value* values = arguments.values;
  Unwrap unwrap(env, "compareEmbeddings");
  RankInput input = {};
  input.rows = unwrap.whole(values[0], kRowsMax, "rows");
  input.care = unwrap.whole(values[1], UINT32_MAX, "care");
  input.want = unwrap.whole(values[2], UINT32_MAX, "want");
  input.eligible = unwrap.in<uint32_t>(values[3], input.rows, "eligible");
  const size_t embeddings_floats = static_cast<size_t>(input.rows) * kEmbedding;
  const float* embeddings = unwrap.in<float>(values[4], embeddings_floats, "embeddings");
  const float* task = unwrap.in<float>(values[5], kEmbedding, "task");
  float* semantic = unwrap.out<float>(values[6], input.rows, "semanticOut");
  if (!unwrap.ok()) return nullptr;
  compare_rows(input, embeddings, task, semantic);
  return nullptr;
}

}  // namespace

void add_rank_functions(napi_env env, napi_value exports) noexcept {
  add_function(env, exports, "rank", rank);
  add_function(env, exports, "compareEmbeddings", compare);
}

}  // namespace hive
