// Order statistics of floats that are above zero. Knows no Node.
#pragma once

#include <cstdint>

namespace hive {

// The value that stands at `nth` when the first `count` values are sorted; `nth` is below `count`, and the values are
// positive. Reorders and overwrites them. Nothing is allocated.
float nth_of(float* values, uint32_t count, uint32_t nth) noexcept;

// Two values of which the first is at most the value at `low_nth` when all are sorted, and the second at least that at
// `high_nth`, both close: they are ends of the bins that these fall into. Leaves the values as they are.
struct Bracket {
  float low;
  float high;
};
Bracket bracket_of(const float* values, uint32_t count, uint32_t low_nth, uint32_t high_nth) noexcept;

}  // namespace hive
