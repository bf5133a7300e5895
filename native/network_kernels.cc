// The loops that networks are made of. The twins of src/compute/network-activation.ts and network-js.ts: each product
// and each sum is rounded in the same order, so the bits are the same.
//
// Why the product has this shape: a row of c grows over consecutive floats, four products at a time for each load and
// store of it, and two rows of c share what is loaded of b. That is plain code which every compiler vectorises without
// reordering a sum. Panels keep what is being worked on in the first-level cache.

#include "network_kernels.h"

#include <bit>
#include <cmath>
#include <cstdint>

#include "simd.h"

namespace hive {
namespace {

constexpr size_t kDepth = 4;
constexpr size_t kPanelColumns = 128;
constexpr size_t kPanelRows = 32;

size_t smaller(size_t one, size_t other) noexcept { return one < other ? one : other; }

// Two rows of c, `Depth` products deep.
template <size_t Depth>
HIVE_INLINE void add_to_pair(float* HIVE_RESTRICT c0, float* HIVE_RESTRICT c1, const float* a0, const float* a1,
                             size_t a_step, const float* HIVE_RESTRICT b, size_t b_row, size_t columns) noexcept {
  float x0[Depth];
  float x1[Depth];
  for (size_t q = 0; q < Depth; q++) {
    x0[q] = a0[q * a_step];
    x1[q] = a1[q * a_step];
  }
  for (size_t k = 0; k < columns; k++) {
    float sum0 = c0[k];
    float sum1 = c1[k];
    for (size_t q = 0; q < Depth; q++) {
      const float value = b[q * b_row + k];
      sum0 += x0[q] * value;
      sum1 += x1[q] * value;
    }
    c0[k] = sum0;
    c1[k] = sum1;
  }
}

template <size_t Depth>
HIVE_INLINE void add_to_one(float* HIVE_RESTRICT c, const float* a, size_t a_step, const float* HIVE_RESTRICT b,
                            size_t b_row, size_t columns) noexcept {
  float x[Depth];
  for (size_t q = 0; q < Depth; q++) x[q] = a[q * a_step];
  for (size_t k = 0; k < columns; k++) {
    float sum = c[k];
    for (size_t q = 0; q < Depth; q++) sum += x[q] * b[q * b_row + k];
    c[k] = sum;
  }
}

template <size_t Depth>
HIVE_INLINE void add_to_rows(float* c, size_t rows, size_t c_row, size_t columns, const float* a, size_t a_row,
                             size_t a_step, const float* b) noexcept {
  size_t r = 0;
  for (; r + 2 <= rows; r += 2) {
    add_to_pair<Depth>(c + r * c_row, c + (r + 1) * c_row, a + r * a_row, a + (r + 1) * a_row, a_step, b, c_row,
                       columns);
  }
  if (r < rows) add_to_one<Depth>(c + r * c_row, a + r * a_row, a_step, b, c_row, columns);
}

constexpr float kExpMin = -87.0F;
constexpr float kExpMax = 88.0F;
constexpr float kLog2E = 1.44269504088896341F;
constexpr float kRounder = 12582912.0F;
constexpr float kLn2High = 0.693359375F;
constexpr float kLn2Low = -2.12194440e-4F;

HIVE_INLINE float exp32(float given) noexcept {
  const float floored = given > kExpMin ? given : kExpMin;
  const float x = floored < kExpMax ? floored : kExpMax;
  const float n = (x * kLog2E + kRounder) - kRounder;
  const float r = (x - n * kLn2High) - n * kLn2Low;
  float sum = 1.9875691500e-4F;
  sum = sum * r + 1.3981999507e-3F;
  sum = sum * r + 8.3334519073e-3F;
  sum = sum * r + 4.1665795894e-2F;
  sum = sum * r + 1.6666665459e-1F;
  sum = sum * r + 0.5F;
  sum = sum * (r * r);
  sum = (sum + r) + 1.0F;
  const int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  return sum * std::bit_cast<float>(bits);
}

HIVE_INLINE float sigmoid32(float z) noexcept { return 1.0F / (1.0F + exp32(-z)); }

HIVE_INLINE float tanh32(float z) noexcept {
  const float size = std::fabs(z);
  const float outer = 1.0F - 2.0F / (exp32(size + size) + 1.0F);
  const float square = z * z;
  float sum = -5.70498872745e-3F;
  sum = sum * square + 2.06390887954e-2F;
  sum = sum * square + -5.37397155531e-2F;
  sum = sum * square + 1.33314422036e-1F;
  sum = sum * square + -3.33332819422e-1F;
  const float inner = (sum * square) * z + z;
  return size >= 0.625F ? (z < 0.0F ? -outer : outer) : inner;
}

}  // namespace

HIVE_CLONES void multiply_add(float* c, size_t rows, size_t columns, const float* a, size_t a_row, size_t a_step,
                              size_t depth, const float* b) noexcept {
  for (size_t column = 0; column < columns; column += kPanelColumns) {
    const size_t width = smaller(kPanelColumns, columns - column);
    for (size_t row = 0; row < rows; row += kPanelRows) {
      const size_t height = smaller(kPanelRows, rows - row);
      float* panel = c + row * columns + column;
      const float* from = a + row * a_row;
      size_t q = 0;
      for (; q + kDepth <= depth; q += kDepth) {
        add_to_rows<kDepth>(panel, height, columns, width, from + q * a_step, a_row, a_step,
                            b + q * columns + column);
      }
      for (; q < depth; q++) {
        add_to_rows<1>(panel, height, columns, width, from + q * a_step, a_row, a_step, b + q * columns + column);
      }
    }
  }
}

HIVE_CLONES void add_row(float* HIVE_RESTRICT into, const float* HIVE_RESTRICT from, size_t count) noexcept {
  for (size_t k = 0; k < count; k++) into[k] += from[k];
}

HIVE_CLONES void activate(float* values, size_t count, Activation activation) noexcept {
  if (activation == Activation::sigmoid) {
    for (size_t k = 0; k < count; k++) values[k] = sigmoid32(values[k]);
  } else if (activation == Activation::tanh) {
    for (size_t k = 0; k < count; k++) values[k] = tanh32(values[k]);
  } else if (activation == Activation::relu) {
    for (size_t k = 0; k < count; k++) values[k] = values[k] > 0.0F ? values[k] : 0.0F;
  }
}

HIVE_CLONES void multiply_by_slope(float* HIVE_RESTRICT deltas, const float* HIVE_RESTRICT values, size_t count,
                                   Activation activation) noexcept {
  if (activation == Activation::sigmoid) {
    for (size_t k = 0; k < count; k++) deltas[k] *= values[k] * (1.0F - values[k]);
  } else if (activation == Activation::tanh) {
    for (size_t k = 0; k < count; k++) deltas[k] *= 1.0F - values[k] * values[k];
  } else if (activation == Activation::relu) {
    for (size_t k = 0; k < count; k++) deltas[k] *= values[k] > 0.0F ? 1.0F : 0.0F;
  }
}

HIVE_CLONES void scale(float* values, size_t count, float factor) noexcept {
  for (size_t k = 0; k < count; k++) values[k] *= factor;
}

void transpose(const float* HIVE_RESTRICT from, size_t rows, size_t columns, float* HIVE_RESTRICT to) noexcept {
  constexpr size_t kTile = 8;
  for (size_t row = 0; row < rows; row += kTile) {
    const size_t row_end = smaller(rows, row + kTile);
    for (size_t column = 0; column < columns; column++) {
      for (size_t r = row; r < row_end; r++) to[column * rows + r] = from[r * columns + column];
    }
  }
}

HIVE_CLONES void change_by_rate(float* HIVE_RESTRICT parameters, const float* HIVE_RESTRICT g, size_t count,
                                float rate) noexcept {
  for (size_t k = 0; k < count; k++) parameters[k] -= rate * g[k];
}

HIVE_CLONES void change_by_rprop(float* HIVE_RESTRICT parameters, const float* HIVE_RESTRICT g,
                                 float* HIVE_RESTRICT before, float* HIVE_RESTRICT steps, size_t count) noexcept {
  constexpr float kGrow = 1.2F;
  constexpr float kShrink = 0.5F;
  constexpr float kLeast = 1e-6F;
  constexpr float kMost = 50.0F;
  for (size_t k = 0; k < count; k++) {
    const float product = before[k] * g[k];
    const float step = steps[k];
    const float grown = step * kGrow < kMost ? step * kGrow : kMost;
    const float shrunk = step * kShrink > kLeast ? step * kShrink : kLeast;
    const float next = product > 0.0F ? grown : product < 0.0F ? shrunk : step;
    const float slope = product < 0.0F ? 0.0F : g[k];
    const float change = slope > 0.0F ? next : slope < 0.0F ? -next : 0.0F;
    parameters[k] -= change;
    before[k] = slope;
    steps[k] = next;
  }
}

HIVE_CLONES void change_by_adam(float* HIVE_RESTRICT parameters, const float* HIVE_RESTRICT g,
                                float* HIVE_RESTRICT first, float* HIVE_RESTRICT second, size_t count,
                                float rate) noexcept {
  constexpr float kKeep1 = static_cast<float>(0.9);
  constexpr float kKeep2 = static_cast<float>(0.999);
  constexpr float kTake1 = static_cast<float>(1.0 - 0.9);
  constexpr float kTake2 = static_cast<float>(1.0 - 0.999);
  constexpr float kEpsilon = static_cast<float>(1e-8);
  for (size_t k = 0; k < count; k++) {
    const float m = kKeep1 * first[k] + kTake1 * g[k];
    const float v = kKeep2 * second[k] + kTake2 * (g[k] * g[k]);
    first[k] = m;
    second[k] = v;
    parameters[k] -= (rate * m) / (std::sqrt(v) + kEpsilon);
  }
}

}  // namespace hive
