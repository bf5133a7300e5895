// The glue of assignments, at once and on a pool thread. The order of the arguments stands in src/base/addon.ts
// (`assign`, `assignAsync`).

#include "addon.h"
#include "assign.h"
#include "parts.h"

namespace hive {
namespace {

// The most of tasks and of agents: their product, in bytes, fits a size_t.
constexpr uint32_t kCountMax = (1u << 28) - 1;
static_assert(sizeof(size_t) >= 8);

size_t numbers_of(const AssignInput& input) noexcept { return 3 * static_cast<size_t>(input.agents) + input.tasks; }

size_t counts_of(const AssignInput& input) noexcept { return 4 * static_cast<size_t>(input.agents) + 2 * input.tasks; }

size_t scores_of(const AssignInput& input) noexcept { return static_cast<size_t>(input.tasks) * input.agents; }

// arguments: tasks, agents, scores, capacity, numbers, counts, agentOf
napi_value assign(napi_env env, napi_callback_info info) {
  const Arguments<7> arguments(env, info);
  const napi_value* values = arguments.values;
  Unwrap unwrap(env, "assign");
  AssignInput input;
  input.tasks = unwrap.whole(values[0], kCountMax, "tasks");
  input.agents = unwrap.whole(values[1], kCountMax, "agents");
  input.scores = unwrap.in_any<float>(values[2], scores_of(input), "scores");
  input.capacity = unwrap.in<uint32_t>(values[3], input.agents, "capacity");
  input.numbers = unwrap.out<double>(values[4], numbers_of(input), "numbers");
  input.counts = unwrap.out<int32_t>(values[5], counts_of(input), "counts");
  input.agent_of = unwrap.out<int32_t>(values[6], input.tasks, "agentOf");
  if (unwrap.ok()) assign_tasks(input);
  return nullptr;
}

// arguments: tasks, agents, scores, capacity, agentOf
struct AssignWork {
  static constexpr size_t kArguments = 5;
  static constexpr size_t kAgentOf = 4;
  uint32_t helpers = 1;
  uint32_t parts = 1;

  bool take(napi_env env, const napi_value* values) noexcept {
    Unwrap unwrap(env, "assignAsync");
    input_.tasks = unwrap.whole(values[0], kCountMax, "tasks");
    input_.agents = unwrap.whole(values[1], kCountMax, "agents");
    input_.scores = scores_.take(unwrap, values[2], scores_of(input_), "scores");
    input_.capacity = capacity_.take_copy(unwrap, values[3], input_.agents, "capacity");
    input_.agent_of = agent_of_.take_room(unwrap, values[kAgentOf], input_.tasks, "agentOf");
    if (!unwrap.ok()) return false;
    numbers_.reset(new (std::nothrow) double[numbers_of(input_)]);
    counts_.reset(new (std::nothrow) int32_t[counts_of(input_)]);
    input_.numbers = numbers_.get();
    input_.counts = counts_.get();
    if (input_.numbers == nullptr || input_.counts == nullptr) unwrap.refuse_memory();
    return unwrap.ok();
  }

  void run(uint32_t) const noexcept { assign_tasks(input_); }

  napi_value complete(napi_env env, const napi_value* values) noexcept {
    Unwrap unwrap(env, "assignAsync, at its end");
    agent_of_.hand_over(unwrap, values[kAgentOf], "agentOf");
    return unwrap.ok() ? values[kAgentOf] : nullptr;
  }

 private:
  AssignInput input_ = {};
  Reading<float> scores_;
  Reading<uint32_t> capacity_;
  Writing<int32_t> agent_of_;
  std::unique_ptr<double[]> numbers_;
  std::unique_ptr<int32_t[]> counts_;
};

}  // namespace

void add_assign_functions(napi_env env, napi_value exports) noexcept {
  add_function(env, exports, "assign", assign);
  add_function(env, exports, "assignAsync", in_parts<AssignWork>);
}

}  // namespace hive
