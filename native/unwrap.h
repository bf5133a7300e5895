// Unwrapping: how glue turns JavaScript values into numbers and memory, so that no call whatever can crash the process.
//
// The typed wrappers in TypeScript refuse wrong shapes with an error that explains itself. What stands here is the
// second line: a check of type and length for every array, of range for every number, so that a mistake in a wrapper is
// an exception and not a read beyond the end. It costs some ten nanoseconds for each array.
//
// The rules for a glue function:
//   1. Every value goes through an Unwrap. Pointers and counts it answers are used only after `ok()` said true; when it
//      said false an exception is pending and the function returns nullptr.
//   2. `elements` comes before the first pointer that is kept: reading an element may run JavaScript, and JavaScript
//      may detach a buffer. Between taking a pointer and using it nothing of JavaScript runs.
//   3. What a kernel only reads is `in`, what it writes `out`. An `out` overlaps no other array, so that nothing a
//      kernel has written changes behind its back.
//   4. Memory that other threads can write (SharedArrayBuffer) is refused, or allowed by saying Shared::allowed or by
//      taking single arrays with in_any and out_any, for kernels whose indexes and loops do not depend on values that
//      are read twice.
//   5. A function that goes on computing after it returned uses copies, or shared memory held by a reference: a buffer
//      that is not shared may be detached, resized or freed under a reference.
// The fuzzer, test/native/fuzz.test.ts, calls every exported function with values that fit none of this.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>

namespace hive {

enum class Shared : bool { refused, allowed };

template <typename Value>
struct ArrayType;
template <>
struct ArrayType<float> {
  static constexpr napi_typedarray_type type = napi_float32_array;
  static constexpr const char* name = "Float32Array";
};
template <>
struct ArrayType<double> {
  static constexpr napi_typedarray_type type = napi_float64_array;
  static constexpr const char* name = "Float64Array";
};
template <>
struct ArrayType<uint8_t> {
  static constexpr napi_typedarray_type type = napi_uint8_array;
  static constexpr const char* name = "Uint8Array";
};
template <>
struct ArrayType<uint16_t> {
  static constexpr napi_typedarray_type type = napi_uint16_array;
  static constexpr const char* name = "Uint16Array";
};
template <>
struct ArrayType<uint32_t> {
  static constexpr napi_typedarray_type type = napi_uint32_array;
  static constexpr const char* name = "Uint32Array";
};
template <>
struct ArrayType<int32_t> {
  static constexpr napi_typedarray_type type = napi_int32_array;
  static constexpr const char* name = "Int32Array";
};

// Checks the values of one call. The first that does not fit is thrown as a TypeError with code ADDON_ARGUMENT.
class Unwrap {
 public:
  Unwrap(napi_env env, const char* function, Shared shared = Shared::refused) noexcept
      : env_(env), function_(function), shared_(shared) {}

  // False when something did not fit; an exception is then pending.
  bool ok() const noexcept { return !failed_; }

  // Memory of at least `at_least` values that the kernel only reads.
  template <typename Value>
  const Value* in(napi_value array, size_t at_least, const char* name) noexcept {
    return static_cast<const Value*>(memory(array, wanted<Value>(at_least, name), false));
  }

  // The same, or nullptr for what was left out.
  template <typename Value>
  const Value* in_if_given(napi_value array, size_t at_least, const char* name) noexcept {
    return is_given(array) ? in<Value>(array, at_least, name) : nullptr;
  }

  // Memory of at least `at_least` values that the kernel writes.
  template <typename Value>
  Value* out(napi_value array, size_t at_least, const char* name) noexcept {
    return static_cast<Value*>(memory(array, wanted<Value>(at_least, name), true));
  }

  // Memory that is read after the call has returned: only an array over a SharedArrayBuffer is taken.
  template <typename Value>
  const Value* in_shared(napi_value array, size_t at_least, const char* name) noexcept {
    return static_cast<const Value*>(shared_memory(array, wanted<Value>(at_least, name), false));
  }

  // The same, for what is written after the call has returned.
  template <typename Value>
  Value* out_shared(napi_value array, size_t at_least, const char* name) noexcept {
    return static_cast<Value*>(shared_memory(array, wanted<Value>(at_least, name), true));
  }

  // `in` and `out`, wherever the memory lies: for single arrays of which rule 4 is true.
  template <typename Value>
  const Value* in_any(napi_value array, size_t at_least, const char* name) noexcept {
    return static_cast<const Value*>(memory_anywhere(array, wanted<Value>(at_least, name), false));
  }
  template <typename Value>
  Value* out_any(napi_value array, size_t at_least, const char* name) noexcept {
    return static_cast<Value*>(memory_anywhere(array, wanted<Value>(at_least, name), true));
  }

  // Whether the memory of a typed array is shared, so that nobody can take it away.
  bool is_shared(napi_value array) noexcept;

  // A whole number from 0 to `max`; 0 when it is none.
  uint32_t whole(double number, uint32_t max, const char* name) noexcept;
  uint32_t whole(napi_value number, uint32_t max, const char* name) noexcept;

  // Any number.
  double number(napi_value value, const char* name) noexcept;

  // The first `count` elements of a plain array. Pointers taken before are void afterwards: take them again.
  void elements(napi_value list, uint32_t count, napi_value* into, const char* name) noexcept;

  void function(napi_value value, const char* name) noexcept;

  // How many UTF-16 units a string has.
  size_t text_units(napi_value value, const char* name) noexcept;

  // Throws "<function>: expected `name` to be <expected>".
  void refuse(const char* name, const char* expected) noexcept;

  // Throws an Error with code ADDON_MEMORY: there was none for a copy or a result.
  void refuse_memory() noexcept;

 private:
  static constexpr uint32_t kRangesMax = 64;
  struct Range {
    uintptr_t first;
    uintptr_t end;
    bool written;
  };

  struct Wanted {
    napi_typedarray_type type;
    const char* type_name;
    size_t value_bytes;
    size_t at_least;
    const char* name;
  };
  template <typename Value>
  static Wanted wanted(size_t at_least, const char* name) noexcept {
    return {ArrayType<Value>::type, ArrayType<Value>::name, sizeof(Value), at_least, name};
  }

  void* memory(napi_value array, const Wanted& wanted, bool written) noexcept;
  void* memory_anywhere(napi_value array, const Wanted& wanted, bool written) noexcept;
  void* shared_memory(napi_value array, const Wanted& wanted, bool written) noexcept;
  void refuse_unshared(const Wanted& wanted) noexcept;
  bool is_given(napi_value value) noexcept;
  bool reaches(napi_value buffer, uintptr_t first, size_t need) noexcept;
  bool has_length(napi_value array, const Wanted& wanted) noexcept;
  void* refuse_array(const Wanted& wanted) noexcept;
  bool takes(const Range& range) noexcept;

  napi_env env_;
  const char* function_;
  Shared shared_;
  bool failed_ = false;
  bool any_written_ = false;
  uint32_t ranges_count_ = 0;
  Range ranges_[kRangesMax];
};

}  // namespace hive
