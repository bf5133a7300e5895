// Embedding and searching over arrays that are exactly as long as they have to be, so that AddressSanitizer sees one
// step beyond. That the vectors are right is what test/compute/embed.test.ts and similar.test.ts promise.

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "../embed.h"
#include "../similar.h"
#include "check.h"

namespace {

constexpr int32_t kJoins = 1;

// Blocks up to `last` have entries of their own and those beyond share its; each letter joins and folds by `distance`.
std::unique_ptr<hive::EmbedTables> make_tables(uint16_t last, int32_t distance, int32_t weight) {
  std::vector<uint16_t> blocks(hive::kEmbedBlocks, last);
  for (uint16_t block = 0; block < last; block++) blocks[block] = block;
  const std::vector<int32_t> entries(hive::embed_entries(blocks.data()), distance * 4 + kJoins);
  const std::vector<int32_t> weights(hive::kEmbedWeights, weight);
  CHECK(hive::embed_weights_fit(weights.data()));
  return std::unique_ptr<hive::EmbedTables>(
      hive::make_embed_tables(blocks.data(), entries.data(), weights.data()));
}

float length_of(const std::vector<float>& vector) {
  float squares = 0;
  for (float value : vector) squares += value * value;
  return std::sqrt(squares);
}

}  // namespace

PROMISE("tables know how many entries they lead to") {
  std::vector<uint16_t> blocks(hive::kEmbedBlocks, 0);
  CHECK(hive::embed_entries(blocks.data()) == 128);
  blocks.back() = 65535;
  CHECK(hive::embed_entries(blocks.data()) == 65536 * 128);
}

PROMISE("weights that could overflow a sum do not fit") {
  std::vector<int32_t> weights(hive::kEmbedWeights, hive::kEmbedWeightMax);
  CHECK(hive::embed_weights_fit(weights.data()));
  weights.back() = hive::kEmbedWeightMax + 1;
  CHECK(!hive::embed_weights_fit(weights.data()));
  weights.back() = std::numeric_limits<int32_t>::min();
  CHECK(!hive::embed_weights_fit(weights.data()));
}

PROMISE("any units stay inside the tables, with the oddest entries and weights, and leave the counters zero") {
  auto tally = std::make_unique<hive::EmbedTally>();
  for (int32_t distance : {0, (1 << 29) - 1, -(1 << 29)}) {
    const auto tables = make_tables(300, distance, hive::kEmbedWeightMax);
    std::vector<uint16_t> units;
    for (uint32_t unit = 0; unit < 65536; unit++) units.push_back(static_cast<uint16_t>(unit * 40503u));
    units.push_back(0xdbff);
    units.push_back(0xdfff);
    units.push_back(0xd800);
    std::vector<float> out(hive::kEmbeddingDims);
    hive::embed_text({units.data(), units.size(), tables.get()}, *tally, out.data());
    CHECK(std::fabs(length_of(out) - 1.0f) < 1e-5f);
    for (uint32_t count : tally->counts) CHECK(count == 0);
  }
}

PROMISE("one feature counted very often does not overflow its weight") {
  auto tally = std::make_unique<hive::EmbedTally>();
  const auto tables = make_tables(0, 0, hive::kEmbedWeightMax);
  const std::vector<uint16_t> units(1u << 24, 'a');
  std::vector<float> out(hive::kEmbeddingDims);
  hive::embed_text({units.data(), units.size(), tables.get()}, *tally, out.data());
  CHECK(std::fabs(length_of(out) - 1.0f) < 1e-5f);
}

PROMISE("a text without letters is zero") {
  auto tally = std::make_unique<hive::EmbedTally>();
  const auto tables = make_tables(0, 0, 1);
  std::vector<float> out(hive::kEmbeddingDims, 7.0f);
  hive::embed_text({nullptr, 0, tables.get()}, *tally, out.data());
  CHECK(length_of(out) == 0.0f);
}

PROMISE("the best rows come first, for every number of rows around a block and every k around it") {
  for (uint32_t rows : {0u, 1u, 2u, 63u, 64u, 65u, 129u}) {
    std::vector<float> values(static_cast<size_t>(rows) * hive::kEmbeddingDims);
    for (uint32_t row = 0; row < rows; row++) values[row * hive::kEmbeddingDims] = static_cast<float>(row + 1);
    std::vector<float> query(hive::kEmbeddingDims);
    query[0] = 1;
    for (uint32_t k : {0u, 1u, 64u, 256u}) {
      std::vector<uint32_t> found(k);
      std::vector<float> scores(k);
      const uint32_t expected = rows < k ? rows : k;
      CHECK(hive::similar_top({query.data(), values.data(), rows, k, true}, found.data(), scores.data()) == expected);
      for (uint32_t place = 0; place < expected; place++) CHECK(found[place] == rows - 1 - place);
      CHECK(hive::similar_top({query.data(), values.data(), rows, k, false}, found.data(), scores.data()) == expected);
      for (uint32_t place = 0; place < expected; place++) CHECK(found[place] == place && scores[place] == 1.0f);
    }
  }
}

PROMISE("rows that are no numbers are left out, and endless ones stay inside the result") {
  const float infinity = std::numeric_limits<float>::infinity();
  for (float value : {std::numeric_limits<float>::quiet_NaN(), infinity, -infinity, 3e38f}) {
    std::vector<float> values(100 * hive::kEmbeddingDims, value);
    const std::vector<float> query(hive::kEmbeddingDims, 0.0625f);
    std::vector<uint32_t> found(3);
    std::vector<float> scores(3);
    for (bool is_unit : {true, false}) {
      CHECK(hive::similar_top({query.data(), values.data(), 100, 3, is_unit}, found.data(), scores.data()) <= 3);
    }
  }
}
