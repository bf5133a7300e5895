// The native engine of embed: typed wrapper around the addon's `embed` (native/embed.cc). The letters and the weights
// are handed over once for each thread; all memory that C++ works on is its own.

import type { Addon } from "../base/addon.js";
import { checkVector, EMBEDDING_DIMS, type TextEmbedder } from "./embed.js";
import { makeLetterTable, makeWeights } from "./embed-features.js";

/** Shorter texts take less time than it takes to hand them to another thread. */
const ASYNC_CHARS_MIN = 16_384;

/** Embeds in C++. The synchronous form allocates nothing but the vector, once it has room for the longest text. */
export class NativeEmbedder implements TextEmbedder {
  readonly kind = "native";
  readonly #addon: Addon;

  constructor(addon: Addon) {
    this.#addon = addon;
    const { blocks, entries } = makeLetterTable();
    addon.embedTables(blocks, entries, makeWeights());
  }

  embed(text: string, out: Float32Array = new Float32Array(EMBEDDING_DIMS)): Float32Array {
    checkVector(out);
    this.#addon.embed(text, out);
    return out;
  }

  async embedAsync(text: string): Promise<Float32Array> {
    if (text.length < ASYNC_CHARS_MIN) return this.embed(text);
    const out = new Float32Array(EMBEDDING_DIMS);
    await this.#addon.embedAsync(text, out);
    return out;
  }
}
