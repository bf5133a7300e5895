// The glue of batches: scoring a matrix on pool threads. The order of the arguments stands in src/base/addon.ts
// (`scoreMatrix`).

#include "addon.h"
#include "matrix.h"
#include "parts.h"

namespace hive {
namespace {

// The most of tasks, of agents and of capabilities, and the most scores: products of two, in bytes, fit a size_t.
constexpr uint32_t kCountMax = 1u << 28;
static_assert(sizeof(size_t) >= 8);

struct MatrixWork {
  static constexpr size_t kArguments = 12;
  static constexpr size_t kScores = 11;
  uint32_t helpers = 0;
  uint32_t parts = 0;

  bool take(napi_env env, const napi_value* values) noexcept {
    Unwrap unwrap(env, "scoreMatrix");
    input_.tasks = unwrap.whole(values[0], kCountMax, "tasks");
    input_.agents = unwrap.whole(values[1], kCountMax, "agents");
    input_.capabilities = unwrap.whole(values[2], kCountMax, "capabilities");
    helpers = unwrap.whole(values[3], UINT32_MAX, "helpers");
    const size_t tasks = input_.tasks;
    const size_t agents = input_.agents;
    const size_t capabilities = input_.capabilities;
    if (tasks * agents > kCountMax) unwrap.refuse("tasks", "so few that tasks x agents is at most 2^28");
    input_.shares = shares_.take(unwrap, values[4], tasks * capabilities, "shares");
    input_.minima = minima_.take(unwrap, values[5], tasks * capabilities, "minima");
    input_.offsets = offsets_.take(unwrap, values[6], tasks, "offsets");
    input_.kind_of = kind_of_.take_copy(unwrap, values[7], tasks, "kindOf");
    input_.proficiency = proficiency_.take(unwrap, values[8], capabilities * agents, "proficiency");
    if (!unwrap.ok()) return false;
    input_.base = base_.take(unwrap, values[9], kinds() * agents, "base");
    input_.eligible = eligible_.take(unwrap, values[10], agents, "eligible");
    scores_ = written_.take(unwrap, values[kScores], tasks * agents, "scores");
    parts = matrix_tiles(input_);
    return unwrap.ok();
  }

  void run(uint32_t part) const noexcept { score_tile(input_, part, scores_); }

  napi_value complete(napi_env env, const napi_value* values) noexcept {
    Unwrap unwrap(env, "scoreMatrix, at its end");
    written_.hand_over(unwrap, values[kScores], "scores");
    return unwrap.ok() ? values[kScores] : nullptr;
  }

 private:
  // How many rows `base` has to have, so that every index in `kind_of` is one of them.
  size_t kinds() const noexcept {
    size_t count = 0;
    for (uint32_t task = 0; task < input_.tasks; task++) {
      count = std::max(count, static_cast<size_t>(input_.kind_of[task]) + 1);
    }
    return count;
  }

  MatrixInput input_ = {};
  float* scores_ = nullptr;
  Reading<float> shares_, minima_, offsets_, proficiency_, base_;
  Reading<uint32_t> kind_of_, eligible_;
  Writing<float> written_;
};

}  // namespace

void add_matrix_functions(napi_env env, napi_value exports) noexcept {
  add_function(env, exports, "scoreMatrix", in_parts<MatrixWork>);
}

}  // namespace hive
