// One look at rows: who may have the task, whose latency may be the median, who may be among the best. Knows no Node.
#pragma once

#include <cstdint>

#include "nth.h"
#include "score.h"

namespace hive {

constexpr uint32_t kSiftLanes = 8;
constexpr uint32_t kSiftSteps = 32;
constexpr uint32_t kSiftRows = kSiftLanes * kSiftSteps;  // a chunk
constexpr uint32_t kSiftChunks = 4;                      // at most in one call

// Marks of a chunk: one word for each lane. Row `step * kSiftLanes + lane` has bit 31 - step.
using Marks = uint32_t[kSiftLanes];

struct Sifted {
  uint32_t in;        // how many may have the task
  uint32_t measured;  // of them with a latency
  uint32_t reached;   // of them not below the window
  Marks inside[kSiftChunks];  // whose latency lies inside
  Marks near[kSiftChunks];    // whose score reaches the bar if they are as fast as they can be
  uint32_t any_near[kSiftChunks];  // 0 = nobody in the chunk
};

// Sifts `chunks` chunks of rows from `first` on. Takes at most three required capabilities, and neither semantic nor
// cost: is_plain says whether that is so.
void sift_plain(const RankInput& input, uint32_t first, uint32_t chunks, const Window& window, float bar,
                Sifted& sifted) noexcept;
inline bool is_plain(const RankInput& input) noexcept {
  return input.required <= kPlainRequired && input.semantic == nullptr && input.cost == nullptr;
}

// The same for rows that score_without_speed has scored.
void sift_scored(const RankInput& input, const float* scores, const float* latency, uint32_t chunks,
                 const Window& window, float bar, Sifted& sifted) noexcept;

}  // namespace hive
