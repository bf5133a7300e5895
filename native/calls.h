// Calls in two forms: at once, or on a thread of libuv's pool with a promise. A call is a type with
//   Call(napi_env, const napi_value* arguments)   unwraps its arguments
//   void execute()                                computes; touches nothing of JavaScript's but the memory of arrays
//   napi_value answer(napi_env)                   what comes back
//
// The life of a LongCall, which only moves forward:
//   queued    it and its promise are made; a reference holds its arguments, and with them the memory it will use
//   running   `execute` on a thread of the pool
//   complete  on the thread it came from: promise settled, reference let go, memory freed
// A thread that ends waits for its calls; Node does that before it takes down the environment.
// Why: TypeScript hands over arrays that nobody else knows or that are shared memory, so nobody can detach them
// meanwhile.
#pragma once

#include <new>

#include "addon.h"

namespace hive {

template <typename Value>
Value* array_data(napi_env env, napi_value array) noexcept {
  void* data = nullptr;
  napi_get_typedarray_info(env, array, nullptr, nullptr, &data, nullptr, nullptr);
  return static_cast<Value*>(data);
}

inline napi_value nothing(napi_env env) noexcept {
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  return value;
}

template <typename Call>
napi_value call_now(napi_env env, napi_callback_info info) {
  const Arguments<Call::kArguments> arguments(env, info);
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
void execute_long_call(napi_env, void* data) {
  static_cast<LongCall<Call>*>(data)->call.execute();
}

template <typename Call>
void complete_long_call(napi_env env, napi_status status, void* data) {
  LongCall<Call>* long_call = static_cast<LongCall<Call>*>(data);
  // Cancelled only when the thread ends: then nobody is left to hear of it.
  if (status == napi_ok) napi_resolve_deferred(env, long_call->deferred, long_call->call.answer(env));
  napi_delete_reference(env, long_call->held);
  napi_delete_async_work(env, long_call->work);
  delete long_call;
}

template <typename Call>
bool queue_long_call(napi_env env, const napi_value* arguments, LongCall<Call>* long_call,
                     napi_value* promise) noexcept {
  napi_value list = nullptr;
  napi_value name = nullptr;
  if (napi_create_array_with_length(env, Call::kArguments, &list) != napi_ok) return false;
  for (uint32_t index = 0; index < Call::kArguments; index++) napi_set_element(env, list, index, arguments[index]);
  return napi_create_reference(env, list, 1, &long_call->held) == napi_ok &&
         napi_create_string_utf8(env, "hive", NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_create_async_work(env, nullptr, name, execute_long_call<Call>, complete_long_call<Call>, long_call,
                                &long_call->work) == napi_ok &&
         napi_create_promise(env, &long_call->deferred, promise) == napi_ok &&
         napi_queue_async_work(env, long_call->work) == napi_ok;
}

template <typename Call>
napi_value call_later(napi_env env, napi_callback_info info) {
  const Arguments<Call::kArguments> arguments(env, info);
  LongCall<Call>* long_call = new (std::nothrow) LongCall<Call>(env, arguments.values);
  napi_value promise = nullptr;
  if (long_call != nullptr && queue_long_call(env, arguments.values, long_call, &promise)) return promise;
  if (long_call != nullptr && long_call->work != nullptr) napi_delete_async_work(env, long_call->work);
  if (long_call != nullptr && long_call->held != nullptr) napi_delete_reference(env, long_call->held);
  delete long_call;
  throw_error(env, "POOL_UNAVAILABLE", "this thread is ending, or out of memory, and takes no further work");
  return nullptr;
}

}  // namespace hive
