#include "topk.h"

#include <algorithm>

#include "simd.h"

namespace hive {
namespace {

constexpr uint32_t kChunkRows = 64;

// True when `row` ranks before `other`, whose scores are equal.
bool wins_tie(const RankInput& input, uint32_t row, uint32_t other) noexcept {
  if (input.load[row] != input.load[other]) return input.load[row] < input.load[other];
  if (input.idle_since[row] != input.idle_since[other]) return input.idle_since[row] < input.idle_since[other];
  return row < other;
}

// How many of the values are at least `bar`.
HIVE_CLONES uint32_t count_reaching(const float* values, uint32_t count, float bar) noexcept {
  uint32_t reaching = 0;
  for (uint32_t row = 0; row < count; row++) reaching += values[row] >= bar ? 1u : 0u;
  return reaching;
}

// Puts `row` where it belongs in the ordered result, if it belongs there.
// Why: insertion into an ordered array and no heap: k is small, and after the first rows few are better than the k-th.
void offer(const RankInput& input, uint32_t k, float score, uint32_t row, RankOutput& output) noexcept {
  uint32_t place = output.count;
  while (place > 0) {
    const float above = output.scores[place - 1];
    const bool before = score > above || (score == above && wins_tie(input, row, output.rows[place - 1]));
    if (!before) break;
    place--;
  }
  if (place >= k) return;
  const uint32_t last = std::min(output.count, k - 1);
  for (uint32_t index = last; index > place; index--) {
    output.rows[index] = output.rows[index - 1];
    output.scores[index] = output.scores[index - 1];
  }
  output.rows[place] = row;
  output.scores[place] = score;
  output.count = last + 1;
}

void select(const RankInput& input, uint32_t k, const float* scores, RankOutput& output) noexcept {
  output.count = 0;
  for (uint32_t first = 0; first < input.rows; first += kChunkRows) {
    const uint32_t count = std::min(kChunkRows, input.rows - first);
    const float bar = output.count == k ? output.scores[k - 1] : 0.0f;
    if (count_reaching(scores + first, count, bar) == 0) continue;
    for (uint32_t row = first; row < first + count; row++) {
      if (scores[row] >= bar) offer(input, k, scores[row], row, output);
    }
  }
}

}  // namespace

void rank_rows(const RankInput& input, uint32_t k, float* scratch, RankOutput& output) noexcept {
  output.count = 0;
  output.matched = 0;
  output.median = 0.0f;
  if (k == 0 || input.rows == 0) return;
  fit_rows(input, scratch);
  output.matched = count_reaching(scratch, input.rows, 0.0f);
  if (output.matched == 0) return;
  if (input.weights[3] > 0.0f) output.median = median_latency(input, scratch, scratch + input.rows);
  score_rows(input, output.median, scratch);
  select(input, k, scratch, output);
}

}  // namespace hive
