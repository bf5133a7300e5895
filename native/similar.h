// The rows of a matrix of embeddings that point the way a query points. Knows no Node.
// The meaning of every value stands in src/compute/similar.ts; src/compute/similar-js.ts computes the same bits.
#pragma once

#include <cstdint>

namespace hive {

inline constexpr uint32_t kEmbeddingDims = 256;

struct SimilarInput {
  const float* query;   // kEmbeddingDims values, of unit length
  const float* values;  // kEmbeddingDims values per row
  uint32_t rows;
  uint32_t k;           // how many rows are wanted
  bool is_unit;         // every row has unit length or is zero
};

// Writes the best rows and their scores, best first, ties to the lower row, and returns how many there are, at most k.
// Nothing is allocated.
uint32_t similar_top(const SimilarInput& input, uint32_t* rows, float* scores) noexcept;

}  // namespace hive
