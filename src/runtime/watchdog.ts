// The watchdog: a thread that makes no progress while work waits for it is stuck in a turn that JavaScript cannot cut
// off. It is ended and replaced; its supervisors act.
//
// Each tick pokes every thread, so there is always work waiting and a healthy thread always beats.

import type { Clock, TimerHandle, Timers } from "../base/ports.js";
import type { Board } from "./board.js";

export const STALL_MS = 10_000;
const TICK_MS = 1_000;

export interface WatchdogOptions {
  readonly board: Board;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly stallMs: number;
  /** Threads to watch now. */
  threads(): Iterable<number>;
  poke(thread: number): void;
  stalled(thread: number, forMs: number): void;
}

export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #seen = new Map<number, { beat: number; sinceMs: number }>();
  readonly #tickMs: number;
  #lastTickMs = 0;
  #timer: TimerHandle | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#tickMs = Math.min(TICK_MS, options.stallMs / 4);
  }

  start(): void {
    this.#lastTickMs = this.#options.clock.nowMs();
    this.#arm();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#options.timers.after(this.#tickMs, () => {
      this.#tick();
      this.#arm();
    });
  }

  #tick(): void {
    const { board, clock, stallMs } = this.#options;
    const nowMs = clock.nowMs();
    // This thread was held up itself: what it missed says nothing about the others.
    const late = nowMs - this.#lastTickMs > 2 * this.#tickMs;
    this.#lastTickMs = nowMs;
    for (const thread of this.#options.threads()) {
      const beat = board.heartbeat(thread);
      const seen = this.#seen.get(thread);
      if (seen === undefined || seen.beat !== beat || late) this.#seen.set(thread, { beat, sinceMs: nowMs });
      else if (nowMs - seen.sinceMs > stallMs) {
        this.#seen.delete(thread);
        this.#options.stalled(thread, nowMs - seen.sinceMs);
      }
      this.#options.poke(thread);
    }
  }
}
