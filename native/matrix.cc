#include "matrix.h"

#include <algorithm>
#include <limits>

#include "simd.h"

namespace hive {
namespace {

constexpr float kOut = -std::numeric_limits<float>::infinity();
constexpr uint32_t kTileTasks = 64;
// The proficiency of 64 capabilities for so many agents is half of a second-level cache of 512 KiB, and is read once
// for each task of the tile; a row of scores of the tile stays in the first level.
constexpr uint32_t kTileAgents = 1024;

struct Requirement {
  const float* proficiency;
  float share;
  float minimum;
};

HIVE_CLONES void start_row(const float* HIVE_RESTRICT base, const uint32_t* HIVE_RESTRICT eligible, float offset,
                           uint32_t count, float* HIVE_RESTRICT row) noexcept {
  for (uint32_t agent = 0; agent < count; agent++) row[agent] = eligible[agent] != 0 ? base[agent] + offset : kOut;
}

HIVE_CLONES void add_one(const Requirement* HIVE_RESTRICT needs, uint32_t count, float* HIVE_RESTRICT row) noexcept {
  const float* HIVE_RESTRICT p0 = needs[0].proficiency;
  const float share = needs[0].share;
  const float minimum = needs[0].minimum;
  for (uint32_t agent = 0; agent < count; agent++) {
    const float sum = row[agent] + share * p0[agent];
    row[agent] = p0[agent] < minimum ? kOut : sum;
  }
}

// Four at a time: the row of scores is loaded and stored once for four capabilities.
HIVE_CLONES void add_four(const Requirement* HIVE_RESTRICT needs, uint32_t count, float* HIVE_RESTRICT row) noexcept {
  const float* HIVE_RESTRICT p0 = needs[0].proficiency;
  const float* HIVE_RESTRICT p1 = needs[1].proficiency;
  const float* HIVE_RESTRICT p2 = needs[2].proficiency;
  const float* HIVE_RESTRICT p3 = needs[3].proficiency;
  const float s0 = needs[0].share, s1 = needs[1].share, s2 = needs[2].share, s3 = needs[3].share;
  const float m0 = needs[0].minimum, m1 = needs[1].minimum, m2 = needs[2].minimum, m3 = needs[3].minimum;
  for (uint32_t agent = 0; agent < count; agent++) {
    float sum = row[agent] + s0 * p0[agent];
    sum = sum + s1 * p1[agent];
    sum = sum + s2 * p2[agent];
    sum = sum + s3 * p3[agent];
    const bool below = (p0[agent] < m0) | (p1[agent] < m1) | (p2[agent] < m2) | (p3[agent] < m3);
    row[agent] = below ? kOut : sum;
  }
}

uint32_t tiles_over(uint32_t count, uint32_t size) noexcept { return count / size + (count % size != 0 ? 1 : 0); }

void score_row(const MatrixInput& input, uint32_t task, uint32_t first, uint32_t count, float* row) noexcept {
  const size_t agents = input.agents;
  start_row(input.base + input.kind_of[task] * agents + first, input.eligible + first, input.offsets[task], count, row);
  const float* shares = input.shares + static_cast<size_t>(task) * input.capabilities;
  const float* minima = input.minima + static_cast<size_t>(task) * input.capabilities;
  Requirement needs[4];
  uint32_t gathered = 0;
  for (uint32_t index = 0; index < input.capabilities; index++) {
    if (shares[index] == 0.0f && minima[index] == 0.0f) continue;
    needs[gathered++] = {input.proficiency + index * agents + first, shares[index], minima[index]};
    if (gathered < 4) continue;
    add_four(needs, count, row);
    gathered = 0;
  }
  for (uint32_t index = 0; index < gathered; index++) add_one(needs + index, count, row);
}

}  // namespace

uint32_t matrix_tiles(const MatrixInput& input) noexcept {
  return tiles_over(input.tasks, kTileTasks) * tiles_over(input.agents, kTileAgents);
}

void score_tile(const MatrixInput& input, uint32_t tile, float* scores) noexcept {
  const uint32_t across = tiles_over(input.agents, kTileAgents);
  const uint32_t first_agent = tile % across * kTileAgents;
  const uint32_t count = std::min(kTileAgents, input.agents - first_agent);
  const uint32_t first_task = tile / across * kTileTasks;
  const uint32_t end_task = std::min(input.tasks, first_task + kTileTasks);
  for (uint32_t task = first_task; task < end_task; task++) {
    score_row(input, task, first_agent, count, scores + static_cast<size_t>(task) * input.agents + first_agent);
  }
}

}  // namespace hive
