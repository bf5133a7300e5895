// The native engine of embed: typed wrapper around the addon's `embed` (native/embed.cc). It owns all memory that C++
// works on: the letters, the weights, counters for the features, and room for the characters of the text.

import type { Addon } from "../base/addon.js";
import { checkVector, EMBEDDING_DIMS, type TextEmbedder } from "./embed.js";
import { makeLetterTable, makeWeights, SLOTS } from "./embed-features.js";

const FIRST_UNITS = 4_096;
/** Room for longer texts is made for the call and let go. */
const KEPT_UNITS_MAX = 1 << 20;
/** Shorter texts take less time than it takes to hand them to another thread. */
const ASYNC_CHARS_MIN = 16_384;

/** Embeds in C++. The synchronous form allocates nothing but the vector, once it has room for the longest text. */
export class NativeEmbedder implements TextEmbedder {
  readonly kind = "native";
  readonly #addon: Addon;
  readonly #letters = makeLetterTable();
  readonly #weights = makeWeights();
  readonly #tally = makeTally();
  #units = new Uint16Array(FIRST_UNITS);
  readonly #arrays: ArrayBufferView[];

  constructor(addon: Addon) {
    this.#addon = addon;
    this.#arrays = this.#arraysFor(this.#units, this.#tally, new Float32Array(EMBEDDING_DIMS));
  }

  embed(text: string, out: Float32Array = new Float32Array(EMBEDDING_DIMS)): Float32Array {
    checkVector(out);
    const arrays = this.#arrays;
    arrays[0] = this.#unitsFor(text);
    arrays[arrays.length - 1] = out;
    this.#addon.embed(text, arrays);
    return out;
  }

  async embedAsync(text: string): Promise<Float32Array> {
    if (text.length < ASYNC_CHARS_MIN) return this.embed(text);
    const out = new Float32Array(EMBEDDING_DIMS);
    const units = new Uint16Array(text.length + 1);
    await this.#addon.embedAsync(text, this.#arraysFor(units, makeTally(), out));
    return out;
  }

  /** In the order in which native/text_addon.cc takes them. */
  #arraysFor(units: Uint16Array, tally: ReturnType<typeof makeTally>, out: Float32Array): ArrayBufferView[] {
    const { blocks, entries } = this.#letters;
    return [units, tally.counts, tally.touched, blocks, entries, this.#weights, out];
  }

  /** Room for the characters and the zero that N-API writes behind them. */
  #unitsFor({ length }: string): Uint16Array {
    if (length < this.#units.length) return this.#units;
    if (length >= KEPT_UNITS_MAX) return new Uint16Array(length + 1);
    let capacity = this.#units.length;
    while (capacity <= length) capacity *= 2;
    this.#units = new Uint16Array(capacity);
    return this.#units;
  }
}

/** Counters of all slots, and room for the slots in use and one more, which C++ writes without looking. */
function makeTally() {
  return { counts: new Uint32Array(SLOTS), touched: new Uint32Array(SLOTS + 1) };
}
