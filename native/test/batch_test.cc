// Batches over arrays that are exactly as long as they have to be, so that AddressSanitizer sees one step beyond.

#include <cmath>
#include <limits>
#include <vector>

#include "../assign.h"
#include "../matrix.h"
#include "check.h"

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

struct Batch {
  Batch(uint32_t tasks, uint32_t agents, uint32_t capabilities)
      : shares(tasks * capabilities, 0.25f), minima(tasks * capabilities, 0.5f), offsets(tasks, 1.0f),
        kind_of(tasks, 1), proficiency(capabilities * agents, 1.0f), base(2 * agents, 0.5f), eligible(agents, 1),
        scores(tasks * agents, -1.0f), input{tasks, agents, capabilities, shares.data(), minima.data(),
                                             offsets.data(), kind_of.data(), proficiency.data(), base.data(),
                                             eligible.data()} {}

  void fill() {
    for (uint32_t tile = 0; tile < hive::matrix_tiles(input); tile++) hive::score_tile(input, tile, scores.data());
  }

  std::vector<float> shares, minima, offsets;
  std::vector<uint32_t> kind_of;
  std::vector<float> proficiency, base;
  std::vector<uint32_t> eligible;
  std::vector<float> scores;
  hive::MatrixInput input;
};

struct Assignment {
  Assignment(uint32_t tasks, uint32_t agents, float score)
      : scores(tasks * agents, score), capacity(agents, 1), numbers(3 * agents + tasks),
        counts(4 * agents + 2 * tasks), agent_of(tasks),
        input{tasks, agents, scores.data(), capacity.data(), numbers.data(), counts.data(), agent_of.data()} {}

  uint32_t assigned() {
    hive::assign_tasks(input);
    uint32_t count = 0;
    for (int32_t agent : agent_of) {
      CHECK(agent >= -1 && agent < static_cast<int32_t>(input.agents));
      count += agent >= 0 ? 1 : 0;
    }
    return count;
  }

  std::vector<float> scores;
  std::vector<uint32_t> capacity;
  std::vector<double> numbers;
  std::vector<int32_t> counts, agent_of;
  hive::AssignInput input;
};

}  // namespace

PROMISE("every score of a matrix is written, for shapes around the widths of vectors and tiles") {
  for (uint32_t tasks : {0u, 1u, 63u, 65u}) {
    for (uint32_t agents : {0u, 1u, 15u, 17u, 1023u, 1025u}) {
      for (uint32_t capabilities : {0u, 1u, 4u, 5u}) {
        Batch batch(tasks, agents, capabilities);
        batch.fill();
        const float expected = 1.5f + 0.25f * static_cast<float>(capabilities);
        for (float score : batch.scores) CHECK(score == expected);
      }
    }
  }
}

PROMISE("an assignment uses everybody it can, at all shapes") {
  for (uint32_t tasks : {0u, 1u, 7u, 40u}) {
    for (uint32_t agents : {0u, 1u, 8u, 33u}) {
      CHECK(Assignment(tasks, agents, 0.5f).assigned() == (tasks < agents ? tasks : agents));
      CHECK(Assignment(tasks, agents, kNever).assigned() == 0);
    }
  }
}

PROMISE("odd scores and capacities assign somebody or nobody, and stay inside their arrays") {
  const float odd[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), kNever,
                       3e38f, -3e38f, 1e-45f, 0.0f};
  uint32_t state = 12345;
  const auto next = [&state] { return state = state * 1664525u + 1013904223u; };
  for (uint32_t round = 0; round < 200; round++) {
    const uint32_t tasks = (next() >> 20) % 12;
    const uint32_t agents = (next() >> 20) % 12;
    Assignment assignment(tasks, agents, 0.5f);
    for (float& score : assignment.scores) score = odd[(next() >> 20) % 7];
    for (uint32_t& capacity : assignment.capacity) capacity = (next() >> 20) % 4 == 3 ? UINT32_MAX : (next() >> 20) % 3;
    CHECK(assignment.assigned() <= tasks);
  }
}
