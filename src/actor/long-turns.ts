// Which turn held its thread up, found out without a look at the clock: another thread counts a word up in a steady
// pulse, and each turn compares that word at its end with what it was at the end of the turn before.
//
// Why pulses and no clock: a look at the clock costs as much as a small message. All pulses counted came during this
// one turn, so a pulse that stops, since its thread is held up itself, hides a long turn and never blames a short one.
// What a handler does after an `await` runs outside the turn and is not seen here; the watchdog sees it.

import type { Clock } from "../base/ports.js";
import type { Cell } from "./cell.js";
import { writtenName } from "./stream-name.js";

/** A turn is long once it has lasted this many pulses. */
export const PULSES_PER_LONG_TURN = 4;

export class LongTurns {
  /** Counted up by another thread. */
  readonly #pulse: Int32Array;
  readonly #clock: Clock;
  #seen = 0;
  #sinceMs = 0;

  constructor(clock: Clock, pulse: Int32Array = new Int32Array(1)) {
    this.#clock = clock;
    this.#pulse = pulse;
  }

  /** What was done until now belongs to no turn. */
  begin(nowMs: number): void {
    this.#seen = this.#pulse[0] as number;
    this.#sinceMs = nowMs;
  }

  /** As `begin`, after work that is no turn and was most likely short. */
  discount(): void {
    if (this.#pulse[0] !== this.#seen) this.begin(this.#clock.nowMs());
  }

  /** A turn, or a start, has ended. */
  end(cell: Cell, method: string): void {
    if (this.#pulse[0] !== this.#seen) this.#look(cell, method);
  }

  #look(cell: Cell, method: string): void {
    const { kernel, path } = cell;
    const nowMs = this.#clock.nowMs();
    const pulses = ((this.#pulse[0] as number) - this.#seen) | 0;
    const ms = Math.round(nowMs - this.#sinceMs);
    this.begin(nowMs);
    if (pulses >= PULSES_PER_LONG_TURN)
      kernel.emit({ type: "long-turn", path, thread: kernel.thread, method: writtenName(method.trim()), ms });
  }
}
