// One source for every instruction set: a function marked HIVE_CLONES is compiled several times, and the loader picks
// the widest one the processor has. Elsewhere (arm64, macOS, Windows) the compiler vectorises for its one target.
// Why: clones, not hand-written intrinsics, so there is one body to read and to test. Products and sums are never fused
// (-ffp-contract=off in binding.gyp), so each clone and the TypeScript engine compute the same bits.
#pragma once

#include <cstddef>

#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__) && \
    (defined(__clang__) ? __clang_major__ >= 17 : __GNUC__ >= 11)
#define HIVE_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define HIVE_CLONES
#endif

#if defined(_MSC_VER)
#define HIVE_RESTRICT __restrict
#else
#define HIVE_RESTRICT __restrict__
#endif
