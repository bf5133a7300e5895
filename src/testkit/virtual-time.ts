// Time that moves only when a simulation says so.

import type { Clock, TimerHandle, Timers } from "../base/ports.js";

/** What one look at the clock costs. Why: a turn that loops would otherwise never use up its slice. */
const LOOK_MS = 0.25;
/** Any fixed moment will do; this one makes logs readable. */
const EPOCH_MS = Date.UTC(2026, 0, 1);

interface Armed {
  readonly atMs: number;
  readonly serial: number;
  readonly fire: () => void;
  cancelled: boolean;
}

/** A clock with its timers; both stand still between steps. */
export class VirtualTime implements Clock, Timers {
  readonly #lookMs: number;
  /** Looks that cost nothing still. */
  #freeLooks = 0;
  #nowMs = EPOCH_MS;
  #serial = 0;
  readonly #armed: Armed[] = [];

  constructor(lookMs = LOOK_MS) {
    this.#lookMs = lookMs;
  }

  /** From here on so many looks cost nothing, whatever was left. */
  allowLooks(count: number): void {
    this.#freeLooks = count;
  }

  nowMs(): number {
    if (this.#freeLooks > 0) this.#freeLooks--;
    else this.#nowMs += this.#lookMs;
    return this.#nowMs;
  }

  wallMs(): number {
    return Math.floor(this.#nowMs);
  }

  /** Milliseconds since the simulation began. */
  get elapsedMs(): number {
    return this.#nowMs - EPOCH_MS;
  }

  /** Timers that wait. */
  get armed(): number {
    return this.#armed.reduce((count, one) => (one.cancelled ? count : count + 1), 0);
  }

  after(delayMs: number, fire: () => void): TimerHandle {
    const armed: Armed = {
      atMs: this.#nowMs + Math.max(0, delayMs),
      serial: this.#serial++,
      fire,
      cancelled: false,
    };
    let at = this.#armed.length;
    while (at > 0 && isBefore(armed, this.#armed[at - 1] as Armed)) at--;
    this.#armed.splice(at, 0, armed);
    return {
      cancel: () => {
        armed.cancelled = true;
      },
    };
  }

  /** Moves on to a moment, counted from the beginning; never back. */
  moveTo(elapsedMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, EPOCH_MS + elapsedMs);
  }

  /** Moves to the next timer and fires it; false when there is none within `limitMs` of the beginning. */
  advance(limitMs: number): boolean {
    for (;;) {
      const next = this.#armed[0];
      if (next === undefined || next.atMs - EPOCH_MS > limitMs) return false;
      this.#armed.shift();
      if (next.cancelled) continue;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fire();
      return true;
    }
  }
}

function isBefore(a: Armed, b: Armed): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.serial < b.serial);
}
