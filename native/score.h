// Scoring: how well each agent suits one task. Structure of arrays, one row per agent; knows no Node.
// The meaning of every term stands in src/compute/scorer.ts; src/compute/js-engine.ts computes the same bits.
#pragma once

#include <cstdint>

namespace hive {

struct RankInput {
  uint32_t rows;             // rows 0..rows-1 are looked at
  uint32_t mask;             // an agent needs all these bits in `eligible`
  float energy_min;          // an agent needs more energy than this
  float fitness_base;        // fitness before the first capability: 0.5 when none counts
  uint32_t required;         // how many capabilities
  const uint32_t* eligible;  // columns, one value per row
  const float* load;
  const float* energy;
  const float* success;
  const float* latency;      // 0 = not measured
  const double* idle_since;
  const float* const* proficiency;  // one column per required capability
  const float* minima;              // per capability, above 0: proficiency 0 means that an agent lacks it
  const float* shares;              // per capability; their sum is 1
  const float* weights;             // of the four terms: fitness, success, headroom, speed
};

// fitness[row] = the weighted mean proficiency, or minus infinity for an agent that may not have the task.
void fit_rows(const RankInput& input, float* fitness) noexcept;

// The lower median of the measured latencies among rows with fitness >= 0, or 0 when there is none.
float median_latency(const RankInput& input, const float* fitness, float* scratch) noexcept;

// Turns fitness into scores in place; minus infinity stays.
void score_rows(const RankInput& input, float median, float* scores) noexcept;

}  // namespace hive
