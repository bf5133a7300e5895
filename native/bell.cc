#include "bell.h"

#include <thread>

namespace hive {
namespace {

constexpr uint32_t kOpen = 1u << 31;

struct alignas(64) Seat {
  std::atomic<uint32_t> gate{0};
  uv_async_t* async = nullptr;  // written under `owner` while the gate is shut and nobody is inside
  uint32_t generation = 0;      // of the bell that hangs here, or hung here last; guarded by `owner`
  std::mutex owner;             // for hanging and taking down; ringers never take it
};

Seat seats[kBellAddresses];
std::atomic<uint32_t> hung{0};

std::mutex groups_lock;
bool group_taken[kBellGroups];
uint32_t next_group = 0;

// Needs `owner`. Afterwards no thread is inside and none can enter.
void shut(Seat& seat) noexcept {
  seat.gate.fetch_and(~kOpen, std::memory_order_acq_rel);
  while (seat.gate.load(std::memory_order_acquire) != 0) std::this_thread::yield();
  seat.async = nullptr;
  hung.fetch_sub(1, std::memory_order_relaxed);
}

bool is_open(const Seat& seat) noexcept { return (seat.gate.load(std::memory_order_relaxed) & kOpen) != 0; }

}  // namespace

// Why: round robin, so that a group is reused as late as possible. A late ring from a thread of an older system then
// meets an empty seat; at worst it wakes a newcomer once in vain.
int32_t bell_open_group() noexcept {
  const std::lock_guard<std::mutex> guard(groups_lock);
  for (uint32_t step = 0; step < kBellGroups; step++) {
    const uint32_t group = (next_group + step) % kBellGroups;
    if (group_taken[group]) continue;
    group_taken[group] = true;
    next_group = group + 1;
    return static_cast<int32_t>(group);
  }
  return -1;
}

void bell_close_group(uint32_t group) noexcept {
  if (group >= kBellGroups) return;
  const std::lock_guard<std::mutex> guard(groups_lock);
  group_taken[group] = false;
}

// Why: seq_cst on the way in. The caller has just written what the sleeper should see; uv_async_send reads its
// "already pending" flag without a fence, and that read must not move before the caller's write.
void bell_ring(uint32_t address) noexcept {
  if (address >= kBellAddresses) return;
  Seat& seat = seats[address];
  if (!is_open(seat)) return;
  if ((seat.gate.fetch_add(1, std::memory_order_seq_cst) & kOpen) != 0) uv_async_send(seat.async);
  seat.gate.fetch_sub(1, std::memory_order_release);
}

uint32_t bell_hang(uint32_t address, uv_async_t* async) noexcept {
  Seat& seat = seats[address];
  const std::lock_guard<std::mutex> guard(seat.owner);
  if (is_open(seat)) shut(seat);
  seat.async = async;
  seat.generation++;
  hung.fetch_add(1, std::memory_order_relaxed);
  seat.gate.fetch_or(kOpen, std::memory_order_release);
  return seat.generation;
}

void bell_take_down(uint32_t address, uint32_t generation) noexcept {
  Seat& seat = seats[address];
  const std::lock_guard<std::mutex> guard(seat.owner);
  if (seat.generation == generation && is_open(seat)) shut(seat);
}

uint32_t bell_count() noexcept { return hung.load(std::memory_order_relaxed); }

}  // namespace hive
