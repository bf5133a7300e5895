// Messages nobody took: kept for a while with the reason, counted for ever.

import { asWritten } from "./outflow.js";

/** Dead letters kept per thread; older ones are only counted. */
export const DEAD_LETTERS_KEPT = 1_000;

export type DeadLetterReason = "no-actor" | "stopped" | "fault" | "no-method" | "unborn" | "dropped";

export interface DeadLetter {
  /** Path, or id where the path is not known. */
  readonly receiver: string;
  readonly method: string;
  readonly payload: unknown;
  readonly reason: DeadLetterReason;
  readonly sender: string | undefined;
  readonly atMs: number;
}

export class DeadLetters {
  readonly #nowMs: () => number;
  readonly #kept: DeadLetter[] = [];
  #next = 0;
  /** All there ever were, kept or not. */
  count = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(letter: Omit<DeadLetter, "atMs">): void {
    this.count++;
    const kept = { ...asWritten(letter), atMs: this.#nowMs() };
    if (this.#kept.length < DEAD_LETTERS_KEPT) this.#kept.push(kept);
    else this.#kept[this.#next++ % DEAD_LETTERS_KEPT] = kept;
  }

  /** Messages that were lost without being seen, such as those in a lost thread's mailboxes. */
  addUnseen(count: number): void {
    this.count += count;
  }

  /** The youngest ones, oldest first. */
  list(): readonly DeadLetter[] {
    const split = this.#next % DEAD_LETTERS_KEPT;
    return [...this.#kept.slice(split), ...this.#kept.slice(0, split)];
  }
}
