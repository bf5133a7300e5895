// Selection by counting: the bits of positive floats are in the order of the floats, so their highest bits say which of
// 256 bins a value belongs to; the bin that holds the nth is kept, and counted again with finer bins.
// Why no quickselect: half of its comparisons are mispredicted branches; here the values go through three loops without
// any. Each turn divides the range of bits by 128 at least, so there are at most five. (MSD radix selection.)

#include "nth.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "simd.h"

namespace hive {
namespace {

constexpr uint32_t kBinBits = 8;
constexpr uint32_t kBracketBits = 10;
constexpr uint32_t kFew = 48;  // sorted at once

struct Range {
  uint32_t least;
  uint32_t most;
};

inline uint32_t bits_of(float value) noexcept { return std::bit_cast<uint32_t>(value); }

HIVE_CLONES void find_range(const float* HIVE_RESTRICT values, uint32_t count, Range& range) noexcept {
  uint32_t least = UINT32_MAX;
  uint32_t most = 0;
  for (uint32_t index = 0; index < count; index++) {
    const uint32_t bits = bits_of(values[index]);
    least = bits < least ? bits : least;
    most = bits > most ? bits : most;
  }
  range = {least, most};
}

// How many values fall into each of 1 << kBits bins.
template <uint32_t kBits>
class Bins {
 public:
  Bins(const float* values, uint32_t count) noexcept {
    Range range;
    find_range(values, count, range);
    first_ = range.least;
    const uint32_t width = static_cast<uint32_t>(std::bit_width(range.most - range.least));
    shift_ = width > kBits ? width - kBits : 0;
    std::memset(counts_, 0, sizeof counts_);
    for (uint32_t index = 0; index < count; index++) counts_[bin_of(values[index])]++;
  }

  uint32_t bin_of(float value) const noexcept { return (bits_of(value) - first_) >> shift_; }

  // The bin of the nth value; `nth` becomes its place in there.
  uint32_t find(uint32_t& nth) const noexcept {
    uint32_t bin = 0;
    for (; nth >= counts_[bin]; bin++) nth -= counts_[bin];
    return bin;
  }

  bool are_single_values() const noexcept { return shift_ == 0; }
  float least_of(uint32_t bin) const noexcept { return std::bit_cast<float>(first_ + (bin << shift_)); }
  float most_of(uint32_t bin) const noexcept { return std::bit_cast<float>(first_ + (((bin + 1) << shift_) - 1)); }

 private:
  uint32_t first_;
  uint32_t shift_;
  uint32_t counts_[1u << kBits];
};

}  // namespace

float nth_of(float* values, uint32_t count, uint32_t nth) noexcept {
  while (count > kFew) {
    const Bins<kBinBits> bins(values, count);
    const uint32_t bin = bins.find(nth);
    if (bins.are_single_values()) return bins.least_of(bin);
    uint32_t kept = 0;
    for (uint32_t index = 0; index < count; index++) {
      const float value = values[index];
      values[kept] = value;
      kept += bins.bin_of(value) == bin ? 1 : 0;
    }
    count = kept;
  }
  std::nth_element(values, values + nth, values + count);
  return values[nth];
}

Window bracket_of(const float* values, uint32_t count, uint32_t low_nth, uint32_t high_nth) noexcept {
  const Bins<kBracketBits> bins(values, count);
  return {bins.least_of(bins.find(low_nth)), bins.most_of(bins.find(high_nth))};
}

}  // namespace hive
