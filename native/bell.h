// The bell: wakes the event loop of a sleeping thread. This file knows libuv and no Node.
//
// One table for the whole process, 64 groups (one per system) of 256 seats (one per thread). A seat is either empty
// or holds the uv_async of the thread that listens there. Three operations, from any thread:
//
//   ring(address)              a late ring, or one for nobody, is ignored
//   hang(address, async)       takes the seat and returns its generation; an older bell still there is taken down
//   take_down(address, gen)    empties the seat; afterwards nobody touches the uv_async any more, so it may be closed
//
//   gate:  bit 31 = open, bits 0..30 = number of ringers inside
//
// Why: a ring must cost nanoseconds and must not wait for other ringers, while a thread that ends must know that
// nobody holds its uv_async. So ringers only count themselves in and out; the one who closes shuts the gate and waits
// for those already inside, each of whom leaves within one uv_async_send. A shut gate is not entered again, so the
// wait is finite however fast others ring.
// Why: the table is static, not allocated: it cannot leak, and it outlives every thread.
#pragma once

#include <uv.h>

#include <atomic>
#include <cstdint>
#include <mutex>

namespace hive {

inline constexpr uint32_t kBellGroups = 64;
inline constexpr uint32_t kBellThreads = 256;
inline constexpr uint32_t kBellAddresses = kBellGroups * kBellThreads;

// Takes a free group, or returns -1 when all are taken.
int32_t bell_open_group() noexcept;
void bell_close_group(uint32_t group) noexcept;

void bell_ring(uint32_t address) noexcept;
uint32_t bell_hang(uint32_t address, uv_async_t* async) noexcept;
void bell_take_down(uint32_t address, uint32_t generation) noexcept;

// How many seats are taken, over all groups.
uint32_t bell_count() noexcept;

}  // namespace hive
