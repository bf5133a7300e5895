// The peer of bench/compute/network.ts: the same network on libfann (Nissen), one thread, 32-bit floats.
//
//   libfann <file>       then one line in, one line out:
//   forward <passes>     runs every row so many times      answers <microseconds> <sum of all outputs of one pass>
//   <rule> <epochs>      trains from the first weights     answers <microseconds> <mean squared error at the end>
//
// The file: 32-bit numbers, layers, their widths from the inputs on, rows, training rate as a float; then the weights
// as src/compute/network-shape.ts shows them, the inputs and the targets. Every neuron is a plain sigmoid.

#include <floatfann.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct Problem {
  std::vector<unsigned> widths;
  uint32_t rows = 0;
  float rate = 0;
  std::vector<float> weights, inputs, targets;
};

bool read_floats(std::FILE* file, std::vector<float>& values, size_t count) {
  values.resize(count);
  return std::fread(values.data(), sizeof(float), count, file) == count;
}

bool read_problem(const char* path, Problem& problem) {
  std::FILE* file = std::fopen(path, "rb");
  uint32_t layers = 0;
  if (file == nullptr || std::fread(&layers, 4, 1, file) != 1) return false;
  problem.widths.resize(layers);
  bool whole = std::fread(problem.widths.data(), 4, layers, file) == layers;
  whole = whole && std::fread(&problem.rows, 4, 1, file) == 1 && std::fread(&problem.rate, 4, 1, file) == 1;
  size_t weights = 0;
  for (size_t at = 1; at < layers; at++) weights += (problem.widths[at - 1] + 1) * problem.widths[at];
  whole = whole && read_floats(file, problem.weights, weights);
  whole = whole && read_floats(file, problem.inputs, size_t{problem.rows} * problem.widths.front());
  whole = whole && read_floats(file, problem.targets, size_t{problem.rows} * problem.widths.back());
  std::fclose(file);
  return whole;
}

// libfann keeps the weights of a neuron together, the bias last.
void set_weights(fann* network, const Problem& problem) {
  fann_type* to = network->weights;
  size_t from = 0;
  for (size_t at = 1; at < problem.widths.size(); at++) {
    const size_t inputs = problem.widths[at - 1];
    const size_t neurons = problem.widths[at];
    for (size_t neuron = 0; neuron < neurons; neuron++) {
      for (size_t input = 0; input <= inputs; input++) *to++ = problem.weights[from + input * neurons + neuron];
    }
    from += (inputs + 1) * neurons;
  }
}

fann* make_network(const Problem& problem) {
  fann* network = fann_create_standard_array(problem.widths.size(), problem.widths.data());
  fann_set_activation_function_hidden(network, FANN_SIGMOID);
  fann_set_activation_function_output(network, FANN_SIGMOID);
  fann_set_activation_steepness_hidden(network, 0.5F);
  fann_set_activation_steepness_output(network, 0.5F);
  fann_set_train_error_function(network, FANN_ERRORFUNC_LINEAR);
  fann_set_learning_rate(network, problem.rate);
  set_weights(network, problem);
  return network;
}

fann_train_data* make_data(const Problem& problem) {
  const unsigned inputs = problem.widths.front();
  const unsigned outputs = problem.widths.back();
  fann_train_data* data = fann_create_train(problem.rows, inputs, outputs);
  for (size_t row = 0; row < problem.rows; row++) {
    std::memcpy(data->input[row], &problem.inputs[row * inputs], inputs * sizeof(float));
    std::memcpy(data->output[row], &problem.targets[row * outputs], outputs * sizeof(float));
  }
  return data;
}

double micros_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

void run_forward(const Problem& problem, fann_train_data* data, int passes) {
  fann* network = make_network(problem);
  double sum = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int pass = 0; pass < passes; pass++) {
    sum = 0;
    for (size_t row = 0; row < problem.rows; row++) {
      const fann_type* outputs = fann_run(network, data->input[row]);
      for (size_t output = 0; output < problem.widths.back(); output++) sum += outputs[output];
    }
  }
  std::printf("%.3f %.9g\n", micros_since(start), sum);
  fann_destroy(network);
}

void run_epochs(const Problem& problem, fann_train_data* data, const std::string& rule, int epochs) {
  fann* network = make_network(problem);
  const bool rprop = rule == "rprop";
  fann_set_training_algorithm(network, rprop ? FANN_TRAIN_RPROP : FANN_TRAIN_INCREMENTAL);
  const auto start = std::chrono::steady_clock::now();
  for (int epoch = 0; epoch < epochs; epoch++) fann_train_epoch(network, data);
  const double micros = micros_since(start);
  std::printf("%.3f %.9g\n", micros, fann_test_data(network, data));
  fann_destroy(network);
}

}  // namespace

int main(int count, char** arguments) {
  Problem problem;
  if (count != 2 || !read_problem(arguments[1], problem)) return 2;
  fann_train_data* data = make_data(problem);
  char what[32];
  int times = 0;
  while (std::scanf("%31s %d", what, &times) == 2) {
    if (std::strcmp(what, "forward") == 0) run_forward(problem, data, times);
    else run_epochs(problem, data, what, times);
    std::fflush(stdout);
  }
  fann_destroy_train(data);
  return 0;
}
