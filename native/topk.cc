// How a ranking reads memory once. A score needs the median latency of all who may have the task, which is known only
// after all have been looked at; so
//
//   1. what the last ranking of the kind found, or else a sample of the rows, gives a window of latencies in which the
//      median almost surely lies
//   2. one walk over all columns (sift.cc) counts the latencies below the window and keeps those inside. The window
//      bounds what speed can add to a score: a row whose bound reaches the k-th best so far is a candidate
//   3. the median is the right one of those kept; if it lies outside after all, the walk is made again with the next
//      wider window: that of a sample, then one that holds everything
//   4. the candidates get their speed, and the best k of them are the result
//
// Source of 1 to 3: Floyd and Rivest, "Expected time bounds for selection" (1975). The median is exact.

#include "topk.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "nth.h"
#include "sift.h"

namespace hive {
namespace {

constexpr float kOut = -std::numeric_limits<float>::infinity();
constexpr float kNever = std::numeric_limits<float>::infinity();
constexpr Window kEverything = {std::numeric_limits<float>::denorm_min(), kNever};
constexpr uint32_t kSampleChunks = 16;
constexpr uint32_t kSampleRowsMin = 8192;  // fewer rows are all kept
constexpr uint32_t kSampleMin = 32;
constexpr uint32_t kLineBytes = 64;
constexpr uint32_t kFirstStep = 1u << (kSiftSteps - 1);  // its mark

// The last step that is marked in a word with a mark.
inline uint32_t last_step(uint32_t word) noexcept {
  return kSiftSteps - 1 - static_cast<uint32_t>(std::countr_zero(word));
}

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

struct Latencies {
  Window window = kEverything;
  uint32_t measured = 0;  // of those who may have the task
  uint32_t reached = 0;   // of them not below the window
  uint32_t kept = 0;      // of them inside
  float* values = nullptr;
};

// Counts what was sifted, and keeps the latencies inside.
// Why a place is written before it is known whether there is a mark: nobody can guess which words have any, and few
// have more than one.
void keep(const Sifted& sifted, uint32_t chunks, const float* latency, Latencies& latencies) noexcept {
  float* values = latencies.values;
  uint32_t kept = latencies.kept;
  const auto keep_first = [&](const float* column, uint32_t word) {
    values[kept] = column[last_step(word | kFirstStep) * kSiftLanes];
    kept += word != 0 ? 1 : 0;
    return word & (word - 1);
  };
  for (uint32_t chunk = 0; chunk < chunks; chunk++, latency += kSiftRows) {
    for (uint32_t lane = 0; lane < kSiftLanes; lane++) {
      uint32_t word = keep_first(latency + lane, sifted.inside[chunk][lane]);
      while (word != 0) word = keep_first(latency + lane, word);
    }
  }
  latencies.kept = kept;
  latencies.measured += sifted.measured;
  latencies.reached += sifted.reached;
}

// Those who may be among the best k, and what the k-th best reaches at least.
struct Candidates {
  uint32_t k = 0;
  uint32_t count = 0;
  float bar = kOut;
  uint32_t sure_count = 0;
  float* sure = nullptr;    // the best k of what candidates reach at least, in order
  float* rows = nullptr;    // their bits are the numbers of the rows
  float* scores = nullptr;  // without speed
};

void raise_bar(Candidates& candidates, float sure) noexcept {
  const uint32_t k = candidates.k;
  float* best = candidates.sure;
  uint32_t place = candidates.sure_count < k ? candidates.sure_count++ : k - 1;
  for (; place > 0 && best[place - 1] < sure; place--) best[place] = best[place - 1];
  best[place] = sure;
  if (candidates.sure_count == k) candidates.bar = best[k - 1];
}

// Takes a row that sifting found near the bar, unless a closer look says that it stays below.
// Why both ends of the window give bounds: speed_of never falls when the median rises, rounded or not.
void consider(const RankInput& input, uint32_t row, const Window& window, Candidates& candidates) noexcept {
  const float weight = input.weights[kSpeed];
  const float latency = input.latency[row];
  const float score = score_row(input, row);
  if (!(score + weight * speed_of(latency, window.high) >= candidates.bar)) return;
  candidates.rows[candidates.count] = std::bit_cast<float>(row);
  candidates.scores[candidates.count] = score;
  candidates.count++;
  const float sure = score + weight * speed_of(latency, window.low);
  if (candidates.sure_count < candidates.k || sure > candidates.bar) raise_bar(candidates, sure);
}

// Sifts chunks of rows, whatever the task requires.
void sift(const RankInput& input, uint32_t first, uint32_t chunks, const Window& window, float bar,
          Sifted& sifted) noexcept {
  if (is_plain(input)) return sift_plain(input, first, chunks, window, bar, sifted);
  float scores[kSiftChunks * kSiftRows];
  score_without_speed(input, first, chunks * kSiftRows, scores);
  sift_scored(input, scores, input.latency + first, chunks, window, bar, sifted);
}

// Narrows the window to where the median almost surely lies, by rows taken from all over the table.
void sample(const RankInput& input, Latencies& latencies) noexcept {
  Latencies seen = latencies;
  const uint32_t stride = input.rows / kSampleChunks;
  for (uint32_t chunk = 0; chunk < kSampleChunks; chunk++) {
    Sifted sifted;
    sift(input, chunk * stride, 1, seen.window, kNever, sifted);
    keep(sifted, 1, input.latency + chunk * stride, seen);
  }
  if (seen.kept < kSampleMin) return;
  // Three standard deviations of a rank around the middle: 3 * sqrt(n) / 2.
  const uint32_t spread = static_cast<uint32_t>(1.5f * std::sqrt(static_cast<float>(seen.kept))) + 1;
  const uint32_t middle = (seen.kept - 1) / 2;
  const uint32_t low = middle > spread ? middle - spread : 0;
  latencies.window = bracket_of(seen.values, seen.kept, low, std::min(seen.kept - 1, middle + spread));
}

// One walk over the rows.
struct Walk {
  const RankInput& input;
  Latencies& latencies;
  Candidates& candidates;
  uint32_t in = 0;

