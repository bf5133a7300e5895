// OpenBLAS on one thread, and reading alone: a bench-only addon, compiled when the bench runs.

import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { build, builtPath, sourcePath } from "../../savina/peers/built.js";

const BUILT = builtPath("compute/blas.node");

export interface Blas {
  /** scores = values · query by sgemv. */
  multiply(values: Float32Array, query: Float32Array, scores: Float32Array): void;
  /** The sum of all words, modulo 2^32; their number is a multiple of 16. */
  read(words: Uint32Array): number;
}

export async function openBlas(): Promise<Blas> {
  const source = resolve(sourcePath("."), "../../compute/peers/blas.cc");
  const headersDir = join(dirname(dirname(process.execPath)), "include/node");
  const flags = ["-std=c++17", "-O3", "-march=native", "-shared", "-fPIC", `-I${headersDir}`];
  try {
    await build(BUILT, [source], ["g++", ...flags, "-o", BUILT, source, "-lopenblas"]);
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    const isAbsent = code === "ENOENT" || message.includes("cblas.h");
    throw new Error(isAbsent ? "not installed: `scripts/bench-peers libopenblas-dev`, and g++" : message, {
      cause: error,
    });
  }
  return createRequire(import.meta.url)(BUILT) as Blas;
}
