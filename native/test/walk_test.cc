// A ranking in one walk against one that looks at every row in turn: the same rows, scores and median, bit by bit.

#include <algorithm>
#include <limits>
#include <vector>

#include "../nth.h"
#include "../topk.h"
#include "check.h"

namespace {

// Marsaglia, "Xorshift RNGs" (2003).
struct Random {
  uint32_t state;
  uint32_t below(uint32_t limit) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % limit;
  }
  float share() { return static_cast<float>(below(1u << 20)) / static_cast<float>(1u << 20); }
};

struct Scene {
  uint32_t rows;
  uint32_t required;
  uint32_t k;
  float speed;
  uint32_t unmeasured_in;  // one agent in so many has no latency
  uint32_t values;         // so many different values: few make ties
  bool has_more_terms;
  bool is_sorted;  // latencies grow from row to row
};

struct Columns {
  Columns(const Scene& scene, Random& random) : scene(scene) {
    const auto column = [&] {
      std::vector<float> values(scene.rows);
      const float most = static_cast<float>(scene.values);
      for (float& value : values) value = static_cast<float>(random.below(scene.values)) / most;
      return values;
    };
    eligible.resize(scene.rows);
    idle_since.resize(scene.rows);
    for (uint32_t row = 0; row < scene.rows; row++) {
      eligible[row] = random.below(4) == 0 ? 5 : 7;
      idle_since[row] = random.below(3);
    }
    load = column();
    success = column();
    semantic = column();
    cost = column();
    latency = column();
    for (uint32_t row = 0; row < scene.rows; row++) {
      latency[row] = 1 + 1000 * (scene.is_sorted ? static_cast<float>(row) : latency[row]);
      if (scene.unmeasured_in > 0 && random.below(scene.unmeasured_in) == 0) latency[row] = 0.0f;
    }
    for (uint32_t index = 0; index < scene.required; index++) {
      proficiency.push_back(column());
      minima.push_back(0.3f * random.share() / static_cast<float>(scene.required));
      shares.push_back(1.0f / static_cast<float>(scene.required));
    }
    for (const std::vector<float>& one : proficiency) pointers.push_back(one.data());
    const float most = scene.has_more_terms ? 0.2f : 0.0f;
    const float given[6] = {0.4f, 0.3f, 0.2f, most, most, scene.speed};
    std::copy(given, given + 6, weights);
  }

  hive::RankInput input() const {
    return {scene.rows, 7, 7, scene.required == 0 ? 0.5f : 0.0f, 1.0f, scene.required, eligible.data(), load.data(),
            success.data(), latency.data(), idle_since.data(), scene.has_more_terms ? semantic.data() : nullptr,
            scene.has_more_terms ? cost.data() : nullptr, pointers.data(), minima.data(), shares.data(), weights};
  }

  Scene scene;
  std::vector<uint32_t> eligible;
  std::vector<float> load, success, latency, semantic, cost;
  std::vector<double> idle_since;
  std::vector<std::vector<float>> proficiency;
  std::vector<const float*> pointers;
  std::vector<float> minima, shares;
  float weights[6];
};

struct Ranked {
  std::vector<uint32_t> rows;
  std::vector<float> scores;
  uint32_t matched;
  float median;
};

Ranked in_turn(const hive::RankInput& input, uint32_t k) {
  Ranked ranked{{}, {}, 0, 0.0f};
  std::vector<float> latencies;
  for (uint32_t row = 0; row < input.rows; row++) {
    bool may = (input.eligible[row] & input.care) == input.want;
    for (uint32_t index = 0; index < input.required; index++) {
      may &= input.proficiency[index][row] >= input.minima[index];
    }
    if (!may) continue;
    ranked.rows.push_back(row);
    if (input.latency[row] > 0.0f) latencies.push_back(input.latency[row]);
  }
  ranked.matched = static_cast<uint32_t>(ranked.rows.size());
  const float weight = input.weights[hive::kSpeed];
  if (weight > 0.0f && !latencies.empty()) {
    std::sort(latencies.begin(), latencies.end());
    ranked.median = latencies[(latencies.size() - 1) / 2];
  }
  const auto score_of = [&](uint32_t row) {
    return hive::score_row(input, row) + weight * hive::speed_of(input.latency[row], ranked.median);
  };
  std::sort(ranked.rows.begin(), ranked.rows.end(), [&](uint32_t one, uint32_t other) {
    const float left = score_of(one), right = score_of(other);
    if (left != right) return left > right;
    if (input.load[one] != input.load[other]) return input.load[one] < input.load[other];
    if (input.idle_since[one] != input.idle_since[other]) return input.idle_since[one] < input.idle_since[other];
    return one < other;
  });
  ranked.rows.resize(std::min<size_t>(k, ranked.rows.size()));
  for (uint32_t row : ranked.rows) ranked.scores.push_back(score_of(row));
  return ranked;
}

