// The glue of networks: batches, at once or on a thread of the pool, and epochs of training, always there.
// The order of the arguments stands in src/base/addon.ts.
//
//   layout, numbers, order   memory of this thread, checked while they are copied: every size and every row number
//                            follows from the copies
//   networkForward           computes in the arrays as they are; shared memory is allowed, for only floats are in it
//   networkForwardLater      copies the inputs, computes into its own memory, copies the outputs when done
//   networkEpoch             works in place. That memory is shared, so nobody can take it away; whoever writes to it
//                            meanwhile gets other floats, and nothing worse

#include <algorithm>

#include "long_call.h"
#include "network.h"

// Why: sizes are products of a number of rows and one of neurons, below 2^48 bytes for all that `whole` lets pass.
static_assert(sizeof(size_t) >= 8, "sizes of networks are computed in 64 bits");

namespace hive {
namespace {

constexpr uint32_t kRowsMax = 1u << 30;

bool take_plan(Unwrap& unwrap, napi_value value, Plan& plan) noexcept {
  const uint32_t* layout = unwrap.in<uint32_t>(value, kLayoutLength, "layout");
  if (!unwrap.ok()) return false;
  if (read_plan(layout, plan)) return true;
  unwrap.refuse("layout", "1 to 32 layers, of 1 to 65536 neurons each, a known activation, and 2^24 parameters in all");
  return false;
}

// At least `count` floats; null when there is no memory.
float* reserve(Scratch& scratch, size_t count) noexcept {
  if (scratch.count >= count) return scratch.floats.get();
  scratch.floats = make_room<float>(count);
  scratch.count = scratch.floats == nullptr ? 0 : count;
  return scratch.floats.get();
}

// layout, parameters, inputs, rows, outputs
napi_value forward(napi_env env, napi_callback_info info) {
  const Arguments<5> arguments(env, info);
  const napi_value* values = arguments.values;
  Unwrap own(env, "networkForward");
  Plan plan;
  if (!take_plan(own, values[0], plan)) return nullptr;
  Unwrap unwrap(env, "networkForward", Shared::allowed);
  const float* parameters = unwrap.in<float>(values[1], plan.parameters, "parameters");
  const size_t rows = unwrap.whole(values[3], kRowsMax, "rows");
  const float* inputs = unwrap.in<float>(values[2], rows * plan.inputs, "inputs");
  float* outputs = unwrap.out<float>(values[4], rows * plan.outputs, "outputs");
  if (!unwrap.ok()) return nullptr;
  float* scratch = reserve(environment_of(env).network_scratch, forward_scratch_floats(plan));
  if (scratch == nullptr) {
    throw_error(env, "ADDON_MEMORY", "networkForward: there is no memory to compute in");
    return nullptr;
  }
  forward_batch(plan, parameters, inputs, rows, outputs, scratch);
  return nullptr;
}

// layout, parameters, inputs, rows, outputs
struct ForwardCall {
  static constexpr size_t kArguments = 5;
  Plan plan;
  const float* parameters;
  size_t rows;
  std::unique_ptr<float[]> memory;  // inputs, outputs, scratch

  bool take(napi_env env, const napi_value* values) noexcept {
    Unwrap own(env, "networkForwardLater");
    if (!take_plan(own, values[0], plan)) return false;
    Unwrap unwrap(env, "networkForwardLater", Shared::allowed);
    parameters = unwrap.in_shared<float>(values[1], plan.parameters, "parameters");
    rows = unwrap.whole(values[3], kRowsMax, "rows");
    const float* inputs = unwrap.in<float>(values[2], inputs_floats(), "inputs");
    unwrap.out<float>(values[4], outputs_floats(), "outputs");
    if (!unwrap.ok()) return false;
    memory = make_room<float>(inputs_floats() + outputs_floats() + forward_scratch_floats(plan));
    if (memory == nullptr) {
      refuse_memory(env);
      return false;
    }
    std::copy_n(inputs, inputs_floats(), memory.get());
    return true;
  }

  void execute() noexcept {
    forward_batch(plan, parameters, memory.get(), rows, outputs(), outputs() + outputs_floats());
  }

  napi_value complete(napi_env env, const napi_value* values) noexcept {
    Unwrap unwrap(env, "networkForwardLater, when done", Shared::allowed);
    float* into = unwrap.out<float>(values[4], outputs_floats(), "outputs");
    if (!unwrap.ok()) return nullptr;
    std::copy_n(outputs(), outputs_floats(), into);
    return undefined(env);
  }

