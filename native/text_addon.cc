// The glue of embed and similarTop, each in two forms: at once, or on a thread of libuv's pool with a promise.
// src/compute/embed-native.ts and similar-native.ts have checked all arguments and explain what does not fit.
//
// embedTables hands over letters and weights; this environment keeps a checked copy for all texts that follow. A second
// call replaces it, and calls that are under way go on with the one they began with.
// Why: the loops of embed read an index from one table and use it in another. An array that JavaScript still has could
// change in between, and checking each letter, or five arrays for each text, costs more than keeping one's own.

#include <algorithm>

#include "embed.h"
#include "long_call.h"
#include "similar.h"

namespace hive {

// What embed keeps for one environment, so that a call allocates nothing.
struct TextRoom {
  EmbedTables* tables = nullptr;
  EmbedTally tally = {};
  std::unique_ptr<uint16_t[]> units;
  size_t units_room = 0;
};

namespace {

// Room for longer texts is made for the call and let go.
constexpr size_t kKeptUnitsMax = 1u << 20;
constexpr size_t kFirstUnits = 4096;
constexpr uint32_t kRowsMax = 1u << 30;
constexpr uint32_t kSimilarMax = 256;

void drop(EmbedTables* tables) noexcept {
  if (tables != nullptr && --tables->holders == 0) delete tables;
}

// arguments: blocks, entries, weights
napi_value embed_tables(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Unwrap unwrap(env, "embedTables");
  const uint16_t* blocks = unwrap.in<uint16_t>(arguments.values[0], kEmbedBlocks, "blocks");
  const uint32_t count = unwrap.ok() ? embed_entries(blocks) : 0;
  const int32_t* entries = unwrap.in<int32_t>(arguments.values[1], count, "entries");
  const int32_t* weights = unwrap.in<int32_t>(arguments.values[2], kEmbedWeights, "weights");
  if (unwrap.ok() && !embed_weights_fit(weights)) unwrap.refuse("weights", "whole numbers from -131072 to 131072");
  if (!unwrap.ok()) return nullptr;
  Environment& environment = environment_of(env);
  if (environment.text == nullptr) environment.text = new (std::nothrow) TextRoom();
  EmbedTables* tables = environment.text == nullptr ? nullptr : make_embed_tables(blocks, entries, weights);
  if (tables == nullptr) {
    refuse_memory(env);
    return nullptr;
  }
  drop(environment.text->tables);
  environment.text->tables = tables;
  return nullptr;
}

TextRoom* room_of(napi_env env) noexcept {
  TextRoom* room = environment_of(env).text;
  if (room != nullptr && room->tables != nullptr) return room;
  throw_error(env, "ADDON_ARGUMENT", "embed: expected a call of embedTables on this thread before the first text");
  return nullptr;
}

// Units for a text and the zero that N-API writes behind it: the room's own, or `longer` made for this text.
uint16_t* units_for(TextRoom& room, size_t count, std::unique_ptr<uint16_t[]>& longer) noexcept {
  if (count < room.units_room) return room.units.get();
  if (count >= kKeptUnitsMax) {
    longer = make_room<uint16_t>(count + 1);
    return longer.get();
  }
  size_t wanted = std::max(room.units_room, kFirstUnits);
  while (wanted <= count) wanted *= 2;
  room.units = make_room<uint16_t>(wanted);
  room.units_room = room.units == nullptr ? 0 : wanted;
  return room.units.get();
}

void copy_text(napi_env env, napi_value text, uint16_t* units, size_t count) noexcept {
  napi_get_value_string_utf16(env, text, reinterpret_cast<char16_t*>(units), count + 1, nullptr);
}

// arguments: text, out
napi_value embed(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Unwrap unwrap(env, "embed");
  const size_t count = unwrap.text_units(arguments.values[0], "text");
  float* out = unwrap.out<float>(arguments.values[1], kEmbeddingDims, "out");
  if (!unwrap.ok()) return nullptr;
  TextRoom* room = room_of(env);
  if (room == nullptr) return nullptr;
  std::unique_ptr<uint16_t[]> longer;
  uint16_t* units = units_for(*room, count, longer);
  if (units == nullptr) {
    refuse_memory(env);
    return nullptr;
  }
  copy_text(env, arguments.values[0], units, count);
  embed_text({units, count, room->tables}, room->tally, out);
  return nullptr;
}

// arguments: text, out
struct EmbedCall {
  static constexpr size_t kArguments = 2;
  std::unique_ptr<uint16_t[]> units;
  size_t count = 0;
  EmbedTables* tables = nullptr;
  std::unique_ptr<EmbedTally> tally;
  float vector[kEmbeddingDims];

