// The bell with a uv_async_send of ours, so that the engine file is tested alone: libuv lives inside Node.
// Each uv_async here is memory that is scribbled over and freed the moment its owner may do so. A ring that comes later
// is then a race or a use after free, which the sanitizers report.

#include "../bell.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "check.h"

namespace {

std::atomic<uint32_t> rings{0};
constexpr int kRounds = 2000;

}  // namespace

extern "C" int uv_async_send(uv_async_t* async) {
  (*static_cast<std::atomic<uint32_t>*>(async->data))++;
  rings++;
  return 0;
}

PROMISE("a ring reaches the bell that hangs at the address, and none other") {
  std::atomic<uint32_t> heard{0};
  uv_async_t async{};
  async.data = &heard;
  const uint32_t generation = hive::bell_hang(300, &async);
  hive::bell_ring(300);
  hive::bell_ring(301);
  hive::bell_ring(hive::kBellAddresses);
  hive::bell_ring(UINT32_MAX);
  CHECK(heard == 1);
  CHECK(hive::bell_count() == 1);
  hive::bell_take_down(300, generation);
  hive::bell_ring(300);
  CHECK(heard == 1);
  CHECK(hive::bell_count() == 0);
}

PROMISE("a bell that was replaced is not rung, and taking it down leaves the new one") {
  std::atomic<uint32_t> old_heard{0};
  std::atomic<uint32_t> new_heard{0};
  uv_async_t old_async{};
  uv_async_t new_async{};
  old_async.data = &old_heard;
  new_async.data = &new_heard;
  const uint32_t old_generation = hive::bell_hang(7, &old_async);
  const uint32_t new_generation = hive::bell_hang(7, &new_async);
  hive::bell_take_down(7, old_generation);
  hive::bell_ring(7);
  CHECK(old_heard == 0);
  CHECK(new_heard == 1);
  hive::bell_take_down(7, new_generation);
  CHECK(hive::bell_count() == 0);
}

PROMISE("groups are given out until they are gone, and reused as late as possible") {
  const int32_t first = hive::bell_open_group();
  hive::bell_close_group(static_cast<uint32_t>(first));
  CHECK(hive::bell_open_group() != first);
  std::vector<int32_t> taken;
  for (int32_t group = hive::bell_open_group(); group >= 0; group = hive::bell_open_group()) taken.push_back(group);
  CHECK(taken.size() == hive::kBellGroups - 1);
  for (uint32_t group = 0; group < hive::kBellGroups; group++) hive::bell_close_group(group);
  hive::bell_close_group(UINT32_MAX);
  CHECK(hive::bell_open_group() >= 0);
}

PROMISE("nobody touches a bell after it was taken down, however many ring at once") {
  std::atomic<bool> is_over{false};
  std::vector<std::thread> ringers;
  for (int count = 0; count < 2; count++) {
    ringers.emplace_back([&is_over] {
      while (!is_over) {
        for (uint32_t address = 0; address < 3; address++) hive::bell_ring(address);
      }
    });
  }
  const auto sit = [](uint32_t address) {
    for (int round = 0; round < kRounds; round++) {
      auto heard = std::make_unique<std::atomic<uint32_t>>(0);
      auto async = std::make_unique<uv_async_t>();
      async->data = heard.get();
      const uint32_t generation = hive::bell_hang(address, async.get());
      if (round % 3 == 0) std::this_thread::yield();
      hive::bell_take_down(address, generation);
      async->data = nullptr;
    }
  };
  std::vector<std::thread> sitters;
  for (uint32_t address = 0; address < 3; address++) sitters.emplace_back(sit, address);
  for (std::thread& sitter : sitters) sitter.join();
  is_over = true;
  for (std::thread& ringer : ringers) ringer.join();
  CHECK(hive::bell_count() == 0);
}
