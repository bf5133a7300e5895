// Texts as unit vectors of hashed features. Knows no Node.
// What a feature is and how much it counts stands in src/compute/embed.ts; src/compute/embed-js.ts computes the same
// bits. The letters of Unicode come from there too, as one table for both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace hive {

inline constexpr uint32_t kEmbedSlots = 1u << 16;
inline constexpr uint32_t kEmbedBlockPoints = 128;
inline constexpr uint32_t kEmbedBlocks = 0x110000 / kEmbedBlockPoints;
inline constexpr uint32_t kEmbedWeightsPerFeature = 512;
inline constexpr uint32_t kEmbedWeights = 4 * kEmbedWeightsPerFeature;
// With weights up to here the sum of all slots of one dimension stays below 2^31.
inline constexpr int32_t kEmbedWeightMax = 1 << 17;

// Letters and weights, see src/compute/embed-features.ts.
// Why copies of TypeScript's arrays: they are checked once and nobody changes them afterwards, so no text leads beyond
// them and the loops need not look.
struct EmbedTables {
  uint16_t blocks[kEmbedBlocks];          // for each 128 code points, where their entries begin, in units of 128
  int32_t weights[kEmbedWeights];         // of a feature by its kind and how often it occurs
  std::unique_ptr<int32_t[]> entries;     // for each code point, (distance to its folded form) * 4 + its kind
  uint32_t holders = 1;                   // who uses these tables, all on one thread
};

// Counters of all features, zeros between calls, and which of them are in use.
struct EmbedTally {
  uint32_t counts[kEmbedSlots];
  uint32_t touched[kEmbedSlots + 1];
};

struct EmbedInput {
  const uint16_t* units;  // UTF-16; a lone surrogate separates words
  size_t count;
  const EmbedTables* tables;
};

// How many entries the kEmbedBlocks blocks lead to.
uint32_t embed_entries(const uint16_t* blocks) noexcept;

// Whether none of the kEmbedWeights weights is so large that sums of them overflow.
bool embed_weights_fit(const int32_t* weights) noexcept;

// Copies tables that fit; null when there is no memory for them.
EmbedTables* make_embed_tables(const uint16_t* blocks, const int32_t* entries, const int32_t* weights) noexcept;

// Writes 256 values to `out` and leaves the counters zero. Nothing is allocated.
void embed_text(const EmbedInput& input, EmbedTally& tally, float* out) noexcept;

}  // namespace hive
