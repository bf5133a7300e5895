// The most frequent values of a stream: exact while few are different, then a bounded summary.
// Source: J. Misra and D. Gries (1982), "Finding repeated elements"; reduced in batches, as in
// P. Agarwal et al. (2012), "Mergeable summaries", so that a value costs amortised constant time.

import { detached } from "./detached.js";

/** Different values counted at once. Up to here counts are exact; beyond, each is too low by at most n/512. */
export const COUNTED_VALUES = 1024;
const KEPT_VALUES = 512;
/** A longer value is told apart and shown by its beginning. */
const SHOWN_CHARS = 80;
/** Having seen this many values without one that is frequent, a column has no categories worth counting. */
const GIVE_UP_AFTER = 20_000;
const FREQUENT_SHARE = 1 / 1000;

export interface CountedValue {
  readonly value: string;
  readonly count: number;
}

export class TopValues {
  #counts: Map<string, number> | undefined = new Map();
  #total = 0;
  /** What reductions subtracted: each count is too low by at most this. */
  undercount = 0;

  add(value: string): void {
    if (this.#counts === undefined) return;
    const key = value.length > SHOWN_CHARS ? value.slice(0, SHOWN_CHARS) : value;
    this.#total += 1;
    const count = this.#counts.get(key);
    if (count !== undefined) {
      this.#counts.set(key, count + 1);
      return;
    }
    this.#counts.set(detached(key), 1);
    if (this.#counts.size > COUNTED_VALUES) this.#reduce(this.#counts);
  }

  /** The `limit` most frequent values, most frequent first; ties in alphabetical order. */
  top(limit: number): CountedValue[] {
    const entries = [...(this.#counts ?? [])].map(([value, count]) => ({ value, count }));
    entries.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
    return entries.slice(0, limit);
  }

  #reduce(counts: Map<string, number>): void {
    const ordered = Float64Array.from(counts.values()).sort();
    const cut = ordered[ordered.length - KEPT_VALUES - 1] as number;
    const largest = ordered[ordered.length - 1] as number;
    if (this.#total >= GIVE_UP_AFTER && largest + this.undercount < this.#total * FREQUENT_SHARE) {
      this.#counts = undefined;
      return;
    }
    this.undercount += cut;
    for (const [key, count] of counts) {
      if (count <= cut) counts.delete(key);
      else counts.set(key, count - cut);
    }
  }
}
