// The bound of a score. Let w be the weight of speed and h the end of the window, which the median does not exceed.
// 1 / (1 + x) is at most 1 - x / 2 up to x = 1 and at most 1 / 2 beyond, so with x = latency / h
//
//   score <= score without speed + w + max(-w / 2 * x, -w / 2)
//
// What is the same for all rows is taken from the bar instead of added to each.
// Why: this loop reads each column once and is limited by the number of its instructions, not by the memory. So it has
// no division, sums the weighted terms in the cheapest order, and leaves the exact score to the few near the bar;
// marks are shifted into words, since storing and searching one for each row costs as much as the rest.
// Why lanes in arrays: the compiler turns the inner loop into single vector instructions and keeps the arrays in
// registers (GCC 12: 45 instructions for eight rows).

#include "sift.h"

#include <bit>
#include <limits>

#include "simd.h"

namespace hive {
namespace {

constexpr float kOut = -std::numeric_limits<float>::infinity();
// Of the sum of the weights: more than all roundings of a score and of its bound.
constexpr float kRounding = 4e-6f;

struct Limits {
  float fall;   // of speed with latency
  float least;  // speed cannot take more away
  float bar;
  int32_t low;  // as bits, which are in the order of the floats; above this
  int32_t high;
};

Limits limits_of(const RankInput& input, const Window& window, float constant, float bar) noexcept {
  float weights = 0.0f;
  for (uint32_t term = 0; term <= kSpeed; term++) weights += input.weights[term];
  const float speed = input.weights[kSpeed];
  return {-0.5f * speed / window.high, -0.5f * speed, bar - (constant + speed) - kRounding * weights,
          std::bit_cast<int32_t>(window.low) - 1, std::bit_cast<int32_t>(window.high)};
}

struct Plain {
  const uint32_t* eligible;
  const float* proficiency[kPlainRequired];
  const float* success;
  const float* load;
  uint32_t care;
  uint32_t want;
  float minimum[kPlainRequired];
  float weight[kPlainRequired];  // of the capability in the score
  float success_weight;
  float load_weight;
};

// Whether a row is in, and its score without speed and constants.
struct Row {
  uint32_t in;
  float score;
};

inline Row row_of(const Plain& plain, uint32_t row) noexcept {
  const float p0 = plain.proficiency[0][row];
  const float p1 = plain.proficiency[1][row];
  const float p2 = plain.proficiency[2][row];
  const uint32_t in = mask_of((plain.eligible[row] & plain.care) == plain.want) & mask_of(p0 >= plain.minimum[0]) &
                      mask_of(p1 >= plain.minimum[1]) & mask_of(p2 >= plain.minimum[2]);
  const float rest = plain.success_weight * plain.success[row] - plain.load_weight * plain.load[row];
  return {in, (plain.weight[0] * p0 + plain.weight[1] * p1) + (plain.weight[2] * p2 + rest)};
}

struct Scored {
  const float* scores;
};

inline Row row_of(const Scored& scored, uint32_t row) noexcept {
  return {mask_of(scored.scores[row] > kOut), scored.scores[row]};
}

template <typename Rows>
HIVE_INLINE void sift(const Rows rows, const float* latency, const Limits limits, uint32_t chunks,
                      Sifted& sifted) noexcept {
  uint32_t in[kSiftLanes] = {};
  uint32_t measured[kSiftLanes] = {};
  uint32_t reached[kSiftLanes] = {};
  for (uint32_t chunk = 0; chunk < chunks; chunk++) {
    uint32_t inside[kSiftLanes] = {};
    uint32_t near[kSiftLanes] = {};
    for (uint32_t step = 0; step < kSiftSteps; step++) {
      for (uint32_t lane = 0; lane < kSiftLanes; lane++) {
        const uint32_t at = (chunk * kSiftSteps + step) * kSiftLanes + lane;
        const Row row = row_of(rows, at);
        const float falling = limits.fall * latency[at];
        const float bound = row.score + (falling > limits.least ? falling : limits.least);
        near[lane] = near[lane] + near[lane] - (row.in & mask_of(bound >= limits.bar));
        // Nobody else has a latency above zero now.
        const int32_t own = std::bit_cast<int32_t>(std::bit_cast<uint32_t>(latency[at]) & row.in);
        const uint32_t is_reached = mask_of(own > limits.low);
        in[lane] -= row.in;
        measured[lane] -= mask_of(own > 0);
        reached[lane] -= is_reached;
        inside[lane] = inside[lane] + inside[lane] + (mask_of(own > limits.high) - is_reached);
      }
    }
    uint32_t any_near = 0;
    for (uint32_t lane = 0; lane < kSiftLanes; lane++) {
      sifted.inside[chunk][lane] = inside[lane];
      sifted.near[chunk][lane] = near[lane];
      any_near |= near[lane];
    }
    sifted.any_near[chunk] = any_near;
  }
  sifted.in = 0;
  sifted.measured = 0;
  sifted.reached = 0;
  for (uint32_t lane = 0; lane < kSiftLanes; lane++) {
    sifted.in += in[lane];
    sifted.measured += measured[lane];
    sifted.reached += reached[lane];
  }
}

HIVE_CLONES void sift_rows(const Plain& plain, const float* latency, const Limits& limits, uint32_t chunks,
                           Sifted& sifted) noexcept {
  sift(plain, latency, limits, chunks, sifted);
}

HIVE_CLONES void sift_rows(const Scored& scored, const float* latency, const Limits& limits, uint32_t chunks,
                           Sifted& sifted) noexcept {
  sift(scored, latency, limits, chunks, sifted);
}

}  // namespace

void sift_plain(const RankInput& input, uint32_t first, uint32_t chunks, const Window& window, float bar,
                Sifted& sifted) noexcept {
  Plain plain;
  plain.eligible = input.eligible + first;
  plain.success = input.success + first;
  plain.load = input.load + first;
  plain.care = input.care;
  plain.want = input.want;
  // What is not required is a column that everybody passes and that adds nothing.
  for (uint32_t index = 0; index < kPlainRequired; index++) {
    const bool is_required = index < input.required;
    plain.proficiency[index] = (is_required ? input.proficiency[index] : input.load) + first;
    plain.minimum[index] = is_required ? input.minima[index] : kOut;
    plain.weight[index] = is_required ? input.weights[0] * input.shares[index] : 0.0f;
  }
  plain.success_weight = input.weights[1];
  plain.load_weight = input.weights[2];
  const float constant = input.weights[0] * input.fitness_base + input.weights[2];
  sift_rows(plain, input.latency + first, limits_of(input, window, constant, bar), chunks, sifted);
}

void sift_scored(const RankInput& input, const float* scores, const float* latency, uint32_t chunks,
                 const Window& window, float bar, Sifted& sifted) noexcept {
  sift_rows(Scored{scores}, latency, limits_of(input, window, 0.0f, bar), chunks, sifted);
}

}  // namespace hive
