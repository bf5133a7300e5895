#include "score.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "simd.h"

namespace hive {
namespace {

constexpr float kOut = -std::numeric_limits<float>::infinity();
constexpr uint32_t kLanes = 16;

HIVE_CLONES void admit(const uint32_t* HIVE_RESTRICT eligible, uint32_t care, uint32_t want, float base, uint32_t count,
                       float* HIVE_RESTRICT fitness) noexcept {
  for (uint32_t row = 0; row < count; row++) fitness[row] = (eligible[row] & care) == want ? base : kOut;
}

HIVE_CLONES void add_capability(const float* HIVE_RESTRICT proficiency, float minimum, float share, uint32_t count,
                                float* HIVE_RESTRICT fitness) noexcept {
  for (uint32_t row = 0; row < count; row++) {
    const float sum = fitness[row] + share * proficiency[row];
    fitness[row] = proficiency[row] >= minimum ? sum : kOut;
  }
}

// Eligibility and the first capabilities in one walk: most tasks require few, and each walk less is time.
HIVE_CLONES void admit_three(const RankInput& input, uint32_t first, uint32_t count,
                             float* HIVE_RESTRICT fitness) noexcept {
  const uint32_t* HIVE_RESTRICT eligible = input.eligible + first;
  const float* HIVE_RESTRICT p0 = input.proficiency[0] + first;
  const float* HIVE_RESTRICT p1 = input.proficiency[1] + first;
  const float* HIVE_RESTRICT p2 = input.proficiency[2] + first;
  const uint32_t care = input.care, want = input.want;
  const float base = input.fitness_base;
  const float s0 = input.shares[0], s1 = input.shares[1], s2 = input.shares[2];
  const float m0 = input.minima[0], m1 = input.minima[1], m2 = input.minima[2];
  for (uint32_t row = 0; row < count; row++) {
    float sum = base + s0 * p0[row];
    sum = sum + s1 * p1[row];
    sum = sum + s2 * p2[row];
    const bool in = ((eligible[row] & care) == want) & (p0[row] >= m0) & (p1[row] >= m1) & (p2[row] >= m2);
    fitness[row] = in ? sum : kOut;
  }
}

HIVE_CLONES void weigh(const float* HIVE_RESTRICT success, const float* HIVE_RESTRICT load,
                       const float* HIVE_RESTRICT weights, uint32_t count, float* HIVE_RESTRICT scores) noexcept {
  const float fitness_weight = weights[0];
  const float success_weight = weights[1];
  const float headroom_weight = weights[2];
  for (uint32_t row = 0; row < count; row++) {
    const float fitness = scores[row];
    float score = fitness_weight * fitness;
    score = score + success_weight * success[row];
    score = score + headroom_weight * (1.0f - load[row]);
    scores[row] = fitness >= 0.0f ? score : kOut;
  }
}

HIVE_CLONES void add_semantic(const float* HIVE_RESTRICT semantic, float weight, uint32_t count,
                              float* HIVE_RESTRICT scores) noexcept {
  for (uint32_t row = 0; row < count; row++) scores[row] = scores[row] + weight * semantic[row];
}

HIVE_CLONES void take_cost(const float* HIVE_RESTRICT cost, float top, float weight, uint32_t count,
                           float* HIVE_RESTRICT scores) noexcept {
  for (uint32_t row = 0; row < count; row++) scores[row] = scores[row] - weight * (cost[row] / top);
}

// Sixteen sums side by side, then halved: the order that every engine adds in.
HIVE_CLONES float dot(const float* HIVE_RESTRICT left, const float* HIVE_RESTRICT right) noexcept {
  float lanes[kLanes] = {};
  for (uint32_t at = 0; at < kEmbedding; at += kLanes) {
    for (uint32_t lane = 0; lane < kLanes; lane++) lanes[lane] = lanes[lane] + left[at + lane] * right[at + lane];
  }
  for (uint32_t half = kLanes / 2; half > 0; half /= 2) {
    for (uint32_t lane = 0; lane < half; lane++) lanes[lane] = lanes[lane] + lanes[lane + half];
  }
  return lanes[0];
}

}  // namespace

void score_without_speed(const RankInput& input, uint32_t first, uint32_t count, float* scores) noexcept {
  uint32_t index = 0;
  if (input.required >= 3) {
    admit_three(input, first, count, scores);
    index = 3;
  } else {
    admit(input.eligible + first, input.care, input.want, input.fitness_base, count, scores);
  }
  for (; index < input.required; index++) {
    add_capability(input.proficiency[index] + first, input.minima[index], input.shares[index], count, scores);
  }
  weigh(input.success + first, input.load + first, input.weights, count, scores);
  if (input.semantic != nullptr) add_semantic(input.semantic + first, input.weights[3], count, scores);
  if (input.cost != nullptr) take_cost(input.cost + first, input.cost_top, input.weights[4], count, scores);
}

float score_row(const RankInput& input, uint32_t row) noexcept {
  float fitness = input.fitness_base;
  for (uint32_t index = 0; index < input.required; index++) {
    fitness = fitness + input.shares[index] * input.proficiency[index][row];
  }
  float score = input.weights[0] * fitness;
  score = score + input.weights[1] * input.success[row];
  score = score + input.weights[2] * (1.0f - input.load[row]);
  if (input.semantic != nullptr) score = score + input.weights[3] * input.semantic[row];
  if (input.cost != nullptr) score = score - input.weights[4] * (input.cost[row] / input.cost_top);
  return score;
}

void compare_rows(const RankInput& input, const float* embeddings, const float* task, float* semantic) noexcept {
  for (uint32_t row = 0; row < input.rows; row++) {
    if ((input.eligible[row] & input.care) != input.want) continue;
    const float cosine = dot(embeddings + static_cast<size_t>(row) * kEmbedding, task);
    semantic[row] = std::min(1.0f, std::max(0.0f, 0.5f + 0.5f * cosine));
  }
}

}  // namespace hive
