// How long messages from other threads may still be handled as they come, for actors that have nothing else to do.
// Why at all: what waits in no mailbox costs neither the mailbox nor, since it dies young, the collector.

import type { Clock } from "../base/ports.js";

/** Messages between two looks at the clock. */
const LOOK_EVERY = 64;

export class AtOnce {
  readonly #clock: Clock;
  #untilMs = 0;
  #left = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Allows it until then; 0 for never. */
  until(untilMs: number): void {
    this.#untilMs = untilMs;
    this.#left = LOOK_EVERY;
  }

  /** Whether one more message may be handled so. */
  take(): boolean {
    if (this.#untilMs === 0) return false;
    if (--this.#left > 0) return true;
    this.until(this.#clock.nowMs() < this.#untilMs ? this.#untilMs : 0);
    return this.#untilMs !== 0;
  }
}
