#include "score.h"

#include <algorithm>
#include <limits>

#include "simd.h"

namespace hive {
namespace {

constexpr float kOut = -std::numeric_limits<float>::infinity();
constexpr uint32_t kBlockRows = 2048;  // a block of fitness stays in the first-level cache over all capabilities

HIVE_CLONES void admit_block(const uint32_t* HIVE_RESTRICT eligible, const float* HIVE_RESTRICT energy, uint32_t mask,
                             float energy_min, float base, uint32_t count, float* HIVE_RESTRICT fitness) noexcept {
  for (uint32_t row = 0; row < count; row++) {
    const bool in = ((eligible[row] & mask) == mask) & (energy[row] > energy_min);
    fitness[row] = in ? base : kOut;
  }
}

HIVE_CLONES void add_capability(const float* HIVE_RESTRICT proficiency, float minimum, float share, uint32_t count,
                                float* HIVE_RESTRICT fitness) noexcept {
  for (uint32_t row = 0; row < count; row++) {
    const float sum = fitness[row] + share * proficiency[row];
    fitness[row] = proficiency[row] >= minimum ? sum : kOut;
  }
}

HIVE_CLONES void score_block(const float* HIVE_RESTRICT success, const float* HIVE_RESTRICT load,
                             const float* HIVE_RESTRICT latency, const float* HIVE_RESTRICT weights, float median,
                             uint32_t count, float* HIVE_RESTRICT scores) noexcept {
  const float fitness_weight = weights[0];
  const float success_weight = weights[1];
  const float headroom_weight = weights[2];
  const float speed_weight = weights[3];
  for (uint32_t row = 0; row < count; row++) {
    const float fitness = scores[row];
    const float measured = 1.0f / (1.0f + latency[row] / median);
    const float speed = latency[row] > 0.0f ? measured : 0.5f;
    float score = fitness_weight * fitness;
    score = score + success_weight * success[row];
    score = score + headroom_weight * (1.0f - load[row]);
    score = score + speed_weight * speed;
    scores[row] = fitness >= 0.0f ? score : kOut;
  }
}

}  // namespace

void fit_rows(const RankInput& input, float* fitness) noexcept {
  for (uint32_t first = 0; first < input.rows; first += kBlockRows) {
    const uint32_t count = std::min(kBlockRows, input.rows - first);
    admit_block(input.eligible + first, input.energy + first, input.mask, input.energy_min, input.fitness_base, count,
                fitness + first);
    for (uint32_t index = 0; index < input.required; index++) {
      add_capability(input.proficiency[index] + first, input.minima[index], input.shares[index], count,
                     fitness + first);
    }
  }
}

float median_latency(const RankInput& input, const float* fitness, float* scratch) noexcept {
  uint32_t measured = 0;
  for (uint32_t row = 0; row < input.rows; row++) {
    if (fitness[row] >= 0.0f && input.latency[row] > 0.0f) scratch[measured++] = input.latency[row];
  }
  if (measured == 0) return 0.0f;
  float* middle = scratch + (measured - 1) / 2;
  std::nth_element(scratch, middle, scratch + measured);
  return *middle;
}

void score_rows(const RankInput& input, float median, float* scores) noexcept {
  const float divisor = median > 0.0f ? median : 1.0f;
  score_block(input.success, input.load, input.latency, input.weights, divisor, input.rows, scores);
}

}  // namespace hive
