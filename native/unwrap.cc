#include "unwrap.h"

#include <cstdio>

namespace hive {
namespace {

constexpr size_t kMessageBytes = 256;

}  // namespace

void Unwrap::refuse(const char* name, const char* expected) noexcept {
  if (failed_) return;
  failed_ = true;
  char message[kMessageBytes];
  std::snprintf(message, sizeof(message), "%s: expected `%s` to be %s", function_, name, expected);
  napi_throw_type_error(env_, "ADDON_ARGUMENT", message);
}

void Unwrap::refuse_memory() noexcept {
  if (failed_) return;
  failed_ = true;
  char message[kMessageBytes];
  std::snprintf(message, sizeof(message), "%s: there is no memory for this call; wait for others to be answered",
                function_);
  napi_throw_error(env_, "ADDON_MEMORY", message);
}

// Why: bytes against bytes. Asking an array for its type and length costs more than all the rest here, and what
// must hold is that its memory reaches far enough. So an array of another type is taken when it is as large and lies as
// it should. Shared memory, whose size N-API does not tell, is asked for type and length.
void* Unwrap::memory(napi_value array, const Wanted& wanted, bool written) noexcept {
  if (failed_) return nullptr;
  void* data = nullptr;
  napi_value buffer = nullptr;
  if (napi_get_typedarray_info(env_, array, nullptr, nullptr, &data, &buffer, nullptr) != napi_ok) {
    return refuse_array(wanted);
  }
  bool is_own = false;
  napi_is_arraybuffer(env_, buffer, &is_own);
  if (!is_own && shared_ == Shared::refused) {
    refuse(wanted.name, "memory of this thread alone, not a SharedArrayBuffer");
    return nullptr;
  }
  const uintptr_t first = reinterpret_cast<uintptr_t>(data);
  const size_t need = wanted.at_least * wanted.value_bytes;
  const bool fits = is_own ? reaches(buffer, first, need) : has_length(array, wanted);
  if (!fits || first % wanted.value_bytes != 0) return refuse_array(wanted);
  if (!takes({first, first + need, written})) {
    refuse(wanted.name, "memory of its own: an array that is written overlaps no other");
    return nullptr;
  }
  return data;
}

void* Unwrap::memory_anywhere(napi_value array, const Wanted& wanted, bool written) noexcept {
  const Shared before = shared_;
  shared_ = Shared::allowed;
  void* data = memory(array, wanted, written);
  shared_ = before;
  return data;
}

void* Unwrap::shared_memory(napi_value array, const Wanted& wanted, bool written) noexcept {
  if (!failed_ && !is_shared(array)) refuse_unshared(wanted);
  return memory_anywhere(array, wanted, written);
}

bool Unwrap::is_shared(napi_value array) noexcept {
  napi_value buffer = nullptr;
  bool is_own = true;
  return napi_get_typedarray_info(env_, array, nullptr, nullptr, nullptr, &buffer, nullptr) == napi_ok &&
         napi_is_arraybuffer(env_, buffer, &is_own) == napi_ok && !is_own;
}

void Unwrap::refuse_unshared(const Wanted& wanted) noexcept {
  char expected[kMessageBytes / 2];
  std::snprintf(expected, sizeof(expected), "a %s of at least %zu values in a SharedArrayBuffer", wanted.type_name,
                wanted.at_least);
  refuse(wanted.name, expected);
}

bool Unwrap::is_given(napi_value value) noexcept {
  napi_valuetype type = napi_undefined;
  return napi_typeof(env_, value, &type) == napi_ok && type != napi_undefined;
}

bool Unwrap::reaches(napi_value buffer, uintptr_t first, size_t need) noexcept {
  void* base = nullptr;
  size_t bytes = 0;
  if (napi_get_arraybuffer_info(env_, buffer, &base, &bytes) != napi_ok) return false;
  const uintptr_t end = reinterpret_cast<uintptr_t>(base) + bytes;
  return first <= end && end - first >= need;
}

bool Unwrap::has_length(napi_value array, const Wanted& wanted) noexcept {
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  return napi_get_typedarray_info(env_, array, &type, &length, nullptr, nullptr, nullptr) == napi_ok &&
         type == wanted.type && length >= wanted.at_least;
}

void* Unwrap::refuse_array(const Wanted& wanted) noexcept {
  char expected[kMessageBytes / 2];
  std::snprintf(expected, sizeof(expected), "a %s of at least %zu values", wanted.type_name, wanted.at_least);
  refuse(wanted.name, expected);
  return nullptr;
}

// Whether the range may stand beside those taken before.
// Why: only pairs with a written one matter, and those come last in most calls, so most ranges are not compared.
bool Unwrap::takes(const Range& range) noexcept {
  if (ranges_count_ == kRangesMax) return false;
  if (range.written || any_written_) {
    for (uint32_t index = 0; index < ranges_count_; index++) {
      const Range& other = ranges_[index];
      if ((range.written || other.written) && range.first < other.end && other.first < range.end) return false;
    }
  }
  any_written_ = any_written_ || range.written;
  ranges_[ranges_count_++] = range;
  return true;
}

uint32_t Unwrap::whole(double number, uint32_t max, const char* name) noexcept {
  if (failed_) return 0;
  if (number >= 0 && number <= max) {
    const uint32_t whole = static_cast<uint32_t>(number);
    if (whole == number) return whole;
  }
  char expected[kMessageBytes / 2];
  std::snprintf(expected, sizeof(expected), "a whole number from 0 to %u, given %g", max, number);
  refuse(name, expected);
  return 0;
}

uint32_t Unwrap::whole(napi_value value, uint32_t max, const char* name) noexcept {
  const double given = number(value, name);
  return whole(given, max, name);
}

double Unwrap::number(napi_value value, const char* name) noexcept {
  double given = 0;
  if (!failed_ && napi_get_value_double(env_, value, &given) != napi_ok) refuse(name, "a number");
  return given;
}

void Unwrap::elements(napi_value list, uint32_t count, napi_value* into, const char* name) noexcept {
  ranges_count_ = 0;
  any_written_ = false;
  if (failed_) return;
  bool is_array = false;
  uint32_t length = 0;
  if (napi_is_array(env_, list, &is_array) != napi_ok || !is_array ||
      napi_get_array_length(env_, list, &length) != napi_ok || length < count) {
    char expected[kMessageBytes / 2];
    std::snprintf(expected, sizeof(expected), "an array of at least %u elements", count);
    return refuse(name, expected);
  }
  for (uint32_t index = 0; index < count; index++) {
    if (napi_get_element(env_, list, index, &into[index]) == napi_ok) continue;
    failed_ = true;  // a getter threw, and that exception is the one that is pending
    return;
  }
}

void Unwrap::function(napi_value value, const char* name) noexcept {
  napi_valuetype type = napi_undefined;
  if (napi_typeof(env_, value, &type) != napi_ok || type != napi_function) refuse(name, "a function");
}

size_t Unwrap::text_units(napi_value value, const char* name) noexcept {
  size_t count = 0;
  if (!failed_ && napi_get_value_string_utf16(env_, value, nullptr, 0, &count) != napi_ok) refuse(name, "a string");
  return count;
}

}  // namespace hive
