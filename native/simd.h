// One source for every instruction set: a function marked HIVE_CLONES is compiled several times, and the loader picks
// the widest one the processor has. Elsewhere (arm64, macOS, Windows) the compiler vectorises for its one target.
// Why: clones, not hand-written intrinsics, so there is one body to read and to test. Products and sums are never fused
// (-ffp-contract=off in binding.gyp), so each clone and the TypeScript engine compute the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__) && \
    (defined(__clang__) ? __clang_major__ >= 17 : __GNUC__ >= 11)
#define HIVE_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define HIVE_CLONES
#endif

// HIVE_INLINE: a body that becomes part of each clone that calls it.
#if defined(_MSC_VER)
#define HIVE_RESTRICT __restrict
#define HIVE_INLINE __forceinline
#else
#define HIVE_RESTRICT __restrict__
#define HIVE_INLINE __attribute__((always_inline)) inline
#endif

namespace hive {

// All bits, or none. Why: the compiler turns sums and intersections of masks into single vector instructions; with bool
// it goes by way of bytes.
inline uint32_t mask_of(bool is_set) noexcept { return is_set ? UINT32_MAX : 0u; }

}  // namespace hive