  size_t inputs_floats() const noexcept { return rows * plan.inputs; }
  size_t outputs_floats() const noexcept { return rows * plan.outputs; }
  float* outputs() const noexcept { return memory.get() + inputs_floats(); }
};

constexpr uint32_t kNumbers = 10;

// layout, numbers, parameters, gradient, first, second, inputs, targets, order, scratch
// numbers: in      0 algorithm, 1 learning rate, 2 rows of an update, 3 rows to learn from, 4 rows in all,
//                  5 whether to judge only
//          in, out 6 and 7 the decays of adam
//          out     8 training sum, 9 validation sum
struct EpochCall {
  static constexpr size_t kArguments = 10;
  Training training;
  std::unique_ptr<uint32_t[]> order;
  float* scratch;
  bool judges_only;

  bool take(napi_env env, const napi_value* values) noexcept {
    size_t rows = 0;
    return take_own(env, values, rows) && take_shared(env, values, rows);
  }

  // Answers in `rows` how many rows of inputs and targets there have to be, from the highest number in the order.
  bool take_own(napi_env env, const napi_value* values, size_t& rows) noexcept {
    Unwrap unwrap(env, "networkEpoch");
    if (!take_plan(unwrap, values[0], training.plan)) return false;
    const double* numbers = unwrap.in<double>(values[1], kNumbers, "numbers");
    if (!unwrap.ok()) return false;
    take_numbers(unwrap, numbers);
    const uint32_t* given = unwrap.in<uint32_t>(values[8], training.all_rows, "order");
    if (!unwrap.ok()) return false;
    order = make_room<uint32_t>(training.all_rows);
    if (order == nullptr) {
      refuse_memory(env);
      return false;
    }
    training.order = order.get();
    for (size_t at = 0; at < training.all_rows; at++) {
      const size_t row = order[at] = given[at];
      if (row >= rows) rows = row + 1;
    }
    return true;
  }

  void take_numbers(Unwrap& unwrap, const double* numbers) noexcept {
    training.algorithm = static_cast<Algorithm>(unwrap.whole(numbers[0], kAlgorithmMax, "algorithm"));
    training.learning_rate = numbers[1];
    training.update_rows = unwrap.whole(numbers[2], kRowsMax, "updateRows");
    if (training.update_rows == 0) unwrap.refuse("updateRows", "1 or more");
    training.all_rows = unwrap.whole(numbers[4], kRowsMax, "rows");
    training.training_rows = unwrap.whole(numbers[3], static_cast<uint32_t>(training.all_rows), "trainingRows");
    judges_only = numbers[5] != 0;
    training.decay1 = numbers[6];
    training.decay2 = numbers[7];
    training.training_sum = numbers[8];
    training.validation_sum = numbers[9];
  }

  bool take_shared(napi_env env, const napi_value* values, size_t rows) noexcept {
    const Plan& plan = training.plan;
    Unwrap unwrap(env, "networkEpoch");
    training.inputs = unwrap.in_shared<float>(values[6], rows * plan.inputs, "inputs");
    training.targets = unwrap.in_shared<float>(values[7], rows * plan.outputs, "targets");
    training.parameters = unwrap.out_shared<float>(values[2], plan.parameters, "parameters");
    training.gradient = unwrap.out_shared<float>(values[3], plan.parameters, "gradient");
    training.first = unwrap.out_shared<float>(values[4], plan.parameters, "first");
    training.second = unwrap.out_shared<float>(values[5], plan.parameters, "second");
    scratch = unwrap.out_shared<float>(values[9], training_scratch_floats(plan), "scratch");
    return unwrap.ok();
  }

  void execute() noexcept {
    if (judges_only) {
      judge_rows(training, scratch);
    } else {
      train_epoch(training, scratch);
    }
  }

  napi_value complete(napi_env env, const napi_value* values) noexcept {
    Unwrap unwrap(env, "networkEpoch, when done");
    double* numbers = unwrap.out<double>(values[1], kNumbers, "numbers");
    if (!unwrap.ok()) return nullptr;
    numbers[6] = training.decay1;
    numbers[7] = training.decay2;
    numbers[8] = training.training_sum;
    numbers[9] = training.validation_sum;
    return undefined(env);
  }
};

// layout; answers how many floats an epoch needs to work in
napi_value scratch_floats(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Unwrap unwrap(env, "networkScratch");
  Plan plan;
  if (!take_plan(unwrap, arguments.values[0], plan)) return nullptr;
  napi_value count = nullptr;
  napi_create_double(env, static_cast<double>(training_scratch_floats(plan)), &count);
  return count;
}

}  // namespace

void add_network_functions(napi_env env, napi_value exports) noexcept {
  add_function(env, exports, "networkScratch", scratch_floats);
  add_function(env, exports, "networkForward", forward);
  add_function(env, exports, "networkForwardLater", call_later<ForwardCall>);
  add_function(env, exports, "networkEpoch", call_later<EpochCall>);
}

}  // namespace hive
