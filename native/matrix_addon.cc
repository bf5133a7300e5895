// The glue of batches: scoring a matrix on pool threads. The order of the arguments stands in src/base/addon.ts
// (`scoreMatrix`); src/compute/score-matrix-native.ts has checked them.

#include "addon.h"
#include "matrix.h"
#include "parts.h"

namespace hive {
namespace {

struct MatrixWork {
  MatrixInput input;
  float* scores;
  uint32_t parts;

  void run(uint32_t part) const noexcept { score_tile(input, part, scores); }
  void finish() const noexcept {}
};

napi_value score_matrix(napi_env env, napi_callback_info info) {
  const Arguments<12> arguments(env, info);
  const napi_value* values = arguments.values;
  MatrixWork work;
  work.input.tasks = to_uint32(env, values[0]);
  work.input.agents = to_uint32(env, values[1]);
  work.input.capabilities = to_uint32(env, values[2]);
  const uint32_t helpers = to_uint32(env, values[3]);
  const napi_value* arrays = values + 4;
  work.input.shares = typed_array<float>(env, arrays[0]);
  work.input.minima = typed_array<float>(env, arrays[1]);
  work.input.offsets = typed_array<float>(env, arrays[2]);
  work.input.kind_of = typed_array<uint32_t>(env, arrays[3]);
  work.input.proficiency = typed_array<float>(env, arrays[4]);
  work.input.base = typed_array<float>(env, arrays[5]);
  work.input.eligible = typed_array<uint32_t>(env, arrays[6]);
  work.scores = typed_array<float>(env, arrays[7]);
  work.parts = matrix_tiles(work.input);
  return PartsJob<MatrixWork>::begin(env, work, helpers, arrays, 8, 7);
}

}  // namespace

void add_matrix_functions(napi_env env, napi_value exports) noexcept {
  add_function(env, exports, "scoreMatrix", score_matrix);
}

}  // namespace hive
