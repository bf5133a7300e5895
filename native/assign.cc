// Successive shortest augmenting paths; the steps and the sources are told in src/compute/assign-js.ts.

#include "assign.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "simd.h"

namespace hive {
namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();
constexpr double kDone = -std::numeric_limits<double>::infinity();
constexpr int32_t kNone = -1;
constexpr uint32_t kLanes = 8;

HIVE_CLONES void relax(const float* HIVE_RESTRICT scores, const double* HIVE_RESTRICT prices, double here, int32_t task,
                       uint32_t agents, double* HIVE_RESTRICT distance, int32_t* HIVE_RESTRICT from) noexcept {
  constexpr float far = std::numeric_limits<float>::infinity();
  for (uint32_t agent = 0; agent < agents; agent++) {
    const double over = here - static_cast<double>(scores[agent]) - prices[agent];
    const bool better = (over < distance[agent]) & (scores[agent] < far);
    distance[agent] = better ? over : distance[agent];
    from[agent] = better ? task : from[agent];
  }
}

HIVE_CLONES double least_of(const double* HIVE_RESTRICT distance, uint32_t agents) noexcept {
  double lanes[kLanes];
  for (uint32_t lane = 0; lane < kLanes; lane++) lanes[lane] = kFar;
  uint32_t agent = 0;
  for (; agent + kLanes <= agents; agent += kLanes) {
    for (uint32_t lane = 0; lane < kLanes; lane++) {
      const double value = distance[agent + lane];
      const bool less = (value > kDone) & (value < lanes[lane]);
      lanes[lane] = less ? value : lanes[lane];
    }
  }
  for (; agent < agents; agent++) {
    if (distance[agent] > kDone && distance[agent] < lanes[0]) lanes[0] = distance[agent];
  }
  return *std::min_element(lanes, lanes + kLanes);
}

class PathSearch {
 public:
  explicit PathSearch(const AssignInput& input) noexcept : input_(input) {
    const size_t agents = input.agents;
    distance_ = input.numbers;
    settled_at_ = input.numbers + agents;
    agent_price_ = input.numbers + 2 * agents;
    task_price_ = input.numbers + 3 * agents;
    from_ = input.counts;
    first_ = input.counts + agents;
    used_ = input.counts + 2 * agents;
    settled_ = input.counts + 3 * agents;
    next_ = input.counts + 4 * agents;
    reached_ = next_ + input.tasks;
    std::fill_n(agent_price_, agents, 0.0);
    std::fill_n(task_price_, input.tasks, 0.0);
    std::fill_n(first_, agents, kNone);
    std::fill_n(used_, agents, 0);
    std::fill_n(input.agent_of, input.tasks, kNone);
    without_ = cost_without();
  }

  void place(int32_t start) noexcept {
    for (uint32_t agent = 0; agent < input_.agents; agent++) {
      distance_[agent] = input_.capacity[agent] == 0 ? kDone : kFar;
    }
    uint32_t settled_count = 0;
    uint32_t reached_count = 0;
    double length = 0.0;
    double shortest_without = kFar;
    int32_t left = start;
    int32_t end = kNone;
    int32_t task = start;
    for (;;) {
      for (; task != kNone; task = task == start ? kNone : next_[task]) {
        reached_[reached_count++] = task;
        const double here = length - task_price_[task];
        if (here + without_ < shortest_without) {
          shortest_without = here + without_;
          left = task;
        }
        relax(input_.scores + static_cast<size_t>(task) * input_.agents, agent_price_, here, task, input_.agents,
              distance_, from_);
      }
      const int32_t agent = nearest();
      if (agent == kNone || shortest_without < distance_[agent]) {
        length = shortest_without;
        break;
      }
      length = distance_[agent];
      distance_[agent] = kDone;
      settled_at_[agent] = length;
      settled_[settled_count++] = agent;
      if (has_place(agent)) {
        end = agent;
        break;
      }
      task = first_[agent];
    }
    reprice(start, length, reached_count, settled_count);
    if (end == kNone) {
      end = input_.agent_of[left];
      if (left != start) take_from(left, end);
      input_.agent_of[left] = kNone;
      if (left == start) return;
    }
    shift(start, end);
  }

 private:
  bool has_place(int32_t agent) const noexcept {
    return static_cast<uint32_t>(used_[agent]) < input_.capacity[agent];
  }

  int32_t nearest() const noexcept {
    const double least = least_of(distance_, input_.agents);
    if (least == kFar) return kNone;
    int32_t nearest = kNone;
    for (uint32_t agent = 0; agent < input_.agents; agent++) {
      if (distance_[agent] != least) continue;
      if (has_place(static_cast<int32_t>(agent))) return static_cast<int32_t>(agent);
      if (nearest == kNone) nearest = static_cast<int32_t>(agent);
    }
    return nearest;
  }

  void reprice(int32_t start, double length, uint32_t reached_count, uint32_t settled_count) noexcept {
    for (uint32_t index = 0; index < reached_count; index++) {
      const int32_t task = reached_[index];
      const double at = task == start ? 0.0 : settled_at_[input_.agent_of[task]];
      task_price_[task] = task_price_[task] + (length - at);
    }
    for (uint32_t index = 0; index < settled_count; index++) {
      const int32_t agent = settled_[index];
      agent_price_[agent] = agent_price_[agent] - (length - settled_at_[agent]);
    }
  }

  void shift(int32_t start, int32_t end) noexcept {
    for (int32_t agent = end;;) {
      const int32_t task = from_[agent];
      const int32_t before = input_.agent_of[task];
      if (task != start) take_from(task, before);
      input_.agent_of[task] = agent;
      next_[task] = first_[agent];
      first_[agent] = task;
      used_[agent]++;
      if (task == start) return;
      agent = before;
    }
  }

  void take_from(int32_t task, int32_t agent) noexcept {
    used_[agent]--;
    if (first_[agent] == task) {
      first_[agent] = next_[task];
      return;
    }
    int32_t before = first_[agent];
    while (next_[before] != task) before = next_[before];
    next_[before] = next_[task];
  }

  double cost_without() const noexcept {
    double most = 0.0;
    const size_t count = static_cast<size_t>(input_.tasks) * input_.agents;
    for (size_t at = 0; at < count; at++) {
      const double size = std::fabs(static_cast<double>(input_.scores[at]));
      if (size < kFar && size > most) most = size;
    }
    return 2.0 * (most + 1.0) * (static_cast<double>(input_.tasks) + 1.0);
  }

  const AssignInput& input_;
  double without_;
  double* distance_;
  double* settled_at_;
  double* agent_price_;
  double* task_price_;
  int32_t* from_;
  int32_t* first_;
  int32_t* used_;
  int32_t* settled_;
  int32_t* next_;
  int32_t* reached_;
};

}  // namespace

void assign_tasks(const AssignInput& input) noexcept {
  PathSearch search(input);
  for (uint32_t task = 0; task < input.tasks; task++) search.place(static_cast<int32_t>(task));
}

}  // namespace hive