void compare(const Columns& columns, std::vector<float>& scratch) {
  const hive::RankInput input = columns.input();
  const uint32_t k = columns.scene.k;
  std::vector<uint32_t> rows(k);
  std::vector<float> scores(k);
  hive::RankOutput output{rows.data(), scores.data(), 0, 0, 0.0f};
  hive::rank_rows(input, k, scratch.data(), output);
  const Ranked expected = in_turn(input, k);
  CHECK(output.matched == expected.matched);
  CHECK(output.median == expected.median);
  CHECK(output.count == expected.rows.size());
  rows.resize(output.count);
  scores.resize(output.count);
  CHECK(rows == expected.rows);
  CHECK(scores == expected.scores);
}

void compare(const Scene& scene, Random& random) {
  std::vector<float> scratch(hive::rank_scratch_floats(scene.rows));
  compare(Columns(scene, random), scratch);
}

constexpr uint32_t kMany = 1u << 20;

}  // namespace

PROMISE("one walk ranks as looking at every row in turn does, whatever the task asks for") {
  Random random{2463534242u};
  for (uint32_t rows : {1u, 15u, 16u, 17u, 255u, 256u, 257u, 271u, 272u, 273u, 1041u, 3000u, 9000u, 30000u}) {
    for (uint32_t required : {0u, 1u, 2u, 3u, 4u, 7u}) {
      for (bool has_more_terms : {false, true}) {
        compare({rows, required, 10, 0.1f, 7, kMany, has_more_terms, false}, random);
      }
    }
  }
}

PROMISE("one walk ranks ties, agents without a latency and tasks to which speed is nothing or everything") {
  Random random{88172645u};
  for (uint32_t values : {1u, 2u, 5u, kMany}) {
    for (uint32_t unmeasured_in : {0u, 1u, 2u}) {
      for (float speed : {0.0f, 0.1f, 5.0f}) compare({9000, 3, 40, speed, unmeasured_in, values, false, false}, random);
    }
  }
  compare({2000, 1, 256, 0.1f, 3, kMany, false, false}, random);
  compare({20000, 0, 256, 0.1f, 3, 3, true, false}, random);
}

PROMISE("one walk finds the median where latencies grow with the rows, and where the sample saw only others") {
  Random random{521288629u};
  compare({30000, 3, 10, 0.1f, 0, kMany, false, true}, random);
  Columns columns({30000, 1, 10, 0.1f, 0, kMany, false, false}, random);
  // Sixteen samples of 256 rows, evenly spread: all of them lie.
  for (uint32_t row = 0; row < 30000; row++) {
    if (row % (30000 / 16) < 256) columns.latency[row] = 1e6f;
  }
  std::vector<float> scratch(hive::rank_scratch_floats(30000));
  compare(columns, scratch);
}

PROMISE("one walk remembers where medians were, and is not misled when they are elsewhere or its memory is odd") {
  Random random{123456789u};
  Columns columns({20000, 2, 10, 0.1f, 5, kMany, false, false}, random);
  std::vector<float> scratch(hive::rank_scratch_floats(20000));
  for (float factor : {1.0f, 1.0f, 1.001f, 1.3f, 50.0f, 1e-6f, 0.0f, 1.0f}) {
    for (float& latency : columns.latency) latency *= factor;
    compare(columns, scratch);
    compare(columns, scratch);
  }
  constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
  for (float odd : {-1.0f, 1.0f, 1e-30f, kNone, std::numeric_limits<float>::infinity()}) {
    std::fill(scratch.begin(), scratch.end(), odd);
    compare(columns, scratch);
  }
}

PROMISE("the nth of values is that of the sorted ones, and a bracket holds what it was asked for") {
  Random random{362436069u};
  for (uint32_t count : {1u, 2u, 47u, 48u, 49u, 500u, 5000u}) {
    for (uint32_t different : {1u, 3u, 700u, kMany}) {
      std::vector<float> values(count);
      for (float& value : values) value = 1e-3f + 1e4f * static_cast<float>(random.below(different));
      std::vector<float> sorted = values;
      std::sort(sorted.begin(), sorted.end());
      for (uint32_t nth : {0u, count / 3, count / 2, count - 1}) {
        const uint32_t other = nth + (count - 1 - nth) / 2;
        const hive::Window bracket = hive::bracket_of(values.data(), count, nth, other);
        CHECK(bracket.low <= sorted[nth]);
        CHECK(bracket.high >= sorted[other]);
        std::vector<float> copy = values;
        CHECK(hive::nth_of(copy.data(), count, nth) == sorted[nth]);
      }
    }
  }
}
