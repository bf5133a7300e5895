// Ranking over arrays that are exactly as long as they have to be, so that AddressSanitizer sees one step beyond.

#include <cmath>
#include <limits>
#include <vector>

#include "../topk.h"
#include "check.h"

namespace {

struct Table {
  explicit Table(uint32_t rows)
      : eligible(rows, 1), load(rows, 0.0f), success(rows, 0.5f), latency(rows, 0.0f), idle_since(rows, 0.0),
        semantic(rows, 0.5f), cost(rows, 1.0f), proficiency(rows, 0.5f), scratch(hive::rank_scratch_floats(rows)) {}

  hive::RankOutput rank(uint32_t k) {
    rows_out.assign(k, 0);
    scores_out.assign(k, 0.0f);
    columns = proficiency.data();
    hive::RankInput input{static_cast<uint32_t>(load.size()), 1, 1, 0.0f, 1.0f, 1, eligible.data(), load.data(),
                          success.data(), latency.data(), idle_since.data(), semantic.data(), cost.data(), &columns,
                          &minimum, &share, weights};
    hive::RankOutput output{rows_out.data(), scores_out.data(), 0, 0, 0.0f};
    hive::rank_rows(input, k, scratch.data(), output);
    return output;
  }

  std::vector<uint32_t> eligible;
  std::vector<float> load, success, latency;
  std::vector<double> idle_since;
  std::vector<float> semantic, cost, proficiency, scratch;
  std::vector<uint32_t> rows_out;
  std::vector<float> scores_out;
  const float* columns = nullptr;
  float minimum = 0.1f;
  float share = 1.0f;
  float weights[6] = {1.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f};
};

}  // namespace

PROMISE("the best rows come first, for every number of rows around the widths of vectors and blocks") {
  for (uint32_t rows : {1u, 2u, 7u, 8u, 15u, 16u, 17u, 63u, 64u, 65u, 127u, 128u, 129u, 1024u, 1025u, 8191u, 8192u,
                        9001u}) {
    Table table(rows);
    for (uint32_t row = 0; row < rows; row++) table.proficiency[row] = 0.25f + 0.5f * static_cast<float>(row) / 4096;
    const hive::RankOutput output = table.rank(3);
    CHECK(output.matched == rows);
    CHECK(output.count == (rows < 3 ? rows : 3));
    for (uint32_t place = 0; place < output.count; place++) CHECK(output.rows[place] == rows - 1 - place);
  }
}

PROMISE("ties go to the lower load, then the longer idle, then the lower row") {
  Table table(4);
  table.load = {0.5f, 0.25f, 0.25f, 0.25f};
  table.idle_since = {1, 2, 1, 1};
  const hive::RankOutput output = table.rank(4);
  CHECK(output.rows[0] == 2);
  CHECK(output.rows[1] == 3);
  CHECK(output.rows[2] == 1);
  CHECK(output.rows[3] == 0);
}

PROMISE("the median is that of the measured latencies, the lower one of two") {
  Table table(5);
  table.latency = {40.0f, 0.0f, 10.0f, 30.0f, 20.0f};
  table.weights[hive::kSpeed] = 1.0f;
  CHECK(table.rank(1).median == 20.0f);
}

PROMISE("odd numbers rank nobody or somebody, and stay inside their arrays") {
  const float odd[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                       -std::numeric_limits<float>::infinity(), -1.0f, 1e38f};
  for (float value : odd) {
    Table table(100);
    for (uint32_t row = 0; row < 100; row += 3) table.proficiency[row] = table.latency[row] = value;
    for (uint32_t row = 1; row < 100; row += 3) table.success[row] = table.load[row] = value;
    for (float& weight : table.weights) weight = 0.25f;
    CHECK(table.rank(10).count <= 10);
    table.weights[1] = value;
    CHECK(table.rank(256).count <= 100);
  }
}

PROMISE("nobody is ranked when nobody is asked for or nobody may") {
  Table table(10);
  CHECK(table.rank(0).count == 0);
  table.eligible.assign(10, 0);
  const hive::RankOutput output = table.rank(2);
  CHECK(output.count == 0);
  CHECK(output.matched == 0);
}

PROMISE("the cosine of embeddings is mapped to 0..1, and written for those who may have the task alone") {
  std::vector<float> task(hive::kEmbedding, 0.0625f);
  std::vector<float> embeddings(4 * hive::kEmbedding, 0.0f);
  for (uint32_t at = 0; at < hive::kEmbedding; at++) {
    embeddings[at] = 0.0625f;
    embeddings[2 * hive::kEmbedding + at] = -0.0625f;
    embeddings[3 * hive::kEmbedding + at] = 0.0625f;
  }
  const std::vector<uint32_t> eligible = {1, 1, 1, 0};
  std::vector<float> semantic(4, 7.0f);
  hive::RankInput input = {};
  input.rows = 4;
  input.care = input.want = 1;
  input.eligible = eligible.data();
  hive::compare_rows(input, embeddings.data(), task.data(), semantic.data());
  CHECK((semantic == std::vector<float>{1.0f, 0.5f, 0.0f, 7.0f}));
}
