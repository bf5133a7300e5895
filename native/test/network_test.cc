// Networks over arrays that are exactly as long as they have to be, so that AddressSanitizer sees one step beyond.

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "../network.h"
#include "check.h"

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

hive::Plan plan_of(const std::vector<uint32_t>& layout) {
  hive::Plan plan;
  CHECK(hive::read_plan(layout.data(), plan));
  return plan;
}

// A network with all parameters, inputs and targets of one value, trained for an epoch by one rule.
struct Lesson {
  Lesson(const std::vector<uint32_t>& layout, hive::Algorithm algorithm, uint32_t rows, float value) {
    training.plan = plan_of(layout);
    training.algorithm = algorithm;
    training.learning_rate = 0.01;
    training.update_rows = algorithm == hive::Algorithm::adam ? 5 : rows;
    for (std::vector<float>* array : {&parameters, &gradient, &first, &second}) {
      array->assign(training.plan.parameters, value);
    }
    inputs.assign(size_t{rows} * training.plan.inputs, value);
    targets.assign(size_t{rows} * training.plan.outputs, value);
    order.resize(rows);
    std::iota(order.rbegin(), order.rend(), 0);
    scratch.resize(hive::training_scratch_floats(training.plan));
    training.parameters = parameters.data();
    training.gradient = gradient.data();
    training.first = first.data();
    training.second = second.data();
    training.inputs = inputs.data();
    training.targets = targets.data();
    training.order = order.data();
    training.training_rows = rows - rows / 4;
    training.all_rows = rows;
    training.decay1 = training.decay2 = 1;
    hive::train_epoch(training, scratch.data());
  }

  hive::Training training;
  std::vector<float> parameters, gradient, first, second, inputs, targets, scratch;
  std::vector<uint32_t> order;
};

}  // namespace

PROMISE("a network computes the sums that its parameters say, for every number of rows around a block") {
  const hive::Plan plan = plan_of({2, 3, 5, 0, 2, 3});
  const std::vector<float> parameters(plan.parameters, 0.5f);
  for (size_t rows : {0u, 1u, 2u, 31u, 32u, 33u, 65u}) {
    const std::vector<float> inputs(3 * rows, 1.0f);
    std::vector<float> outputs(2 * rows);
    std::vector<float> scratch(hive::forward_scratch_floats(plan));
    hive::forward_batch(plan, parameters.data(), inputs.data(), rows, outputs.data(), scratch.data());
    for (float output : outputs) CHECK(output == 5.5f);
  }
}

PROMISE("layouts out of bounds are refused") {
  hive::Plan plan;
  for (const std::vector<uint32_t>& layout : std::vector<std::vector<uint32_t>>{
           {0, 1}, {33, 1}, {UINT32_MAX, 1}, {1, 0, 1, 0}, {1, 65'537, 1, 0}, {1, 1, 0, 0}, {1, 1, 65'537, 0},
           {1, 1, UINT32_MAX, 0}, {1, 1, 1, 4}, {1, 65'536, 65'536, 0}, {2, 1, 4096, 0, 4096, 0}}) {
    CHECK(!hive::read_plan(layout.data(), plan));
  }
  CHECK(hive::read_plan(std::vector<uint32_t>{1, 4095, 4096, 3}.data(), plan));
}

PROMISE("an epoch of every rule stays inside its arrays, with whatever numbers") {
  using hive::Algorithm;
  for (Algorithm rule : {Algorithm::incremental, Algorithm::batch, Algorithm::rprop, Algorithm::adam}) {
    for (uint32_t rows : {1u, 4u, 33u, 70u}) {
      const Lesson lesson({3, 3, 33, 2, 2, 1, 7, 3}, rule, rows, 0.25f);
      CHECK(std::isfinite(lesson.training.training_sum));
      for (float odd : {kNan, std::numeric_limits<float>::infinity(), -3e38f}) {
        CHECK(Lesson({2, 5, 9, 1, 3, 2}, rule, rows, odd).order.size() == rows);
      }
    }
  }
}
