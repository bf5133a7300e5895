// The best k of many scores, in order. Knows no Node.
#pragma once

#include <cstddef>
#include <cstdint>

#include "score.h"

namespace hive {

struct RankOutput {
  uint32_t* rows;   // room for k
  float* scores;    // room for k
  uint32_t count;   // how many were found, at most k
  uint32_t matched; // how many rows may have the task
  float median;     // of the measured latencies among them; 0 = none, or not asked for
};

constexpr size_t kScratchMemory = 64;

// How many floats `scratch` of rank_rows has room for: src/compute/native-engine.ts computes the same.
inline size_t rank_scratch_floats(uint32_t rows) noexcept {
  return kScratchMemory + 3 * (static_cast<size_t>(rows) + 64);
}

// Ranks the rows of `input`: best score first, ties to the lower load, then the longer idle, then the lower row.
// Nothing is allocated. The first 64 values of `scratch` remember from call to call near which latencies medians were:
// whatever stands there, the result is the same.
void rank_rows(const RankInput& input, uint32_t k, float* scratch, RankOutput& output) noexcept;

}  // namespace hive
