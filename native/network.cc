// Networks: rows go through all layers in blocks, and back when learning. The loops stand in network_kernels.cc.
//
// With X the values that go into a layer (a row of the block each), W its weights by input, b its biases, Y what comes
// out and D = dE/dz the deltas of its neurons, all by rows:
//
//   Y = f(b + X · W)          gradient of W += Xᵗ · D, of b += Σ rows of D          D before = (D · Wᵗ) ∘ f'(X)
//
// Wᵗ is kept beside W, so that all three are products of the one kind that multiply_add knows.

#include "network.h"

#include <cmath>
#include <cstring>

#include "network_kernels.h"

namespace hive {
namespace {

size_t smaller(size_t one, size_t other) noexcept { return one < other ? one : other; }

bool is_width(uint32_t given) noexcept { return given >= 1 && given <= kNeuronsMax; }

void compute_layer(const Layer& layer, const float* parameters, const float* from, size_t rows, float* to) noexcept {
  const size_t neurons = layer.neurons;
  for (size_t row = 0; row < rows; row++) {
    std::memcpy(to + row * neurons, parameters + layer.biases_at, neurons * sizeof(float));
  }
  multiply_add(to, rows, neurons, from, layer.inputs, 1, layer.inputs, parameters + layer.weights_at);
  activate(to, rows * neurons, layer.activation);
}

// Where a training works: for one block of rows the values into each layer and out of the last, two sets of deltas, and
// the transposed weights of every layer but the first.
struct Workspace {
  float* values[kLayersMax + 1];
  float* deltas[2];
  float* transposed[kLayersMax] = {};

