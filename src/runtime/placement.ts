// Where an actor runs.

import type { Placement } from "../actor/definition.js";
import type { Places } from "../actor/ports.js";
import { CodedError } from "../base/errors.js";
import { hashText } from "../base/hash.js";
import type { Board } from "./board.js";

/** An actor was to run on a thread that does not exist. */
export class NoSuchThread extends CodedError {
  constructor(given: unknown, threads: number) {
    super(
      "NO_SUCH_THREAD",
      `thread ${String(given)}: threads are 0 (main) to ${threads}, "any", "this" or {key}`,
    );
  }
}

/** A thread this much busier than the idlest is passed over. */
const SLACK_ACTORS = 16;
const SLACK_RATIO = 1.25;

/** `any` goes round among the worker threads that are not clearly more loaded than the rest. */
export class Placements implements Places {
  readonly #board: Board;
  readonly #threads: number;
  #last = 0;

  /** `threads`: worker threads, numbered from 1. With none, everything runs on the main thread. */
  constructor(board: Board, threads: number) {
    this.#board = board;
    this.#threads = threads;
  }

  choose(on: Placement, here: number): number {
    if (on === "this") return here;
    if (on === "any") return this.#leastLoaded();
    if (typeof on === "number") {
      if (!Number.isInteger(on) || on < 0 || on > this.#threads) throw new NoSuchThread(on, this.#threads);
      return on;
    }
    if (typeof on === "object" && on !== null && typeof on.key === "string") {
      return this.#threads === 0 ? 0 : 1 + (hashText(on.key) % this.#threads);
    }
    throw new NoSuchThread(on, this.#threads);
  }

  #leastLoaded(): number {
    if (this.#threads === 0) return 0;
    let fewest = Number.POSITIVE_INFINITY;
    for (let thread = 1; thread <= this.#threads; thread++) {
      fewest = Math.min(fewest, this.#board.liveActors(thread));
    }
    const limit = fewest * SLACK_RATIO + SLACK_ACTORS;
    for (let step = 0; step < this.#threads; step++) {
      this.#last = (this.#last % this.#threads) + 1;
      if (this.#board.liveActors(this.#last) <= limit) break;
    }
    return this.#last;
  }
}
