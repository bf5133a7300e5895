// Texts as unit vectors of hashed features. Knows no Node.
// What a feature is and how much it counts stands in src/compute/embed.ts; src/compute/embed-js.ts computes the same
// bits. The letters of Unicode come from there too, as one table for both.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hive {

struct EmbedInput {
  const uint16_t* units;    // UTF-16; a lone surrogate separates words
  size_t count;
  const uint16_t* blocks;   // for each 128 code points, where their entries begin, in units of 128
  const int32_t* entries;   // for each code point, (distance to its folded form) * 4 + its kind
  const int32_t* weights;   // of a feature by its kind and how often it occurs, see src/compute/embed-features.ts
};

inline constexpr uint32_t kEmbedSlots = 1u << 16;

// `counts` has kEmbedSlots zeros and is left so; `touched` has room for one more. `out` gets 256 values.
// Nothing is allocated.
void embed_text(const EmbedInput& input, uint32_t* counts, uint32_t* touched, float* out) noexcept;

}  // namespace hive
