// The assignment of tasks to agents with the highest sum of scores. Knows no Node. What is asked stands in
// src/compute/assign.ts; src/compute/assign-js.ts takes the same steps and gives the same answer.
#pragma once

#include <cstdint>

namespace hive {

struct AssignInput {
  uint32_t tasks;
  uint32_t agents;
  const float* scores;       // tasks x agents
  const uint32_t* capacity;  // agents
  double* numbers;           // scratch: 3 * agents + tasks
  int32_t* counts;           // scratch: 4 * agents + 2 * tasks
  int32_t* agent_of;         // tasks; -1 = nobody
};

void assign_tasks(const AssignInput& input) noexcept;

}  // namespace hive