  Workspace(const Plan& plan, float* scratch) noexcept {
    values[0] = scratch;
    scratch += size_t{kBlockRows} * plan.inputs;
    for (uint32_t index = 0; index < plan.count; index++) {
      values[index + 1] = scratch;
      scratch += size_t{kBlockRows} * plan.layers[index].neurons;
    }
    for (float*& delta : deltas) {
      delta = scratch;
      scratch += size_t{kBlockRows} * plan.widest;
    }
    for (uint32_t index = 1; index < plan.count; index++) {
      transposed[index] = scratch;
      scratch += size_t{plan.layers[index].inputs} * plan.layers[index].neurons;
    }
  }
};

// Runs `count` rows through, and adds their squared errors to `sum`. deltas[0] holds y - target then.
void compute_block(const Training& training, Workspace& work, const uint32_t* order, size_t count,
                   double& sum) noexcept {
  const Plan& plan = training.plan;
  for (size_t at = 0; at < count; at++) {
    std::memcpy(work.values[0] + at * plan.inputs, training.inputs + size_t{order[at]} * plan.inputs,
                plan.inputs * sizeof(float));
  }
  for (uint32_t index = 0; index < plan.count; index++) {
    compute_layer(plan.layers[index], training.parameters, work.values[index], count, work.values[index + 1]);
  }
  const float* y = work.values[plan.count];
  float* difference = work.deltas[0];
  for (size_t at = 0; at < count; at++) {
    double row_sum = 0;
    const float* targets = training.targets + size_t{order[at]} * plan.outputs;
    for (size_t output = 0; output < plan.outputs; output++, y++, difference++) {
      *difference = *y - targets[output];
      row_sum += static_cast<double>(*difference) * static_cast<double>(*difference);
    }
    sum += row_sum;
  }
}

// Adds input times delta to each weight's place, and delta to each bias's.
void add_products(const Layer& layer, float* into, const float* x, const float* delta, size_t rows) noexcept {
  multiply_add(into + layer.weights_at, layer.inputs, layer.neurons, x, 1, layer.inputs, rows, delta);
  for (size_t row = 0; row < rows; row++) add_row(into + layer.biases_at, delta + row * layer.neurons, layer.neurons);
}

// Goes back through the rows that compute_block ran through. Incremental training, whose blocks have one row, changes
// the parameters at once, each layer when nobody needs it any more, and the transposed weights with them.
void back_propagate(Training& training, Workspace& work, size_t rows) noexcept {
  const Plan& plan = training.plan;
  const bool incremental = training.algorithm == Algorithm::incremental;
  const float rate = static_cast<float>(training.learning_rate);
  float* delta = work.deltas[0];
  float* before = work.deltas[1];
  for (uint32_t index = plan.count; index-- > 0;) {
    const Layer& layer = plan.layers[index];
    const float* x = work.values[index];
    multiply_by_slope(delta, work.values[index + 1], rows * layer.neurons, layer.activation);
    if (index > 0) {
      std::memset(before, 0, rows * layer.inputs * sizeof(float));
      multiply_add(before, rows, layer.inputs, delta, layer.neurons, 1, layer.neurons, work.transposed[index]);
    }
    if (incremental) scale(delta, layer.neurons, -rate);
    add_products(layer, incremental ? training.parameters : training.gradient, x, delta, rows);
    if (incremental && index > 0) {
      multiply_add(work.transposed[index], layer.neurons, layer.inputs, delta, 1, 1, 1, x);
    }
    float* swapped = delta;
    delta = before;
    before = swapped;
  }
}

void transpose_weights(const Training& training, Workspace& work) noexcept {
  const Plan& plan = training.plan;
  for (uint32_t index = 1; index < plan.count; index++) {
    const Layer& layer = plan.layers[index];
    transpose(training.parameters + layer.weights_at, layer.inputs, layer.neurons, work.transposed[index]);
  }
}

// Changes the parameters by the mean gradient of `rows` rows.
void change(Training& training, size_t rows) noexcept {
  const size_t count = training.plan.parameters;
  scale(training.gradient, count, 1.0F / static_cast<float>(rows));
  if (training.algorithm == Algorithm::rprop) {
    change_by_rprop(training.parameters, training.gradient, training.first, training.second, count);
  } else if (training.algorithm == Algorithm::adam) {
    training.decay1 *= 0.9;
    training.decay2 *= 0.999;
    const double rate = (training.learning_rate * std::sqrt(1 - training.decay2)) / (1 - training.decay1);
    change_by_adam(training.parameters, training.gradient, training.first, training.second, count,
                   static_cast<float>(rate));
  } else {
    change_by_rate(training.parameters, training.gradient, count, static_cast<float>(training.learning_rate));
  }
}

void learn_by_row(Training& training, Workspace& work) noexcept {
  transpose_weights(training, work);
  for (size_t at = 0; at < training.training_rows; at++) {
    compute_block(training, work, training.order + at, 1, training.training_sum);
    back_propagate(training, work, 1);
  }
}

void learn_by_update(Training& training, Workspace& work) noexcept {
  for (size_t start = 0; start < training.training_rows; start += training.update_rows) {
    const size_t end = smaller(start + training.update_rows, training.training_rows);
    std::memset(training.gradient, 0, training.plan.parameters * sizeof(float));
    transpose_weights(training, work);
    for (size_t at = start; at < end; at += kBlockRows) {
      const size_t count = smaller(kBlockRows, end - at);
      compute_block(training, work, training.order + at, count, training.training_sum);
      back_propagate(training, work, count);
    }
    change(training, end - start);
  }
}

}  // namespace

bool read_plan(const uint32_t* layout, Plan& plan) noexcept {
  plan.count = layout[0];
  plan.inputs = layout[1];
  if (plan.count < 1 || plan.count > kLayersMax || !is_width(plan.inputs)) return false;
  plan.widest = plan.inputs;
  plan.parameters = 0;
  uint32_t inputs = plan.inputs;
  for (uint32_t index = 0; index < plan.count; index++) {
    Layer& layer = plan.layers[index];
    layer.inputs = inputs;
    layer.neurons = layout[2 + 2 * index];
    if (!is_width(layer.neurons) || layout[3 + 2 * index] > kActivationMax) return false;
    layer.activation = static_cast<Activation>(layout[3 + 2 * index]);
    layer.weights_at = plan.parameters;
    layer.biases_at = layer.weights_at + size_t{inputs} * layer.neurons;
    plan.parameters = layer.biases_at + layer.neurons;
    if (plan.parameters > kParametersMax) return false;
    inputs = layer.neurons;
    if (inputs > plan.widest) plan.widest = inputs;
  }
  plan.outputs = inputs;
  return true;
}

void forward_batch(const Plan& plan, const float* parameters, const float* inputs, size_t rows, float* outputs,
                   float* scratch) noexcept {
  float* halves[2] = {scratch, scratch + size_t{kBlockRows} * plan.widest};
  for (size_t row = 0; row < rows; row += kBlockRows) {
    const size_t count = smaller(kBlockRows, rows - row);
    const float* from = inputs + row * plan.inputs;
    for (uint32_t index = 0; index < plan.count; index++) {
      float* to = index + 1 == plan.count ? outputs + row * plan.outputs : halves[index & 1];
      compute_layer(plan.layers[index], parameters, from, count, to);
      from = to;
    }
  }
}

size_t training_scratch_floats(const Plan& plan) noexcept {
  size_t floats = size_t{kBlockRows} * plan.inputs + size_t{2} * kBlockRows * plan.widest;
  for (uint32_t index = 0; index < plan.count; index++) {
    const Layer& layer = plan.layers[index];
    floats += size_t{kBlockRows} * layer.neurons;
    if (index > 0) floats += size_t{layer.inputs} * layer.neurons;
  }
  return floats;
}

void train_epoch(Training& training, float* scratch) noexcept {
  Workspace work(training.plan, scratch);
  training.training_sum = 0;
  if (training.algorithm == Algorithm::incremental) {
    learn_by_row(training, work);
  } else {
    learn_by_update(training, work);
  }
  judge_rows(training, scratch);
}

void judge_rows(Training& training, float* scratch) noexcept {
  Workspace work(training.plan, scratch);
  training.validation_sum = 0;
  for (size_t at = training.training_rows; at < training.all_rows; at += kBlockRows) {
    const size_t count = smaller(kBlockRows, training.all_rows - at);
    compute_block(training, work, training.order + at, count, training.validation_sum);
  }
}

}  // namespace hive
