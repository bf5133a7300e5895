// What a C++ test needs and no more: CHECK(condition) counts a failure and says where, PROMISE(name) names a test that
// runs when the program does. One program holds all tests; scripts/test-native.mjs compiles and runs it.
// Why no framework: nothing is downloaded to compile the addon, and nothing shall be to test it.
#pragma once

#include <cstdio>

namespace hive_test {

struct Promise {
  const char* name;
  void (*body)();
  Promise* next;
};

inline Promise* promises = nullptr;
inline int failures = 0;

inline bool add(Promise* promise) {
  promise->next = promises;
  promises = promise;
  return true;
}

}  // namespace hive_test

#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) {                                                         \
      std::printf("%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      hive_test::failures++;                                                    \
    }                                                                           \
  } while (false)

#define HIVE_JOIN_AGAIN(left, right) left##right
#define HIVE_JOIN(left, right) HIVE_JOIN_AGAIN(left, right)
#define PROMISE(name) HIVE_PROMISE_AT(name, __LINE__)
#define HIVE_PROMISE_AT(name, line)                                                             \
  static void HIVE_JOIN(body_, line)();                                                         \
  static hive_test::Promise HIVE_JOIN(promise_, line){name, HIVE_JOIN(body_, line), nullptr};   \
  [[maybe_unused]] static const bool HIVE_JOIN(added_, line) =                                  \
      hive_test::add(&HIVE_JOIN(promise_, line));                                               \
  static void HIVE_JOIN(body_, line)()
