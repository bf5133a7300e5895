// The bell's glue: a uv_async in this environment's loop for every seat it listens on.
//
// The life of a ListeningBell, which only moves forward:
//   listening  hung in the table, in the environment's list, with its cleanup hook
//   closing    taken down (nobody rings it any more), out of the list, uv_close called
//   gone       the loop has let go of it: the hook is removed and the memory freed
// Both ways out, a call of bellClose and the end of the thread, go through `start_closing`.
// Why: an asynchronous cleanup hook, because a uv_async still open when a thread's loop is closed aborts the process,
// and uv_close needs one more round of that loop; Node keeps it turning until the hook is removed.

#include <uv.h>

#include <new>

#include "addon.h"

namespace hive {

struct ListeningBell {
  uv_async_t async;
  napi_env env = nullptr;
  napi_ref wake = nullptr;
  napi_async_cleanup_hook_handle hook = nullptr;
  ListeningBell* next = nullptr;
  uint32_t address = 0;
  uint32_t generation = 0;
};

namespace {

void report_exception(napi_env env) noexcept {
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) != napi_ok || !pending) return;
  napi_value thrown;
  if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) napi_fatal_exception(env, thrown);
}

void on_ring(uv_async_t* async) {
  const ListeningBell& bell = *static_cast<ListeningBell*>(async->data);
  const napi_env env = bell.env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value wake = nullptr;
  napi_value receiver = nullptr;
  if (napi_get_reference_value(env, bell.wake, &wake) == napi_ok && wake != nullptr &&
      napi_get_global(env, &receiver) == napi_ok &&
      napi_make_callback(env, nullptr, receiver, wake, 0, nullptr, nullptr) != napi_ok) {
    report_exception(env);
  }
  napi_close_handle_scope(env, scope);
}

void on_closed(uv_handle_t* handle) {
  ListeningBell* bell = static_cast<ListeningBell*>(handle->data);
  if (bell->hook != nullptr) napi_remove_async_cleanup_hook(bell->hook);
  delete bell;
}

void start_closing(ListeningBell* bell) noexcept {
  bell_take_down(bell->address, bell->generation);
  ListeningBell** link = &environment_of(bell->env).bells;
  while (*link != bell) link = &(*link)->next;
  *link = bell->next;
  napi_delete_reference(bell->env, bell->wake);
  uv_close(reinterpret_cast<uv_handle_t*>(&bell->async), on_closed);
}

void on_environment_end(napi_async_cleanup_hook_handle, void* data) {
  ListeningBell* bell = static_cast<ListeningBell*>(data);
  if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&bell->async)) == 0) start_closing(bell);
}

ListeningBell* find_bell(napi_env env, uint32_t address) noexcept {
  ListeningBell* bell = environment_of(env).bells;
  while (bell != nullptr && bell->address != address) bell = bell->next;
  return bell;
}

napi_value refuse_bell(napi_env env, ListeningBell* bell) noexcept {
  if (bell != nullptr && bell->wake != nullptr) napi_delete_reference(env, bell->wake);
  delete bell;
  throw_error(env, "BELL_UNAVAILABLE", "the event loop of this thread takes no further bell");
  return nullptr;
}

napi_value open_group(napi_env env, napi_callback_info) {
  const int32_t group = bell_open_group();
  if (group >= 0) environment_of(env).groups[group] = true;
  napi_value result;
  napi_create_int32(env, group, &result);
  return result;
}

napi_value close_group(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const uint32_t group = to_uint32(env, arguments.values[0]);
  if (group >= kBellGroups || !environment_of(env).groups[group]) return nullptr;
  environment_of(env).groups[group] = false;
  bell_close_group(group);
  return nullptr;
}

napi_value listen(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Unwrap unwrap(env, "bellListen");
  const uint32_t address = unwrap.whole(arguments.values[0], kBellAddresses - 1, "address");
  unwrap.function(arguments.values[1], "wake");
  if (!unwrap.ok()) return nullptr;
  ListeningBell* bell = new (std::nothrow) ListeningBell();
  uv_loop_t* loop = nullptr;
  if (bell == nullptr || napi_get_uv_event_loop(env, &loop) != napi_ok ||
      napi_create_reference(env, arguments.values[1], 1, &bell->wake) != napi_ok ||
      uv_async_init(loop, &bell->async, on_ring) != 0) {
    return refuse_bell(env, bell);
  }
  bell->async.data = bell;
  bell->env = env;
  bell->address = address;
  Environment& environment = environment_of(env);
  bell->next = environment.bells;
  environment.bells = bell;
  uv_unref(reinterpret_cast<uv_handle_t*>(&bell->async));
  bell->generation = bell_hang(bell->address, &bell->async);
  if (napi_add_async_cleanup_hook(env, on_environment_end, bell, &bell->hook) != napi_ok) {
    start_closing(bell);
    throw_error(env, "BELL_UNAVAILABLE", "this thread is ending and takes no further bell");
  }
  return nullptr;
}

napi_value keep_alive(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  ListeningBell* bell = find_bell(env, to_uint32(env, arguments.values[0]));
  if (bell == nullptr) return nullptr;
  uv_handle_t* handle = reinterpret_cast<uv_handle_t*>(&bell->async);
  if (to_bool(env, arguments.values[1])) {
    uv_ref(handle);
  } else {
    uv_unref(handle);
  }
  return nullptr;
}

napi_value close(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  ListeningBell* bell = find_bell(env, to_uint32(env, arguments.values[0]));
  if (bell != nullptr) start_closing(bell);
  return nullptr;
}

napi_value ring(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  bell_ring(to_uint32(env, arguments.values[0]));
  return nullptr;
}

napi_value count(napi_env env, napi_callback_info) {
  napi_value result;
  napi_create_uint32(env, bell_count(), &result);
  return result;
}

}  // namespace

void add_bell_functions(napi_env env, napi_value exports) noexcept {
  add_function(env, exports, "bellOpenGroup", open_group);
  add_function(env, exports, "bellCloseGroup", close_group);
  add_function(env, exports, "bellListen", listen);
  add_function(env, exports, "bellKeepAlive", keep_alive);
  add_function(env, exports, "bellClose", close);
  add_function(env, exports, "bellRing", ring);
  add_function(env, exports, "bellCount", count);
}

}  // namespace hive
