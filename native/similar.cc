#include "similar.h"

#include <algorithm>
#include <cmath>

#include "simd.h"

namespace hive {
namespace {

constexpr uint32_t kLanes = 16;
constexpr uint32_t kSteps = kEmbeddingDims / kLanes;
constexpr uint32_t kBlockRows = 64;

// Sixteen partial sums. Why a vector type and not an array: GCC 12 leaves an array on the stack and is seven times
// slower; of this it makes one register, two or four.
#if defined(__GNUC__)
typedef float Lanes __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));
#else
struct Lanes {
  float values[kLanes];
  float operator[](uint32_t lane) const { return values[lane]; }
};
inline Lanes operator*(const Lanes& left, const Lanes& right) noexcept {
  Lanes out;
  for (uint32_t lane = 0; lane < kLanes; lane++) out.values[lane] = left.values[lane] * right.values[lane];
  return out;
}
inline Lanes& operator+=(Lanes& left, const Lanes& right) noexcept {
  for (uint32_t lane = 0; lane < kLanes; lane++) left.values[lane] += right.values[lane];
  return left;
}
#endif

// Asks for the memory four rows ahead; beyond the last row that is a hint without effect.
// Why: the processor's own read-ahead stops at each page, which is every fourth row: it reads 1.4 times as fast so.
inline void fetch_ahead(const Lanes* lanes) noexcept {
#if defined(__GNUC__)
  __builtin_prefetch(lanes + 4 * kSteps);
#else
  static_cast<void>(lanes);
#endif
}

inline const Lanes* lanes_of(const float* values) noexcept { return reinterpret_cast<const Lanes*>(values); }

// Adds halves onto halves until one sum is left.
inline float fold(const Lanes& lanes) noexcept {
  float sums[kLanes];
  for (uint32_t lane = 0; lane < kLanes; lane++) sums[lane] = lanes[lane];
  for (uint32_t half = kLanes / 2; half > 0; half /= 2) {
    for (uint32_t lane = 0; lane < half; lane++) sums[lane] += sums[lane + half];
  }
  return sums[0];
}

// scores[row] = query . row
HIVE_CLONES void multiply_rows(const float* query, const float* values, uint32_t count, float* scores) noexcept {
  const Lanes* asked = lanes_of(query);
  for (uint32_t row = 0; row < count; row++) {
    const Lanes* given = lanes_of(values + row * kEmbeddingDims);
    Lanes sums = {};
    for (uint32_t step = 0; step < kSteps; step++) {
      fetch_ahead(&given[step]);
      sums += asked[step] * given[step];
    }
    scores[row] = fold(sums);
  }
}

// scores[row] = query . row / |row|, 0 for a zero row
HIVE_CLONES void measure_rows(const float* query, const float* values, uint32_t count, float* scores) noexcept {
  const Lanes* asked = lanes_of(query);
  for (uint32_t row = 0; row < count; row++) {
    const Lanes* given = lanes_of(values + row * kEmbeddingDims);
    Lanes sums = {};
    Lanes squares = {};
    for (uint32_t step = 0; step < kSteps; step++) {
      fetch_ahead(&given[step]);
      sums += asked[step] * given[step];
      squares += given[step] * given[step];
    }
    const float length = std::sqrt(fold(squares));
    scores[row] = length == 0.0f ? 0.0f : fold(sums) / length;
  }
}

// Puts `row` where it belongs in the ordered result. Rows come in order, so among equals the earlier stays first.
uint32_t offer(uint32_t k, float score, uint32_t row, uint32_t count, uint32_t* rows, float* scores) noexcept {
  uint32_t place = std::min(count, k - 1);
  for (; place > 0 && scores[place - 1] < score; place--) {
    rows[place] = rows[place - 1];
    scores[place] = scores[place - 1];
  }
  rows[place] = row;
  scores[place] = score;
  return std::min(count + 1, k);
}

}  // namespace

uint32_t similar_top(const SimilarInput& input, uint32_t* rows, float* scores) noexcept {
  if (input.k == 0) return 0;
  float block[kBlockRows];
  uint32_t found = 0;
  for (uint32_t first = 0; first < input.rows; first += kBlockRows) {
    const uint32_t count = std::min(kBlockRows, input.rows - first);
    const float* values = input.values + static_cast<size_t>(first) * kEmbeddingDims;
    if (input.is_unit) {
      multiply_rows(input.query, values, count, block);
    } else {
      measure_rows(input.query, values, count, block);
    }
    for (uint32_t index = 0; index < count; index++) {
      const float score = block[index];
      const bool in = found < input.k ? score == score : score > scores[input.k - 1];
      if (in) found = offer(input.k, score, first + index, found, rows, scores);
    }
  }
  return found;
}

}  // namespace hive
