#include "embed.h"

#include <algorithm>
#include <cmath>
#include <new>

#include "similar.h"

namespace hive {
namespace {

constexpr uint32_t kSlotBits = 14;
constexpr uint32_t kWordSeed = 0x27d4eb2f;
constexpr uint32_t kWordFactor = 0x01000193;
constexpr uint32_t kShortWordLetters = 3;

enum Kind : uint32_t { kSeparates, kJoins, kAlone, kSkipped };
enum Feature : uint32_t { kTrigram, kShortWord, kWord, kPair };

// How often each feature occurs, by slot.
struct Tally {
  uint32_t* counts;
  uint32_t* touched;
  uint32_t size;

  void count(Feature feature, uint32_t value) noexcept {
    uint32_t hash = (value ^ (value >> 16)) * 0x21f0aaadu;
    hash = (hash ^ (hash >> 15)) * 0x735a2d97u;
    const uint32_t slot = (feature << kSlotBits) | (hash >> (32 - kSlotBits));
    // Why: written always, kept only when it is new. Whether a feature occurs again is anybody's guess.
    touched[size] = slot;
    size += counts[slot]++ == 0 ? 1 : 0;
  }

  void count_trigram(uint32_t first, uint32_t second, uint32_t third) noexcept {
    count(kTrigram, first * 0x9e3779b1u + second * 0x85ebca77u + third * 0xc2b2ae3du);
  }

  void count_word(Feature feature, uint32_t word, uint32_t previous) noexcept {
    count(feature, word);
    if (previous != 0) count(kPair, previous * 0x165667b1u + word);
  }
};

inline bool is_high(uint32_t unit) noexcept { return (unit & 0xfc00u) == 0xd800u; }
inline bool is_low(uint32_t unit) noexcept { return (unit & 0xfc00u) == 0xdc00u; }

void count_features(const EmbedInput& input, Tally& tally) noexcept {
  const uint16_t* blocks = input.tables->blocks;
  const int32_t* entries = input.tables->entries.get();
  const int32_t* ascii = entries + kEmbedBlockPoints * blocks[0];
  uint32_t before = 0;
  uint32_t last = 0;
  uint32_t letters = 0;
  uint32_t word = kWordSeed;
  uint32_t previous = 0;
  for (size_t at = 0; at <= input.count; at++) {
    // The end of the text ends its last word as a separator does.
    uint32_t point = at < input.count ? input.units[at] : 0;
    int32_t entry;
    if (point < 128) {
      entry = ascii[point];
    } else {
      if (is_high(point) && at + 1 < input.count && is_low(input.units[at + 1])) {
        point = 0x10000u + ((point - 0xd800u) << 10) + (input.units[++at] - 0xdc00u);
      }
      entry = entries[kEmbedBlockPoints * blocks[point >> 7] + (point & 127)];
    }
    const uint32_t kind = static_cast<uint32_t>(entry) & 3;
    if (kind == kJoins) {
      const uint32_t letter = point + static_cast<uint32_t>(entry >> 2);
      if (letters > 0) tally.count_trigram(before, last, letter);
      before = last;
      last = letter;
      letters++;
      word = (word ^ letter) * kWordFactor;
      continue;
    }
    if (kind == kSkipped) continue;
    if (letters > 0) {
      if (letters > 1) tally.count_trigram(before, last, 0);
      tally.count_word(letters > kShortWordLetters ? kWord : kShortWord, word, previous);
      previous = word;
      before = last = letters = 0;
      word = kWordSeed;
    }
    if (kind != kAlone) continue;
    const uint32_t alone = (kWordSeed ^ point) * kWordFactor;
    tally.count_word(kWord, alone, previous);
    previous = alone;
  }
}

// Counts beyond the table are halved until they are in it: ln n = ln (n / 2^s) + s ln 2.
int32_t weight_of(const int32_t* weights, uint32_t times) noexcept {
  int32_t doublings = 0;
  for (; times >= kEmbedWeightsPerFeature; times >>= 1) doublings++;
  return weights[times] + doublings * weights[0];
}

}  // namespace

uint32_t embed_entries(const uint16_t* blocks) noexcept {
  return kEmbedBlockPoints * (1u + *std::max_element(blocks, blocks + kEmbedBlocks));
}

bool embed_weights_fit(const int32_t* weights) noexcept {
  return std::all_of(weights, weights + kEmbedWeights, [](int32_t weight) {
    return weight >= -kEmbedWeightMax && weight <= kEmbedWeightMax;
  });
}

EmbedTables* make_embed_tables(const uint16_t* blocks, const int32_t* entries, const int32_t* weights) noexcept {
  std::unique_ptr<EmbedTables> tables(new (std::nothrow) EmbedTables);
  if (tables == nullptr) return nullptr;
  std::copy_n(blocks, kEmbedBlocks, tables->blocks);
  std::copy_n(weights, kEmbedWeights, tables->weights);
  const uint32_t count = embed_entries(blocks);
  tables->entries.reset(new (std::nothrow) int32_t[count]);
  if (tables->entries == nullptr) return nullptr;
  std::copy_n(entries, count, tables->entries.get());
  return tables.release();
}

void embed_text(const EmbedInput& input, EmbedTally& room, float* out) noexcept {
  Tally tally{room.counts, room.touched, 0};
  count_features(input, tally);
  const int32_t* weights = input.tables->weights;
  int32_t bins[kEmbeddingDims] = {};
  for (uint32_t index = 0; index < tally.size; index++) {
    const uint32_t slot = tally.touched[index];
    const uint32_t times = tally.counts[slot];
    const int32_t weight = weight_of(weights + (slot >> kSlotBits) * kEmbedWeightsPerFeature, times);
    tally.counts[slot] = 0;
    bins[slot & 255] += (slot & 256) == 0 ? weight : -weight;
  }
  double squares = 0;
  for (const int32_t bin : bins) squares += static_cast<double>(bin) * static_cast<double>(bin);
  const double length = squares > 0 ? std::sqrt(squares) : 1.0;
  for (uint32_t bin = 0; bin < kEmbeddingDims; bin++) out[bin] = static_cast<float>(bins[bin] / length);
}

}  // namespace hive
