// Networks of fully connected layers: computing a batch, and an epoch of training. Knows no Node.
// The layout of parameters and the rules of training stand in src/compute/network-shape.ts and network-engine.ts.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hive {

// As in src/compute/network-shape.ts.
constexpr uint32_t kLayersMax = 32;
constexpr size_t kLayoutLength = 2 + 2 * kLayersMax;
constexpr uint32_t kNeuronsMax = 65'536;
constexpr size_t kParametersMax = size_t{16} * 1024 * 1024;

// Rows that go through all layers together: their values stay in the processor's caches, and each weight that is
// loaded serves them all.
constexpr uint32_t kBlockRows = 32;

enum class Activation : uint32_t { linear = 0, sigmoid = 1, tanh = 2, relu = 3 };
constexpr uint32_t kActivationMax = 3;

struct Layer {
  uint32_t inputs;
  uint32_t neurons;
  Activation activation;
  size_t weights_at;
  size_t biases_at;
};

struct Plan {
  Layer layers[kLayersMax];
  uint32_t count;
  uint32_t inputs;
  uint32_t outputs;
  uint32_t widest;
  size_t parameters;
};

// `layout`, kLayoutLength numbers: how many layers, how many inputs, then neurons and activation of each layer.
// False when one of these numbers, or what they come to, is out of bounds.
bool read_plan(const uint32_t* layout, Plan& plan) noexcept;

// How many floats `forward_batch` needs to work in.
inline size_t forward_scratch_floats(const Plan& plan) noexcept { return size_t{2} * kBlockRows * plan.widest; }

// Computes `rows` rows. Nothing is allocated.
void forward_batch(const Plan& plan, const float* parameters, const float* inputs, size_t rows, float* outputs,
                   float* scratch) noexcept;

enum class Algorithm : uint32_t { incremental = 0, batch = 1, rprop = 2, adam = 3 };
constexpr uint32_t kAlgorithmMax = 3;

struct Training {
  Plan plan;
  Algorithm algorithm;
  double learning_rate;
  size_t update_rows;
  float* parameters;
  float* gradient;
  float* first;   // rprop: the gradient before; adam: m
  float* second;  // rprop: the steps; adam: v
  const float* inputs;
  const float* targets;
  const uint32_t* order;  // the rows to learn from, then those to be judged by
  size_t training_rows;
  size_t all_rows;
  double decay1;  // adam: 0.9^t and 0.999^t
  double decay2;
  double training_sum;
  double validation_sum;
};

size_t training_scratch_floats(const Plan& plan) noexcept;

// One epoch: learns from the first rows of the order, then judges by the others.
void train_epoch(Training& training, float* scratch) noexcept;

// Sets the validation sum by the parameters as they are.
void judge_rows(Training& training, float* scratch) noexcept;

}  // namespace hive
