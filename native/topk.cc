// How a ranking reads memory once. A score needs the median latency of all who may have the task, which is known only
// after all have been looked at; so
//
//   1. a sample of the rows gives a window of latencies in which the median almost surely lies
//   2. one walk over all columns scores everything but speed, keeps the best score of each chunk of rows, counts the
//      latencies below the window and collects those inside
//   3. the median is the right one of those collected; if it lies outside the window after all, all are collected
//   4. only chunks that could reach the best k with the highest speed there is are scored again, now with speed
//
// Source of 1 to 3: Floyd and Rivest, "Expected time bounds for selection" (1975). The median is exact.

#include "topk.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "simd.h"

namespace hive {
namespace {

constexpr float kOut = -std::numeric_limits<float>::infinity();
constexpr float kNever = std::numeric_limits<float>::infinity();
constexpr uint32_t kChunkRows = 128;
constexpr uint32_t kSampleChunks = 32;
constexpr uint32_t kSampleRowsMin = 8192;  // fewer rows are all collected
constexpr uint32_t kSampleMin = 32;

// True when `row` ranks before `other`, whose scores are equal.
bool wins_tie(const RankInput& input, uint32_t row, uint32_t other) noexcept {
  if (input.load[row] != input.load[other]) return input.load[row] < input.load[other];
  if (input.idle_since[row] != input.idle_since[other]) return input.idle_since[row] < input.idle_since[other];
  return row < other;
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

struct Window {
  float low;
  float high;
  uint32_t measured;  // how many latencies there are
  uint32_t below;     // of them below the window
  uint32_t inside;    // collected
};

// Floats as integers of the same order. Why: the highest of integers is found in any order by vector instructions;
// that of floats only if the compiler may assume that there is no NaN and no negative zero.
inline int32_t order_of(float value) noexcept {
  const int32_t bits = std::bit_cast<int32_t>(value);
  return bits ^ ((bits >> 31) & INT32_MAX);
}

inline float value_of(int32_t order) noexcept { return std::bit_cast<float>(order ^ ((order >> 31) & INT32_MAX)); }

HIVE_CLONES float highest(const float* HIVE_RESTRICT scores, uint32_t count, uint32_t& in_out) noexcept {
  const int32_t out = order_of(kOut);
  int32_t most = out;
  uint32_t in = 0;
  for (uint32_t row = 0; row < count; row++) {
    const int32_t order = order_of(scores[row]);
    most = order > most ? order : most;
    in += order > out ? 1u : 0u;
  }
  in_out += in;
  return value_of(most);
}

// Marks who lies inside the window among those who may have the task and were measured; counts them and those below.
HIVE_CLONES void mark_inside(const float* HIVE_RESTRICT scores, const float* HIVE_RESTRICT latency, uint32_t count,
                             float low, float high, uint32_t* HIVE_RESTRICT marks, uint32_t& measured_out,
                             uint32_t& below_out) noexcept {
  uint32_t measured = 0;
  uint32_t below = 0;
  for (uint32_t row = 0; row < count; row++) {
    const uint32_t is_measured = (scores[row] > kOut ? 1u : 0u) & (latency[row] > 0.0f ? 1u : 0u);
    const uint32_t is_below = is_measured & (latency[row] < low ? 1u : 0u);
    measured += is_measured;
    below += is_below;
    marks[row] = (is_measured ^ is_below) & (latency[row] <= high ? 1u : 0u);
  }
  measured_out += measured;
  below_out += below;
}

// Copies the latencies inside the window to `into`, from `window.inside` on. `count` is at most kBlockRows.
void collect_inside(const float* scores, const float* latency, uint32_t count, Window& window, float* into) noexcept {
  alignas(64) uint32_t marks[kBlockRows];
  mark_inside(scores, latency, count, window.low, window.high, marks, window.measured, window.below);
  uint32_t row = 0;
  for (; row + 4 <= count; row += 4) {
    uint64_t pairs[2];
    std::memcpy(pairs, marks + row, sizeof pairs);
    if ((pairs[0] | pairs[1]) == 0) continue;
    for (uint32_t at = row; at < row + 4; at++) {
      into[window.inside] = latency[at];
      window.inside += marks[at];
    }
  }
  for (; row < count; row++) {
    if (marks[row] != 0) into[window.inside++] = latency[row];
  }
}

Window sample_window(const RankInput& input, float* scratch) noexcept {
  Window window = {0.0f, kNever, 0, 0, 0};
  if (input.rows < kSampleRowsMin) return window;
  float scores[kChunkRows];
  const uint32_t stride = input.rows / kSampleChunks;
  for (uint32_t chunk = 0; chunk < kSampleChunks; chunk++) {
    const uint32_t first = chunk * stride;
    score_without_speed(input, first, kChunkRows, scores);
    collect_inside(scores, input.latency + first, kChunkRows, window, scratch);
  }
  const uint32_t sampled = window.inside;
  window = {0.0f, kNever, 0, 0, 0};
  if (sampled < kSampleMin) return window;
  // Two and a half standard deviations of a rank around the middle: 2.5 * sqrt(n) / 2.
  const uint32_t spread = static_cast<uint32_t>(1.25f * std::sqrt(static_cast<float>(sampled))) + 1;
  const uint32_t middle = (sampled - 1) / 2;
  float* low = scratch + (middle > spread ? middle - spread : 0);
  float* high = scratch + std::min(sampled - 1, middle + spread);
  std::nth_element(scratch, high, scratch + sampled);
  std::nth_element(scratch, low, high);
  window.low = *low;
  window.high = *high;
  return window;
}

// Scores all rows without speed; `chunk_best` and `latencies` are filled on the way.
void walk(const RankInput& input, Window& window, float* chunk_best, float* latencies, RankOutput& output) noexcept {
  float scores[kBlockRows];
  const bool wants_speed = input.weights[kSpeed] > 0.0f;
  for (uint32_t first = 0; first < input.rows; first += kBlockRows) {
    const uint32_t count = std::min(kBlockRows, input.rows - first);
    score_without_speed(input, first, count, scores);
    for (uint32_t row = 0; row < count; row += kChunkRows) {
      float& best = chunk_best[(first + row) / kChunkRows];
      best = highest(scores + row, std::min(kChunkRows, count - row), output.matched);
    }
    if (wants_speed) collect_inside(scores, input.latency + first, count, window, latencies);
  }
}

// The lower median of the measured latencies of those who may have the task, or 0 when there is none.
float median_of(const RankInput& input, Window& window, float* latencies) noexcept {
  if (window.measured == 0) return 0.0f;
  uint32_t rank = (window.measured - 1) / 2;
  if (rank < window.below || rank - window.below >= window.inside) {
    window = {0.0f, kNever, 0, 0, 0};
    float scores[kBlockRows];
    for (uint32_t first = 0; first < input.rows; first += kBlockRows) {
      const uint32_t count = std::min(kBlockRows, input.rows - first);
      score_without_speed(input, first, count, scores);
      collect_inside(scores, input.latency + first, count, window, latencies);
    }
  }
  rank -= window.below;
  std::nth_element(latencies, latencies + rank, latencies + window.inside);
  return latencies[rank];
}

// A score that the k-th best reaches at least: the k-th best among the best of each chunk, speed not counted.
// `best` has room for k.
float bar_of(const float* chunk_best, uint32_t chunks, uint32_t k, float* best) noexcept {
  if (chunks < k) return kOut;
  uint32_t count = 0;
  for (uint32_t chunk = 0; chunk < chunks; chunk++) {
    const float score = chunk_best[chunk];
    if (count == k && score <= best[k - 1]) continue;
    uint32_t place = count < k ? count++ : k - 1;
    for (; place > 0 && best[place - 1] < score; place--) best[place] = best[place - 1];
    best[place] = score;
  }
  return best[k - 1];
}

// Offers the rows of one chunk; the bar rises with the k-th best found.
void visit(const RankInput& input, uint32_t k, uint32_t chunk, float& bar, RankOutput& output) noexcept {
  float scores[kChunkRows];
  const uint32_t first = chunk * kChunkRows;
  const uint32_t count = std::min(kChunkRows, input.rows - first);
  score_without_speed(input, first, count, scores);
  add_speed(input, first, count, output.median, scores);
  uint32_t in = 0;
  if (highest(scores, count, in) < bar) return;
  for (uint32_t row = 0; row < count; row++) {
    if (scores[row] < bar || scores[row] == kOut) continue;
    offer(input, k, scores[row], first + row, output);
    if (output.count == k) bar = std::max(bar, output.scores[k - 1]);
  }
}

// First the chunks with the best rows as far as speed is not counted: they raise the bar, and few others are left.
void select(const RankInput& input, uint32_t k, float* chunk_best, uint32_t chunks, float bar,
            RankOutput& output) noexcept {
  const float promising = bar;
  uint32_t visits = 0;
  for (uint32_t chunk = 0; chunk < chunks && visits < k; chunk++) {
    if (chunk_best[chunk] == kOut || chunk_best[chunk] < promising) continue;
    visit(input, k, chunk, bar, output);
    chunk_best[chunk] = kOut;
    visits++;
  }
  const float speed_most = input.weights[kSpeed];
  for (uint32_t chunk = 0; chunk < chunks; chunk++) {
    if (chunk_best[chunk] == kOut || chunk_best[chunk] + speed_most < bar) continue;
    visit(input, k, chunk, bar, output);
  }
}

}  // namespace

void rank_rows(const RankInput& input, uint32_t k, float* scratch, RankOutput& output) noexcept {
  output.count = 0;
  output.matched = 0;
  output.median = 0.0f;
  if (k == 0 || input.rows == 0) return;
  const uint32_t chunks = (input.rows - 1) / kChunkRows + 1;
  float* chunk_best = scratch;
  float* latencies = scratch + chunks;
  const bool wants_speed = input.weights[kSpeed] > 0.0f;
  Window window = wants_speed ? sample_window(input, latencies) : Window{0.0f, kNever, 0, 0, 0};
  walk(input, window, chunk_best, latencies, output);
  if (output.matched == 0) return;
  if (wants_speed) output.median = median_of(input, window, latencies);
  // The scores of the result are not in use yet: room for the bar.
  const float bar = bar_of(chunk_best, chunks, k, output.scores);
  select(input, k, chunk_best, chunks, bar, output);
}

}  // namespace hive
