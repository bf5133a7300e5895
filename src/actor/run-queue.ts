// Actors with turns to run, first come first served.
//
// Two lists that change places: what comes while one is run through waits in the other. Why counts beside the lists: a
// list that is emptied gives its memory back, and two actors that play ping-pong would ask for it at every message.

import type { Cell } from "./cell.js";

/** Places that are kept for the next time; a burst beyond it gives its memory back. */
const PLACES_KEPT = 4_096;

export class RunQueue {
  #current: (Cell | undefined)[] = [];
  #next: (Cell | undefined)[] = [];
  #at = 0;
  #currentCount = 0;
  #nextCount = 0;

  get empty(): boolean {
    return this.#at === this.#currentCount && this.#nextCount === 0;
  }

  /** True for the first of a list. */
  push(cell: Cell): boolean {
    this.#next[this.#nextCount++] = cell;
    return this.#nextCount === 1;
  }

  take(): Cell | undefined {
    if (this.#at === this.#currentCount) {
      if (this.#nextCount === 0) return undefined;
      this.#change();
    }
    const cell = this.#current[this.#at];
    // A place that is taken holds nobody in memory.
    this.#current[this.#at++] = undefined;
    return cell;
  }

  #change(): void {
    const spent = this.#current;
    if (spent.length > PLACES_KEPT) spent.length = 0;
    this.#current = this.#next;
    this.#next = spent;
    this.#currentCount = this.#nextCount;
    this.#nextCount = 0;
    this.#at = 0;
  }
}
