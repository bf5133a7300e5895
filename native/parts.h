// Work off the JS thread in parts that any number of pool threads take one after another, joined by a promise. Glue.
// Why: works of Node's own pool and no std::thread: starting a thread can throw, and a thread that ends early takes the
// next part, so a busy core does not hold up the whole.
#pragma once

#include <atomic>
#include <new>

#include "addon.h"

namespace hive {

constexpr uint32_t kHelpersMax = 16;
constexpr size_t kPinnedMax = 12;

// `Work` has `uint32_t parts` and `void run(uint32_t part) noexcept`, called on pool threads for each part once.
template <typename Work>
class PartsJob {
 public:
  // Begins and answers the promise, which resolves to the pinned value `result`; undefined when memory is out, with an
  // exception pending. The pinned values live until it settles. `work` is moved in and its `finish` called at the end.
  static napi_value begin(napi_env env, const Work& work, uint32_t helpers, const napi_value* pinned, size_t count,
                          size_t result) noexcept {
    PartsJob* job = new (std::nothrow) PartsJob(work);
    if (job == nullptr) {
      throw_error(env, "ERR_OUT_OF_MEMORY", "no memory is left for work off the thread");
      return nullptr;
    }
    napi_value promise = nullptr;
    napi_create_promise(env, &job->deferred_, &promise);
    job->result_ = result;
    for (size_t index = 0; index < count && index < kPinnedMax; index++) {
      napi_create_reference(env, pinned[index], 1, &job->pinned_[job->pinned_count_++]);
    }
    job->queue(env, helpers < 1 ? 1 : helpers > kHelpersMax ? kHelpersMax : helpers);
    return promise;
  }

 private:
  struct Helper {
    PartsJob* job = nullptr;
    napi_async_work work = nullptr;
  };

  explicit PartsJob(const Work& work) noexcept : work_(work) {}

  void queue(napi_env env, uint32_t helpers) noexcept {
    napi_value name;
    napi_create_string_utf8(env, "hive compute", NAPI_AUTO_LENGTH, &name);
    for (uint32_t index = 0; index < helpers; index++) {
      Helper& helper = helpers_[index];
      helper.job = this;
      if (napi_create_async_work(env, nullptr, name, execute, complete, &helper, &helper.work) != napi_ok) continue;
      if (napi_queue_async_work(env, helper.work) == napi_ok) running_++;
    }
    if (running_ > 0) return;
    execute(env, &helpers_[0]);
    settle(env);
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
  static void complete(napi_env env, napi_status, void* data) {
    PartsJob* job = static_cast<Helper*>(data)->job;
    if (--job->running_ == 0) job->settle(env);
  }

  void settle(napi_env env) noexcept {
    napi_value value = nullptr;
    napi_get_reference_value(env, pinned_[result_], &value);
    work_.finish();
    napi_resolve_deferred(env, deferred_, value);
    for (size_t index = 0; index < pinned_count_; index++) napi_delete_reference(env, pinned_[index]);
    for (Helper& helper : helpers_) {
      if (helper.work != nullptr) napi_delete_async_work(env, helper.work);
    }
    delete this;
  }

  Work work_;
  std::atomic<uint32_t> next_{0};
  uint32_t running_ = 0;
  napi_deferred deferred_ = nullptr;
  napi_ref pinned_[kPinnedMax] = {};
  size_t pinned_count_ = 0;
  size_t result_ = 0;
  Helper helpers_[kHelpersMax];
};

}  // namespace hive
