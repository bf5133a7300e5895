// The life of an asynchronous call: computed on a thread of libuv's pool, answered with a promise.
//
// A group of functions writes a struct for each of them and exports call_later<ThatStruct>. The struct has
//   kArguments                how many arguments there are
//   bool take(env, values)    unwraps, copies what it reads, makes room for what it computes; false: an exception is
//                             pending, or there is no memory, and nothing happens
//   void execute()            off the thread; touches the struct's own memory, and what take got with
//                             Unwrap::in_shared, and nothing of JavaScript's
//   napi_value complete(env, values)
//                             on the thread again: unwraps the arrays to write once more, because they may have been
//                             taken away meanwhile, fills them, and gives the answer; nullptr: an exception is pending
//   a constructor without arguments, and a destructor that lets go of what take took
//
// The life of a LongCall, which only moves forward:
//   queued    it and its promise are made; references hold the arguments, so shared memory stays
//   running   `execute` on a thread of the pool
//   complete  on the thread it came from: promise settled, references let go, memory freed
// A thread that ends waits for its calls before its environment is taken down: Node does that. It tells nobody before,
// so the first call that completes and cannot settle its promise any more cancels those that still wait for a thread of
// the pool; what runs is waited for. An `execute` therefore takes seconds at most.
#pragma once

#include <memory>
#include <new>

#include "addon.h"

namespace hive {

struct QueuedCall {
  napi_async_work work = nullptr;
  QueuedCall* next = nullptr;
  QueuedCall** link = nullptr;  // what points to this one
};

inline void enlist(QueuedCall* call, QueuedCall** first) noexcept {
  call->next = *first;
  call->link = first;
  if (call->next != nullptr) call->next->link = &call->next;
  *first = call;
}

inline void strike_off(QueuedCall* call) noexcept {
  *call->link = call->next;
  if (call->next != nullptr) call->next->link = call->link;
}

// For a thread that turned out to be ending: what has not begun need not begin.
inline void cancel_waiting(napi_env env) noexcept {
  QueuedCall* waiting = environment_of(env).calls;
  for (; waiting != nullptr; waiting = waiting->next) napi_cancel_async_work(env, waiting->work);
}

// Room for `count` values that the caller fills; null when there is no memory.
template <typename Value>
std::unique_ptr<Value[]> make_room(size_t count) noexcept {
  return std::unique_ptr<Value[]>(new (std::nothrow) Value[count]);
}

inline void refuse_memory(napi_env env) noexcept {
  throw_error(env, "ADDON_MEMORY", "there is no memory for this asynchronous call; wait for others to be answered");
}

template <typename Call>
struct LongCall : QueuedCall {
  Call call;
  napi_deferred deferred = nullptr;
  napi_ref held[Call::kArguments] = {};

  // The promise, or nullptr when this thread takes no call any more.
  napi_value queue(napi_env env, const napi_value* values) noexcept {
    napi_value name = nullptr;
    napi_value promise = nullptr;
    const bool is_queued =
        hold(env, values) && napi_create_string_utf8(env, "hive", NAPI_AUTO_LENGTH, &name) == napi_ok &&
        napi_create_async_work(env, nullptr, name, on_execute, on_complete, this, &work) == napi_ok &&
        napi_create_promise(env, &deferred, &promise) == napi_ok && napi_queue_async_work(env, work) == napi_ok;
    if (!is_queued) return nullptr;
    enlist(this, &environment_of(env).calls);
    return promise;
  }

  void let_go(napi_env env) noexcept {
    for (napi_ref reference : held) {
      if (reference != nullptr) napi_delete_reference(env, reference);
    }
    if (work != nullptr) napi_delete_async_work(env, work);
    delete this;
  }

 private:
  // Only objects can be held and need it; any other argument is undefined at completion.
  bool hold(napi_env env, const napi_value* values) noexcept {
    for (size_t index = 0; index < Call::kArguments; index++) {
      napi_valuetype type = napi_undefined;
      if (napi_typeof(env, values[index], &type) != napi_ok) return false;
      if (type == napi_object && napi_create_reference(env, values[index], 1, &held[index]) != napi_ok) return false;
    }
    return true;
  }

  // False when this thread is ending and its promises settle no more.
  bool settle(napi_env env) noexcept {
    napi_value values[Call::kArguments];
    for (size_t index = 0; index < Call::kArguments; index++) {
      napi_get_undefined(env, &values[index]);
      if (held[index] != nullptr) napi_get_reference_value(env, held[index], &values[index]);
    }
    const napi_value answer = call.complete(env, values);
    bool has_failed = answer == nullptr;
    if (!has_failed) napi_is_exception_pending(env, &has_failed);
    if (!has_failed) return napi_resolve_deferred(env, deferred, answer) == napi_ok;
    napi_value error = nullptr;
    return napi_get_and_clear_last_exception(env, &error) == napi_ok &&
           napi_reject_deferred(env, deferred, error) == napi_ok;
  }

  static void on_execute(napi_env, void* data) { static_cast<LongCall*>(data)->call.execute(); }

  static void on_complete(napi_env env, napi_status status, void* data) {
    LongCall* long_call = static_cast<LongCall*>(data);
    strike_off(long_call);
    if (status == napi_ok && !long_call->settle(env)) cancel_waiting(env);
    long_call->let_go(env);
  }
};

template <typename Call>
napi_value call_later(napi_env env, napi_callback_info info) {
  const Arguments<Call::kArguments> arguments(env, info);
  LongCall<Call>* long_call = new (std::nothrow) LongCall<Call>();
  if (long_call == nullptr) {
    refuse_memory(env);
    return nullptr;
  }
  if (!long_call->call.take(env, arguments.values)) {
    long_call->let_go(env);
    return nullptr;
  }
  const napi_value promise = long_call->queue(env, arguments.values);
  if (promise != nullptr) return promise;
  long_call->let_go(env);
  throw_error(env, "CALL_REFUSED", "this thread takes no further asynchronous call; it is about to end");
  return nullptr;
}

}  // namespace hive
