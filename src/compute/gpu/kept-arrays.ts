// Which arrays one compute process has kept, so that they need not go over again: matrices that are searched often, the
// parameters of networks. The least recently used is forgotten first.

import type { Keep } from "./protocol.js";

/** What a device surely has room for beside the work itself. */
const KEPT_BYTES_MAX = 2 ** 30;
const KEPT_ARRAYS_MAX = 16;

interface Entry {
  readonly key: number;
  readonly version: number | undefined;
  readonly bytes: number;
}

export class KeptArrays {
  readonly #entries = new WeakMap<Float32Array, Entry>();
  /** The least recently used first. */
  readonly #kept = new Map<number, Entry>();
  #bytes = 0;
  #lastKey = 0;
  #forgotten: number[] = [];

  /** An array is the same as long as its version is. Without a version it goes over each time. */
  claim(array: Float32Array, version: number | undefined): Keep {
    const known = this.#entries.get(array);
    if (known !== undefined && this.#kept.delete(known.key)) {
      if (version !== undefined && known.version === version) {
        this.#kept.set(known.key, known);
        return { key: known.key, isHere: true };
      }
      this.#drop(known);
    }
    this.#lastKey += 1;
    const entry = { key: this.#lastKey, version, bytes: array.byteLength };
    this.#entries.set(array, entry);
    this.#kept.set(entry.key, entry);
    this.#bytes += entry.bytes;
    for (const [key, oldest] of this.#kept) {
      if (this.#bytes <= KEPT_BYTES_MAX && this.#kept.size <= KEPT_ARRAYS_MAX) break;
      if (key === entry.key) break;
      this.#kept.delete(key);
      this.#drop(oldest);
    }
    return { key: entry.key, isHere: false };
  }

  /** What the compute process is to forget; each is named once. */
  takeForgotten(): readonly number[] {
    const forgotten = this.#forgotten;
    this.#forgotten = [];
    return forgotten;
  }

  #drop({ key, bytes }: Entry): void {
    this.#bytes -= bytes;
    this.#forgotten.push(key);
  }
}
