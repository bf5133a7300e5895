#include "check.h"

int main() {
  int count = 0;
  for (const hive_test::Promise* promise = hive_test::promises; promise != nullptr; promise = promise->next) {
    const int before = hive_test::failures;
    promise->body();
    count++;
    if (hive_test::failures > before) std::printf("broken: %s\n", promise->name);
  }
  std::printf("%d C++ tests, %d failures\n", count, hive_test::failures);
  return hive_test::failures == 0 && count > 0 ? 0 : 1;
}