  // Keeps what was sifted from rows whose latencies are at `latency`.
  void take(uint32_t first, uint32_t chunks, const float* latency, const Sifted& sifted) noexcept {
    in += sifted.in;
    if (input.weights[kSpeed] > 0.0f) keep(sifted, chunks, latency, latencies);
    for (uint32_t chunk = 0; chunk < chunks; chunk++) {
      if (sifted.any_near[chunk] == 0) continue;
      for (uint32_t lane = 0; lane < kSiftLanes; lane++) {
        for (uint32_t word = sifted.near[chunk][lane]; word != 0; word &= word - 1) {
          const uint32_t step = chunk * kSiftSteps + last_step(word);
          consider(input, first + step * kSiftLanes + lane, latencies.window, candidates);
        }
      }
    }
  }

  void read(uint32_t first, uint32_t chunks) noexcept {
    Sifted sifted;
    sift(input, first, chunks, latencies.window, candidates.bar, sifted);
    take(first, chunks, input.latency + first, sifted);
  }

  // Fewer rows than a chunk, as a chunk of which the rest may not have the task.
  void read_rest(uint32_t first, uint32_t count) noexcept {
    float scores[kSiftRows];
    float latency[kSiftRows];
    score_without_speed(input, first, count, scores);
    std::fill(scores + count, scores + kSiftRows, kOut);
    std::copy_n(input.latency + first, count, latency);
    std::fill(latency + count, latency + kSiftRows, 0.0f);
    Sifted sifted;
    sift_scored(input, scores, latency, 1, latencies.window, candidates.bar, sifted);
    take(first, 1, latency, sifted);
  }
};

// So many rows until the columns lie on a cache line, if they all lie alike; large ones do.
// Why: half of the loads of vectors that are not aligned touch two lines, which is a fifth of the time.
uint32_t rows_to_line(const RankInput& input) noexcept {
  const uintptr_t beyond = reinterpret_cast<uintptr_t>(input.eligible) % kLineBytes;
  return static_cast<uint32_t>((kLineBytes - beyond) % kLineBytes / sizeof(uint32_t));
}

// Looks at all rows; answers how many may have the task.
uint32_t walk(const RankInput& input, Latencies& latencies, Candidates& candidates) noexcept {
  Walk walk{input, latencies, candidates};
  uint32_t first = std::min(input.rows, rows_to_line(input));
  if (first > 0) walk.read_rest(0, first);
  while (input.rows - first >= kSiftRows) {
    // One by one until there is a bar.
    const uint32_t most = candidates.sure_count < candidates.k ? 1 : kSiftChunks;
    const uint32_t chunks = std::min(most, (input.rows - first) / kSiftRows);
    walk.read(first, chunks);
    first += chunks * kSiftRows;
  }
  if (first < input.rows) walk.read_rest(first, input.rows - first);
  return walk.in;
}

// Where the lower median stands among those kept; false when it is not among them.
bool find_rank(const Latencies& latencies, uint32_t& rank) noexcept {
  const uint32_t middle = (latencies.measured - 1) / 2;
  const uint32_t below = latencies.measured - latencies.reached;
  rank = middle - below;
  return middle >= below && rank < latencies.kept;
}

// Where the median was when the same capabilities and the same latencies were asked for.
// Why: agents change one by one, so it is still near; the window is a quarter of one that a sample gives.
struct Guess {
  uint32_t key;
  Window window;
};
constexpr uint32_t kGuesses = 16;

uint32_t key_of(const RankInput& input) noexcept {
  uint64_t mixed = reinterpret_cast<uintptr_t>(input.latency) ^ input.want;
  for (uint32_t index = 0; index < input.required; index++) {
    mixed = mixed * 0x9e3779b97f4a7c15u + reinterpret_cast<uintptr_t>(input.proficiency[index]);
  }
  return static_cast<uint32_t>((mixed * 0x9e3779b97f4a7c15u) >> 32);
}

class Guesses {
 public:
  Guesses(const RankInput& input, float* memory) noexcept
      : key_(key_of(input)), place_(memory + key_ % kGuesses * (sizeof(Guess) / sizeof(float))) {}

