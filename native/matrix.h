// Scores of many tasks against many agents: a sparse product of matrices with a filter. Knows no Node. The contract and
// the formula stand in src/compute/score-matrix.ts; src/compute/score-matrix-js.ts computes the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hive {

struct MatrixInput {
  uint32_t tasks;
  uint32_t agents;
  uint32_t capabilities;
  const float* shares;       // tasks x capabilities
  const float* minima;       // tasks x capabilities
  const float* offsets;      // tasks
  const uint32_t* kind_of;   // tasks
  const float* proficiency;  // capabilities x agents
  const float* base;         // kinds x agents
  const uint32_t* eligible;  // agents
};

// The work is cut into tiles of tasks and agents, which threads may fill in any order.
uint32_t matrix_tiles(const MatrixInput& input) noexcept;

// Fills one tile of `scores` (tasks x agents).
void score_tile(const MatrixInput& input, uint32_t tile, float* scores) noexcept;

}  // namespace hive
