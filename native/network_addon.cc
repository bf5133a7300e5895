// The glue of networks: batches, at once or on a thread of the pool, and epochs of training, always there.
// src/compute/network-native.ts has checked all arguments, and brings the memory to work in.

#include "calls.h"
#include "network.h"

namespace hive {
namespace {

// layout, parameters, inputs, rows, outputs, scratch
struct ForwardCall {
  static constexpr uint32_t kArguments = 6;
  Plan plan;
  const float* parameters;
  const float* inputs;
  size_t rows;
  float* outputs;
  float* scratch;

  ForwardCall(napi_env env, const napi_value* arguments) noexcept
      : plan(read_plan(array_data<uint32_t>(env, arguments[0]))),
        parameters(array_data<float>(env, arguments[1])),
        inputs(array_data<float>(env, arguments[2])),
        rows(to_uint32(env, arguments[3])),
        outputs(array_data<float>(env, arguments[4])),
        scratch(array_data<float>(env, arguments[5])) {}

  void execute() noexcept { forward_batch(plan, parameters, inputs, rows, outputs, scratch); }
  napi_value answer(napi_env env) const noexcept { return nothing(env); }
};

// layout, numbers, parameters, gradient, first, second, inputs, targets, order, scratch
// numbers: in      0 algorithm, 1 learning rate, 2 rows of an update, 3 rows to learn from, 4 rows in all,
//                  5 whether to judge only
//          in, out 6 and 7 the decays of adam
//          out     8 training sum, 9 validation sum
struct EpochCall {
  static constexpr uint32_t kArguments = 10;
  Training training;
  double* numbers;
  float* scratch;
  bool judges_only;

  EpochCall(napi_env env, const napi_value* arguments) noexcept
      : numbers(array_data<double>(env, arguments[1])), scratch(array_data<float>(env, arguments[9])) {
    training.plan = read_plan(array_data<uint32_t>(env, arguments[0]));
    training.algorithm = static_cast<Algorithm>(static_cast<uint32_t>(numbers[0]));
    training.learning_rate = numbers[1];
    training.update_rows = static_cast<size_t>(numbers[2]);
    training.training_rows = static_cast<size_t>(numbers[3]);
    training.all_rows = static_cast<size_t>(numbers[4]);
    judges_only = numbers[5] != 0;
    training.decay1 = numbers[6];
    training.decay2 = numbers[7];
    training.training_sum = numbers[8];
    training.validation_sum = numbers[9];
    training.parameters = array_data<float>(env, arguments[2]);
    training.gradient = array_data<float>(env, arguments[3]);
    training.first = array_data<float>(env, arguments[4]);
    training.second = array_data<float>(env, arguments[5]);
    training.inputs = array_data<float>(env, arguments[6]);
    training.targets = array_data<float>(env, arguments[7]);
    training.order = array_data<uint32_t>(env, arguments[8]);
  }

  void execute() noexcept {
    if (judges_only) {
      judge_rows(training, scratch);
    } else {
      train_epoch(training, scratch);
    }
    numbers[6] = training.decay1;
    numbers[7] = training.decay2;
    numbers[8] = training.training_sum;
    numbers[9] = training.validation_sum;
  }

  napi_value answer(napi_env env) const noexcept { return nothing(env); }
};

// layout; answers how many floats [0] a forward and [1] a training need to work in
napi_value scratch_floats(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  const Plan plan = read_plan(array_data<uint32_t>(env, arguments.values[0]));
  double* floats = array_data<double>(env, arguments.values[1]);
  floats[0] = static_cast<double>(forward_scratch_floats(plan));
  floats[1] = static_cast<double>(training_scratch_floats(plan));
  return nullptr;
}

}  // namespace

void add_network_functions(napi_env env, napi_value exports) noexcept {
  add_function(env, exports, "networkScratch", scratch_floats);
  add_function(env, exports, "networkForward", call_now<ForwardCall>);
  add_function(env, exports, "networkForwardLater", call_later<ForwardCall>);
  add_function(env, exports, "networkEpoch", call_later<EpochCall>);
}

}  // namespace hive
