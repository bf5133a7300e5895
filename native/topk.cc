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
#include <cmath>
#include <limits>

#include "simd.h"

namespace hive {
namespace {

constexpr float kOut = -std::numeric_limits<float>::infinity();
constexpr float kNever = std::numeric_limits<float>::infinity();
constexpr uint32_t kChunkRows = 128;
constexpr uint32_t kLanes = 16;
constexpr uint32_t kSampleChunks = 16;
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

HIVE_CLONES uint32_t count_in(const float* scores, uint32_t count) noexcept {
  uint32_t in = 0;
  for (uint32_t row = 0; row < count; row++) in += scores[row] > kOut ? 1u : 0u;
  return in;
}

HIVE_CLONES float highest(const float* scores, uint32_t count) noexcept {
  float lanes[kLanes];
  for (uint32_t lane = 0; lane < kLanes; lane++) lanes[lane] = kOut;
  uint32_t row = 0;
  for (; row + kLanes <= count; row += kLanes) {
    for (uint32_t lane = 0; lane < kLanes; lane++) {
      lanes[lane] = scores[row + lane] > lanes[lane] ? scores[row + lane] : lanes[lane];
    }
  }
  for (; row < count; row++) lanes[0] = scores[row] > lanes[0] ? scores[row] : lanes[0];
  for (uint32_t half = kLanes / 2; half > 0; half /= 2) {
    for (uint32_t lane = 0; lane < half; lane++) {
      lanes[lane] = lanes[lane + half] > lanes[lane] ? lanes[lane + half] : lanes[lane];
    }
  }
  return lanes[0];
}

// Counts the measured latencies of those who may have the task, and those below the window.
HIVE_CLONES void count_latencies(const float* HIVE_RESTRICT scores, const float* HIVE_RESTRICT latency, uint32_t count,
                                 float low, uint32_t& measured_out, uint32_t& below_out) noexcept {
  uint32_t measured = 0;
  uint32_t below = 0;
  for (uint32_t row = 0; row < count; row++) {
    const bool is_measured = (scores[row] > kOut) & (latency[row] > 0.0f);
    measured += is_measured ? 1u : 0u;
    below += is_measured & (latency[row] < low) ? 1u : 0u;
  }
  measured_out += measured;
  below_out += below;
}

// Without a branch: whether a row is inside is as good as random, and a wrong guess costs more than a store.
// `into` has room for one more than is collected.
uint32_t collect_inside(const float* HIVE_RESTRICT scores, const float* HIVE_RESTRICT latency, uint32_t count,
                        const Window& window, float* HIVE_RESTRICT into) noexcept {
  const float low = std::max(window.low, std::numeric_limits<float>::denorm_min());
  uint32_t inside = 0;
  for (uint32_t row = 0; row < count; row++) {
    into[inside] = latency[row];
    inside += static_cast<uint32_t>((scores[row] > kOut) & (latency[row] >= low) & (latency[row] <= window.high));
  }
  return inside;
}

Window sample_window(const RankInput& input, float* scratch) noexcept {
  Window window = {0.0f, kNever, 0, 0, 0};
  if (input.rows < kSampleRowsMin) return window;
  float scores[kChunkRows];
  uint32_t sampled = 0;
  const uint32_t stride = input.rows / kSampleChunks;
  for (uint32_t chunk = 0; chunk < kSampleChunks; chunk++) {
    const uint32_t first = chunk * stride;
    score_without_speed(input, first, kChunkRows, scores);
    sampled += collect_inside(scores, input.latency + first, kChunkRows, window, scratch + sampled);
  }
  if (sampled < kSampleMin) return window;
  // Three standard deviations of a rank around the middle: 3 * sqrt(n) / 2.
  const uint32_t spread = static_cast<uint32_t>(1.5f * std::sqrt(static_cast<float>(sampled))) + 1;
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
    output.matched += count_in(scores, count);
    for (uint32_t row = 0; row < count; row += kChunkRows) {
      chunk_best[(first + row) / kChunkRows] = highest(scores + row, std::min(kChunkRows, count - row));
    }
    if (!wants_speed) continue;
    const float* latency = input.latency + first;
    count_latencies(scores, latency, count, window.low, window.measured, window.below);
    window.inside += collect_inside(scores, latency, count, window, latencies + window.inside);
  }
}

// The lower median of the measured latencies of those who may have the task, or 0 when there is none.
float median_of(const RankInput& input, Window& window, float* latencies) noexcept {
  if (window.measured == 0) return 0.0f;
  uint32_t rank = (window.measured - 1) / 2;
  if (rank < window.below || rank - window.below >= window.inside) {
    window = {0.0f, kNever, window.measured, 0, 0};
    float scores[kBlockRows];
    for (uint32_t first = 0; first < input.rows; first += kBlockRows) {
      const uint32_t count = std::min(kBlockRows, input.rows - first);
      score_without_speed(input, first, count, scores);
      window.inside += collect_inside(scores, input.latency + first, count, window, latencies + window.inside);
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

void select(const RankInput& input, uint32_t k, const float* chunk_best, uint32_t chunks, float bar,
            RankOutput& output) noexcept {
  float scores[kChunkRows];
  const float speed_most = input.weights[kSpeed];
  for (uint32_t chunk = 0; chunk < chunks; chunk++) {
    if (chunk_best[chunk] == kOut || chunk_best[chunk] + speed_most < bar) continue;
    const uint32_t first = chunk * kChunkRows;
    const uint32_t count = std::min(kChunkRows, input.rows - first);
    score_without_speed(input, first, count, scores);
    add_speed(input, first, count, output.median, scores);
    for (uint32_t row = 0; row < count; row++) {
      if (scores[row] < bar || scores[row] == kOut) continue;
      offer(input, k, scores[row], first + row, output);
      if (output.count == k) bar = std::max(bar, output.scores[k - 1]);
    }
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
