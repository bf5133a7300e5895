// The glue of embed and similarTop, each in two forms: at once, or on a thread of libuv's pool with a promise.
// src/compute/embed-native.ts and similar-native.ts have checked all arguments.
//
// The life of a LongCall, which only moves forward:
//   queued    it and its promise are made; a reference holds the arrays whose memory it will use
//   running   `execute` on a thread of the pool, which touches that memory and nothing of JavaScript's
//   complete  on the thread it came from: promise settled, reference let go, memory freed
// A thread that ends waits for its calls; Node does that before it takes down the environment.
// Why: the arrays are private to the call or lie in shared memory, so nobody can detach them meanwhile.

#include <new>

#include "addon.h"
#include "embed.h"
#include "similar.h"

namespace hive {
namespace {

template <typename Value>
Value* array_data(napi_env env, napi_value array) noexcept {
  void* data = nullptr;
  napi_get_typedarray_info(env, array, nullptr, nullptr, &data, nullptr, nullptr);
  return static_cast<Value*>(data);
}

template <typename Value>
Value* element_data(napi_env env, napi_value list, uint32_t index, size_t* length = nullptr) noexcept {
  napi_value array = nullptr;
  void* data = nullptr;
  napi_get_element(env, list, index, &array);
  napi_get_typedarray_info(env, array, nullptr, length, &data, nullptr, nullptr);
  return static_cast<Value*>(data);
}

struct EmbedCall {
  EmbedInput input;
  uint32_t* counts;
  uint32_t* touched;
  float* out;

  // arguments: text, [units, counts, touched, blocks, entries, weights, out]. Copies the text into `units`.
  EmbedCall(napi_env env, const napi_value* arguments) noexcept {
    const napi_value list = arguments[1];
    size_t room = 0;
    uint16_t* units = element_data<uint16_t>(env, list, 0, &room);
    input.units = units;
    input.count = 0;
    napi_get_value_string_utf16(env, arguments[0], reinterpret_cast<char16_t*>(units), room, &input.count);
    counts = element_data<uint32_t>(env, list, 1);
    touched = element_data<uint32_t>(env, list, 2);
    input.blocks = element_data<uint16_t>(env, list, 3);
    input.entries = element_data<int32_t>(env, list, 4);
    input.weights = element_data<int32_t>(env, list, 5);
    out = element_data<float>(env, list, 6);
  }

  void execute() noexcept { embed_text(input, counts, touched, out); }

  napi_value answer(napi_env env) const noexcept {
    napi_value nothing = nullptr;
    napi_get_undefined(env, &nothing);
    return nothing;
  }
};

struct SimilarCall {
  SimilarInput input;
  uint32_t* rows;
  float* scores;
  uint32_t found = 0;

  // arguments: rows, k, is_unit, query, values, rows out, scores out
  SimilarCall(napi_env env, const napi_value* arguments) noexcept {
    input.rows = to_uint32(env, arguments[0]);
    input.k = to_uint32(env, arguments[1]);
    input.is_unit = to_bool(env, arguments[2]);
    input.query = array_data<float>(env, arguments[3]);
    input.values = array_data<float>(env, arguments[4]);
    rows = array_data<uint32_t>(env, arguments[5]);
    scores = array_data<float>(env, arguments[6]);
  }

  void execute() noexcept { found = similar_top(input, rows, scores); }

  napi_value answer(napi_env env) const noexcept {
    napi_value count = nullptr;
    napi_create_uint32(env, found, &count);
    return count;
  }
};

constexpr size_t kArgumentsMax = 7;

template <typename Call>
napi_value call_now(napi_env env, napi_callback_info info) {
  const Arguments<kArgumentsMax> arguments(env, info);
  Call call(env, arguments.values);
  call.execute();
  return call.answer(env);
}

template <typename Call>
struct LongCall {
  Call call;
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  napi_ref held = nullptr;

  LongCall(napi_env env, const napi_value* arguments) noexcept : call(env, arguments) {}
};

template <typename Call>
void execute(napi_env, void* data) {
  static_cast<LongCall<Call>*>(data)->call.execute();
}

template <typename Call>
void complete(napi_env env, napi_status status, void* data) {
  LongCall<Call>* long_call = static_cast<LongCall<Call>*>(data);
  // Cancelled only when the thread ends: then nobody is left to hear of it.
  if (status == napi_ok) napi_resolve_deferred(env, long_call->deferred, long_call->call.answer(env));
  napi_delete_reference(env, long_call->held);
  napi_delete_async_work(env, long_call->work);
  delete long_call;
}

// An array of all arguments, which keeps their memory alive.
napi_value list_of(napi_env env, const napi_value* arguments) noexcept {
  napi_value list = nullptr;
  napi_create_array_with_length(env, kArgumentsMax, &list);
  for (uint32_t index = 0; index < kArgumentsMax; index++) napi_set_element(env, list, index, arguments[index]);
  return list;
}

template <typename Call>
napi_value call_later(napi_env env, napi_callback_info info) {
  const Arguments<kArgumentsMax> arguments(env, info);
  LongCall<Call>* long_call = new (std::nothrow) LongCall<Call>(env, arguments.values);
  napi_value name = nullptr;
  napi_value promise = nullptr;
  const bool is_queued =
      long_call != nullptr && napi_create_string_utf8(env, "hive", NAPI_AUTO_LENGTH, &name) == napi_ok &&
      napi_create_reference(env, list_of(env, arguments.values), 1, &long_call->held) == napi_ok &&
      napi_create_async_work(env, nullptr, name, execute<Call>, complete<Call>, long_call, &long_call->work) ==
          napi_ok &&
      napi_create_promise(env, &long_call->deferred, &promise) == napi_ok &&
      napi_queue_async_work(env, long_call->work) == napi_ok;
  if (is_queued) return promise;
  if (long_call != nullptr && long_call->work != nullptr) napi_delete_async_work(env, long_call->work);
  if (long_call != nullptr && long_call->held != nullptr) napi_delete_reference(env, long_call->held);
  delete long_call;
  throw_error(env, "CALL_REFUSED", "this thread takes no further asynchronous call; it is about to end");
  return nullptr;
}

}  // namespace

void add_text_functions(napi_env env, napi_value exports) noexcept {
  add_function(env, exports, "embed", call_now<EmbedCall>);
  add_function(env, exports, "embedAsync", call_later<EmbedCall>);
  add_function(env, exports, "similarTop", call_now<SimilarCall>);
  add_function(env, exports, "similarTopAsync", call_later<SimilarCall>);
}

}  // namespace hive