  // False when nothing is known.
  bool recall(Window& window) const noexcept {
    Guess guess;
    std::memcpy(&guess, place_, sizeof guess);
    if (guess.key != key_ || !(guess.window.low > 0.0f) || !(guess.window.low <= guess.window.high)) return false;
    window = guess.window;
    return true;
  }

  // Four standard deviations of the rank of the median of a random half to both sides; nothing if so many are not kept.
  void learn(const Latencies& latencies, uint32_t rank) noexcept {
    const uint32_t spread = static_cast<uint32_t>(2.0f * std::sqrt(static_cast<float>(latencies.measured))) + 1;
    Guess guess = {};
    if (rank >= spread && rank + spread < latencies.kept) {
      guess = {key_, bracket_of(latencies.values, latencies.kept, rank - spread, rank + spread)};
    }
    std::memcpy(place_, &guess, sizeof guess);
  }

 private:
  uint32_t key_;
  float* place_;
};

static_assert(kGuesses * sizeof(Guess) <= kScratchMemory * sizeof(float));

// Walks until the median is among those kept.
void find_all(const RankInput& input, float* memory, Latencies& latencies, Candidates& candidates,
              RankOutput& output) noexcept {
  const Latencies none = latencies;
  const Candidates nobody = candidates;
  const bool is_large = input.rows >= kSampleRowsMin;
  Guesses guesses(input, memory);
  bool has_guess = is_large && guesses.recall(latencies.window);
  bool has_sample = is_large && !has_guess;
  if (has_sample) sample(input, latencies);
  for (;;) {
    output.matched = walk(input, latencies, candidates);
    uint32_t rank = 0;
    if (latencies.measured == 0) return;
    if (find_rank(latencies, rank)) {
      if (is_large) guesses.learn(latencies, rank);
      output.median = nth_of(latencies.values, latencies.kept, rank);
      return;
    }
    if (!has_guess && !has_sample) return;
    latencies = none;
    candidates = nobody;
    has_sample = has_guess;
    has_guess = false;
    if (has_sample) sample(input, latencies);
  }
}

}  // namespace

void rank_rows(const RankInput& input, uint32_t k, float* scratch, RankOutput& output) noexcept {
  output.count = 0;
  output.matched = 0;
  output.median = 0.0f;
  if (k == 0 || input.rows == 0) return;
  const size_t room = (rank_scratch_floats(input.rows) - kScratchMemory) / 3;
  float* rooms = scratch + kScratchMemory;
  const float weight = input.weights[kSpeed];
  // The scores of the result are not in use yet: room for the bar.
  const Candidates nobody = {k, 0, kOut, 0, output.scores, rooms + room, rooms + 2 * room};
  Candidates candidates = nobody;
  Latencies latencies = {kEverything, 0, 0, 0, rooms};
  if (weight > 0.0f) {
    find_all(input, scratch, latencies, candidates, output);
  } else {
    output.matched = walk(input, latencies, candidates);
  }
  const float bar = candidates.bar;
  for (uint32_t index = 0; index < candidates.count; index++) {
    const uint32_t row = std::bit_cast<uint32_t>(candidates.rows[index]);
    const float score = candidates.scores[index] + weight * speed_of(input.latency[row], output.median);
    if (score >= bar) offer(input, k, score, row, output);
  }
}

}  // namespace hive
