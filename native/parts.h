// Work off the JS thread in parts that any number of pool threads take one after another, joined by a promise. Glue.
// Why: works of Node's own pool and no std::thread: starting a thread can throw, and a thread that ends early takes the
// next part, so a busy core does not hold up the whole.
//
// A group of functions writes a struct for each work and exports in_parts<ThatStruct>. The struct has
//   kArguments               how many arguments there are
//   bool take(env, values)   unwraps, and takes what it reads by a Reading; false: an exception is pending
//   uint32_t helpers         how many threads are wanted
//   uint32_t parts           how many parts there are
//   void run(part)           on pool threads, for each part once; touches the struct's own memory, and shared memory
//   napi_value complete(env, values)
//                            on the JS thread again: unwraps the arrays to write once more, because they may have been
//                            taken away meanwhile, fills them and gives the answer; nullptr: an exception is pending
//   a constructor without arguments, and a destructor that lets go of what take took
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>

#include "addon.h"
#include "long_call.h"

namespace hive {

constexpr uint32_t kHelpersMax = 16;

// What a work reads while JavaScript goes on: shared memory where it lies, any other as a copy (rule 5 of unwrap.h).
template <typename Value>
class Reading {
 public:
  // `at_least` values of `array`. Null when it does not fit, and the unwrap says so.
  const Value* take(Unwrap& unwrap, napi_value array, size_t at_least, const char* name) noexcept {
    const Value* data = unwrap.in_any<Value>(array, at_least, name);
    return unwrap.ok() && !unwrap.is_shared(array) ? copy(unwrap, data, at_least) : data;
  }

  // The same, copied in any case: for indexes, which must not change after they were looked at.
  const Value* take_copy(Unwrap& unwrap, napi_value array, size_t at_least, const char* name) noexcept {
    const Value* data = unwrap.in_any<Value>(array, at_least, name);
    return unwrap.ok() ? copy(unwrap, data, at_least) : data;
  }

 private:
  const Value* copy(Unwrap& unwrap, const Value* data, size_t count) noexcept {
    copy_ = make_room<Value>(count);
    if (copy_ == nullptr) {
      unwrap.refuse_memory();
    } else {
      std::copy_n(data, count, copy_.get());
    }
    return copy_.get();
  }

  std::unique_ptr<Value[]> copy_;
};

// Where a work writes what comes out: shared memory where it lies, for any other a room of its own.
template <typename Value>
class Writing {
 public:
  Value* take(Unwrap& unwrap, napi_value array, size_t count, const char* name) noexcept {
    Value* data = unwrap.out_any<Value>(array, count, name);
    return unwrap.ok() && !unwrap.is_shared(array) ? own_room(unwrap, count) : data;
  }

  // A room of its own in any case: for a kernel that reads back what it wrote, and uses it as indexes.
  Value* take_room(Unwrap& unwrap, napi_value array, size_t count, const char* name) noexcept {
    unwrap.out_any<Value>(array, count, name);
    return unwrap.ok() ? own_room(unwrap, count) : nullptr;
  }

  // Copies the room out, if there is one and the array still has that much memory.
  void hand_over(Unwrap& unwrap, napi_value array, const char* name) noexcept {
    if (room_ == nullptr) return;
    Value* data = unwrap.out_any<Value>(array, count_, name);
    if (unwrap.ok()) std::copy_n(room_.get(), count_, data);
  }

 private:
  Value* own_room(Unwrap& unwrap, size_t count) noexcept {
    count_ = count;
    room_ = make_room<Value>(count);
    if (room_ == nullptr) unwrap.refuse_memory();
    return room_.get();
  }

  std::unique_ptr<Value[]> room_;
  size_t count_ = 0;
};

template <typename Work>
class PartsJob {
 public:
  // The promise; nullptr with an exception pending.
  static napi_value begin(napi_env env, const napi_value* values) noexcept {
    PartsJob* job = new (std::nothrow) PartsJob();
    if (job == nullptr) {
      refuse_memory(env);
      return nullptr;
    }
    napi_value promise = nullptr;
    if (!job->work_.take(env, values)) {
      job->let_go(env);
      return nullptr;
    }
    if (!job->hold(env, values) || napi_create_promise(env, &job->deferred_, &promise) != napi_ok) {
      job->let_go(env);
      throw_error(env, "CALL_REFUSED", "this thread takes no further asynchronous call; it is about to end");
      return nullptr;
    }
    job->queue(env);
    return promise;
  }

