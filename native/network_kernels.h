// The loops that networks are made of. Each is compiled for several instruction sets (simd.h) and knows no layers.
#pragma once

#include <cstddef>

#include "network.h"

namespace hive {

// c += a · b: c has `rows` rows of `columns`, b `depth` rows of `columns`, both dense; a(r, q) is
// a[r * a_row + q * a_step], so that a may be read along either side. Every element of c takes its products in the
// order of q.
void multiply_add(float* c, size_t rows, size_t columns, const float* a, size_t a_row, size_t a_step, size_t depth,
                  const float* b) noexcept;

// Adds one row to another.
void add_row(float* into, const float* from, size_t count) noexcept;

// Replaces sums by their activations.
void activate(float* values, size_t count, Activation activation) noexcept;

// deltas *= slope of the activation where its value is y.
void multiply_by_slope(float* deltas, const float* values, size_t count, Activation activation) noexcept;

void scale(float* values, size_t count, float factor) noexcept;

// to[k][i] = from[i][k]
void transpose(const float* from, size_t rows, size_t columns, float* to) noexcept;

// The rules by which parameters change; g is the mean gradient.
void change_by_rate(float* parameters, const float* g, size_t count, float rate) noexcept;
void change_by_rprop(float* parameters, const float* g, float* before, float* steps, size_t count) noexcept;
void change_by_adam(float* parameters, const float* g, float* first, float* second, size_t count, float rate) noexcept;

}  // namespace hive
