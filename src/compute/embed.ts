// What a text is about, as a point on the unit sphere: 256 numbers, so that texts with much in common lie close
// together. The contract of every engine.
//
//   text → words      runs of letters, marks and digits, lower-cased code point by code point; accents of Latin, Greek
//                     and Cyrillic letters fall away, so composed and decomposed forms are the same. An ideograph, or
//                     a symbol such as an emoji, is a word of its own. All else separates, lone surrogates too
//   words → features  each word, each pair of neighbours, each three letters of a word, its begin and end counted in
//   feature → slot    a 32-bit hash, of which 14 bits choose one of 16,384 slots of its kind
//   slot → weight     log-tf: m·(1 + ln n) for n occurrences, with m = 1 for three letters, 2 for words, 0.5 for words
//                     of up to three letters and for pairs
//   slot → bin        signed feature hashing (Weinberger et al., Feature Hashing for Large Scale Multitask Learning,
//                     2009): 8 bits of the slot choose the bin, one bit whether the weight is added or taken away
//   bins → vector     divided by their Euclidean length
//
// A text without words is the zero vector, which has cosine 0 with everything.
// Hashes and sums are integers, weights too (2^−12 units), and what is left are one square root and one division that
// IEEE 754 rounds alike everywhere: js and native give the same bits for every string, today and on another machine.
// The way through: embedder.ts (which engine), embed-letters.ts (the letters of Unicode), embed-features.ts (hashes and
// weights), embed-js.ts or embed-native.ts (the loops).
// Why: no model and no vocabulary, so it needs no download, no language and no training, and is quick enough for every
// task that comes in.

import { invariant } from "../base/invariant.js";

/** How many numbers an embedding has. */
export const EMBEDDING_DIMS = 256;

/** One embedder per thread; not reentrant, as nothing on one thread is. */
export interface TextEmbedder {
  readonly kind: "native" | "js";
  /**
   * The embedding of a text, in `out` if given (256 values), else in a new array. Unit length; zero for a text without
   * words. Takes some 10 ns per character on the native engine: texts above 100 KB are better given to `embedAsync`.
   */
  embed(text: string, out?: Float32Array): Float32Array;
  /** The same without holding up the calling thread for longer than it takes to copy the text. */
  embedAsync(text: string): Promise<Float32Array>;
}

/** Checks what engines take for granted. */
export function checkVector(vector: Float32Array): void {
  invariant(vector instanceof Float32Array, "an embedding holds 32-bit floats");
  invariant(vector.length === EMBEDDING_DIMS, "an embedding has 256 values");
}