  ~EmbedCall() { drop(tables); }

  bool take(napi_env env, const napi_value* values) noexcept {
    Unwrap unwrap(env, "embedAsync");
    count = unwrap.text_units(values[0], "text");
    unwrap.out<float>(values[1], kEmbeddingDims, "out");
    if (!unwrap.ok()) return false;
    const TextRoom* room = room_of(env);
    if (room == nullptr) return false;
    units = make_room<uint16_t>(count + 1);
    tally.reset(new (std::nothrow) EmbedTally());
    if (units == nullptr || tally == nullptr) {
      refuse_memory(env);
      return false;
    }
    copy_text(env, values[0], units.get(), count);
    tables = room->tables;
    tables->holders++;
    return true;
  }

  void execute() noexcept { embed_text({units.get(), count, tables}, *tally, vector); }

  napi_value complete(napi_env env, const napi_value* values) noexcept {
    Unwrap unwrap(env, "embedAsync");
    float* out = unwrap.out<float>(values[1], kEmbeddingDims, "out");
    if (!unwrap.ok()) return nullptr;
    std::copy_n(vector, kEmbeddingDims, out);
    return undefined(env);
  }
};

napi_value count_of(napi_env env, uint32_t found) noexcept {
  napi_value count = nullptr;
  napi_create_uint32(env, found, &count);
  return count;
}

// The first three of rows, k, is_unit, query, values, rows out, scores out.
SimilarInput take_numbers(napi_env env, Unwrap& unwrap, const napi_value* values) noexcept {
  SimilarInput input = {};
  input.rows = unwrap.whole(values[0], kRowsMax, "rows");
  input.k = unwrap.whole(values[1], kSimilarMax, "k");
  input.is_unit = to_bool(env, values[2]);
  return input;
}

// Why shared memory is allowed: the values decide about scores, never about an index or how long a loop runs.
napi_value similar(napi_env env, napi_callback_info info) {
  const Arguments<7> arguments(env, info);
  const napi_value* values = arguments.values;
  Unwrap unwrap(env, "similarTop", Shared::allowed);
  SimilarInput input = take_numbers(env, unwrap, values);
  input.query = unwrap.in<float>(values[3], kEmbeddingDims, "query");
  input.values = unwrap.in<float>(values[4], static_cast<size_t>(input.rows) * kEmbeddingDims, "values");
  uint32_t* rows = unwrap.out<uint32_t>(values[5], input.k, "rowsOut");
  float* scores = unwrap.out<float>(values[6], input.k, "scoresOut");
  if (!unwrap.ok()) return nullptr;
  return count_of(env, similar_top(input, rows, scores));
}

struct SimilarCall {
  static constexpr size_t kArguments = 7;
  SimilarInput input = {};
  uint32_t found = 0;
  float query[kEmbeddingDims];
  uint32_t rows[kSimilarMax];
  float scores[kSimilarMax];

  bool take(napi_env env, const napi_value* values) noexcept {
    Unwrap unwrap(env, "similarTopAsync");
    input = take_numbers(env, unwrap, values);
    const float* given = unwrap.in<float>(values[3], kEmbeddingDims, "query");
    input.values = unwrap.in_shared<float>(values[4], static_cast<size_t>(input.rows) * kEmbeddingDims, "values");
    unwrap.out<uint32_t>(values[5], input.k, "rowsOut");
    unwrap.out<float>(values[6], input.k, "scoresOut");
    if (!unwrap.ok()) return false;
    std::copy_n(given, kEmbeddingDims, query);
    input.query = query;
    return true;
  }

  void execute() noexcept { found = similar_top(input, rows, scores); }

  napi_value complete(napi_env env, const napi_value* values) noexcept {
    Unwrap unwrap(env, "similarTopAsync");
    uint32_t* rows_out = unwrap.out<uint32_t>(values[5], found, "rowsOut");
    float* scores_out = unwrap.out<float>(values[6], found, "scoresOut");
    if (!unwrap.ok()) return nullptr;
    std::copy_n(rows, found, rows_out);
    std::copy_n(scores, found, scores_out);
    return count_of(env, found);
  }
};

}  // namespace

void forget_text(TextRoom* room) noexcept {
  if (room != nullptr) drop(room->tables);
  delete room;
}

void add_text_functions(napi_env env, napi_value exports) noexcept {
  add_function(env, exports, "embedTables", embed_tables);
  add_function(env, exports, "embed", embed);
  add_function(env, exports, "embedAsync", call_later<EmbedCall>);
  add_function(env, exports, "similarTop", similar);
  add_function(env, exports, "similarTopAsync", call_later<SimilarCall>);
}

}  // namespace hive
