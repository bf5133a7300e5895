// Scoring: how well each agent suits one task. Structure of arrays, one row per agent; knows no Node.
// The meaning of every term stands in src/compute/scorer.ts; src/compute/js-engine.ts computes the same bits.
#pragma once

#include <cstdint>

namespace hive {

struct RankInput {
  uint32_t rows;             // rows 0..rows-1 are looked at
  uint32_t care;             // the bits of `eligible` that count
  uint32_t want;             // and what they have to be
  float fitness_base;        // fitness before the first capability: 0.5 when none counts
  float cost_top;            // the cost that is a share of 1, above 0
  uint32_t required;         // how many capabilities
  const uint32_t* eligible;  // columns, one value per row
  const float* load;
  const float* success;
  const float* latency;      // 0 = not measured
  const double* idle_since;
  const float* semantic;            // may be absent, and so may cost: then the term does not count
  const float* cost;
  const float* const* proficiency;  // one column per required capability
  const float* minima;              // per capability, above 0: proficiency 0 means that an agent lacks it
  const float* shares;              // per capability; their sum is 1
  const float* weights;             // of the terms: fitness, success, headroom, semantic, cost, speed
};

constexpr uint32_t kSpeed = 5;  // the place of its weight
constexpr uint32_t kPlainRequired = 3;  // capabilities that most tasks require at most
constexpr uint32_t kEmbedding = 256;   // values of an embedding
constexpr uint32_t kBlockRows = 1024;  // a block of scores stays in the first-level cache from term to term

// The rows first..first+count-1, at most kBlockRows, as everything but speed scores them; minus infinity for an agent
// that may not have the task.
void score_without_speed(const RankInput& input, uint32_t first, uint32_t count, float* scores) noexcept;

// The same for one row, of which it is known that it may have the task.
float score_row(const RankInput& input, uint32_t row) noexcept;

// 1 / (1 + latency / median): 0.5 at the median, and for an agent that was never measured. Never falls when the median
// rises, in 32-bit arithmetic too.
inline float speed_of(float latency, float median) noexcept {
  const float divisor = median > 0.0f ? median : 1.0f;
  return latency > 0.0f ? 1.0f / (1.0f + latency / divisor) : 0.5f;
}

// The cosine of unit vectors of 256 values, mapped to 0..1, for each row with `care` and `want`; others are left.
void compare_rows(const RankInput& input, const float* embeddings, const float* task, float* semantic) noexcept;

}  // namespace hive
