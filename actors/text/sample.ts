// A uniform sample of sentences: all of them while there are few, then a reservoir.
// Source: J. S. Vitter (1985), "Random sampling with a reservoir", algorithm R.
// Why a fixed seed: the same text gives the same result, on every machine and every attempt.

import { detached } from "../stream/detached.js";

/** Sentences that the tagger looks at: at most 1 MB, and one to two seconds of work. */
export const SAMPLED_SENTENCES = 1000;

export interface SampledSentence {
  readonly text: string;
  /** Position in the text, counted in sentences. */
  readonly index: number;
}

/** Source: mulberry32 by T. Ettinger (public domain). */
function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

export class SentenceSample {
  seen = 0;
  readonly #kept: SampledSentence[] = [];
  readonly #capacity: number;
  readonly #random = seededRandom(1851);

  constructor(capacity = SAMPLED_SENTENCES) {
    this.#capacity = capacity;
  }

  add(text: string): void {
    const index = this.seen;
    this.seen += 1;
    if (this.#kept.length < this.#capacity) {
      this.#kept.push({ text: detached(text), index });
      return;
    }
    const place = Math.floor(this.#random() * this.seen);
    if (place < this.#capacity) this.#kept[place] = { text: detached(text), index };
  }

  get sampled(): boolean {
    return this.seen > this.#kept.length;
  }

  /** What was kept, in reading order. */
  sentences(): SampledSentence[] {
    return [...this.#kept].sort((a, b) => a.index - b.index);
  }
}