 private:
  struct Helper : QueuedCall {
    PartsJob* job = nullptr;
  };

  // References keep shared memory where it is. Only objects can be held and need it.
  bool hold(napi_env env, const napi_value* values) noexcept {
    for (size_t index = 0; index < Work::kArguments; index++) {
      napi_valuetype type = napi_undefined;
      if (napi_typeof(env, values[index], &type) != napi_ok) return false;
      if (type == napi_object && napi_create_reference(env, values[index], 1, &held_[index]) != napi_ok) return false;
    }
    return true;
  }

  void queue(napi_env env) noexcept {
    napi_value name = nullptr;
    napi_create_string_utf8(env, "hive compute", NAPI_AUTO_LENGTH, &name);
    const uint32_t helpers = std::clamp(std::min(work_.helpers, work_.parts), 1u, kHelpersMax);
    for (uint32_t index = 0; index < helpers; index++) {
      Helper& helper = helpers_[index];
      helper.job = this;
      if (napi_create_async_work(env, nullptr, name, execute, complete, &helper, &helper.work) != napi_ok) continue;
      if (napi_queue_async_work(env, helper.work) != napi_ok) continue;
      enlist(&helper, &environment_of(env).calls);
      running_++;
    }
    if (running_ > 0) return;
    execute(env, &helpers_[0]);
    settle(env);
    let_go(env);
  }

  static void execute(napi_env, void* data) {
    PartsJob* job = static_cast<Helper*>(data)->job;
    for (;;) {
      const uint32_t part = job->next_.fetch_add(1, std::memory_order_relaxed);
      if (part >= job->work_.parts) return;
      job->work_.run(part);
    }
  }

  // On the JS thread, so that no lock is needed; the pool's own hand-over makes the parts visible here.
  // A helper is cancelled only when the thread ends. Then the others take no further part: nobody would hear of it.
  static void complete(napi_env env, napi_status status, void* data) {
    Helper* helper = static_cast<Helper*>(data);
    PartsJob* job = helper->job;
    strike_off(helper);
    if (status != napi_ok) {
      job->is_cancelled_ = true;
      job->next_.store(job->work_.parts, std::memory_order_relaxed);
    }
    if (--job->running_ > 0) return;
    if (!job->is_cancelled_ && !job->settle(env)) cancel_waiting(env);
    job->let_go(env);
  }

  // False when this thread is ending and its promises settle no more.
  bool settle(napi_env env) noexcept {
    napi_value values[Work::kArguments];
    for (size_t index = 0; index < Work::kArguments; index++) {
      napi_get_undefined(env, &values[index]);
      if (held_[index] != nullptr) napi_get_reference_value(env, held_[index], &values[index]);
    }
    const napi_value answer = work_.complete(env, values);
    if (answer != nullptr) return napi_resolve_deferred(env, deferred_, answer) == napi_ok;
    napi_value error = nullptr;
    return napi_get_and_clear_last_exception(env, &error) == napi_ok &&
           napi_reject_deferred(env, deferred_, error) == napi_ok;
  }

  void let_go(napi_env env) noexcept {
    for (napi_ref reference : held_) {
      if (reference != nullptr) napi_delete_reference(env, reference);
    }
    for (Helper& helper : helpers_) {
      if (helper.work != nullptr) napi_delete_async_work(env, helper.work);
    }
    delete this;
  }

  Work work_;
  std::atomic<uint32_t> next_{0};
  uint32_t running_ = 0;
  bool is_cancelled_ = false;
  napi_deferred deferred_ = nullptr;
  napi_ref held_[Work::kArguments] = {};
  Helper helpers_[kHelpersMax];
};

template <typename Work>
napi_value in_parts(napi_env env, napi_callback_info info) {
  const Arguments<Work::kArguments> arguments(env, info);
  return PartsJob<Work>::begin(env, arguments.values);
}

}  // namespace hive
