// Order statistics of floats that are above zero. Knows no Node.
#pragma once

#include <cstdint>

namespace hive {

// The value that stands at `nth` when the first `count` values are sorted; `nth` is below `count`, and the values are
// positive. Reorders and overwrites them. Nothing is allocated.
float nth_of(float* values, uint32_t count, uint32_t nth) noexcept;

// Values from `low` to `high`, both included.
struct Window {
  float low;
  float high;
};

// A window that holds at least the values that stand from `low_nth` to `high_nth` when all are sorted, and few more: it
// ends where the bins end that these two fall into. Leaves the values as they are.
Window bracket_of(const float* values, uint32_t count, uint32_t low_nth, uint32_t high_nth) noexcept;

}  // namespace hive
