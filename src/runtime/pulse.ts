// The pulse by which threads notice long turns: the main thread's for all others, the first worker's for the main one.

import { PULSES_PER_LONG_TURN } from "../actor/long-turns.js";
import type { TimerHandle, Timers } from "../base/ports.js";
import type { Board } from "./board.js";

/** A turn longer than this is reported. */
export const LONG_TURN_MS = 50;

export class Pulse {
  readonly #timers: Timers;
  readonly #beat: () => void;
  readonly #periodMs: number;
  #timer: TimerHandle | undefined;

  /** A pulse of 0 never beats. */
  constructor(board: Board, thread: number, timers: Timers, longTurnMs: number) {
    this.#timers = timers;
    this.#periodMs = longTurnMs / PULSES_PER_LONG_TURN;
    this.#beat = () => board.beatPulse(thread);
  }

  start(): void {
    if (this.#periodMs > 0) this.#arm();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#timers.after(this.#periodMs, () => {
      this.#beat();
      this.#arm();
    });
  }
}
