// Taking a thread out of service: no new actors, the present ones finish, then it ends.
//
// Why actors do not move: a ref's address holds its thread. What is still there at the limit is stopped for good; who
// watches it hears `shutdown` and may start another one elsewhere.
// The order: the board closes the thread to placements; every other thread has sent the births it had decided on; the
// thread is looked at until nobody lives there; it hears what is left in its rings and ends; everybody lets go of it.

import { SystemStopped } from "../actor/errors.js";
import { CodedError } from "../base/errors.js";
import type { Clock, Timers } from "../base/ports.js";
import type { Board } from "./board.js";
import type { WorkerPool } from "./worker-pool.js";

export interface DrainOptions {
  /** After this long, actors that are still there are stopped for good. Default: they get all the time they need. */
  readonly timeoutMs?: number;
}

/** How the end of a thread went. */
export interface ThreadDrainReport {
  readonly thread: number;
  /** Actors that were told to stop at the limit. */
  readonly stopped: number;
  /** Of those, how many did not and were cut off. */
  readonly cutOff: number;
  /** Messages that became dead letters by it. */
  readonly deadLetters: number;
}

/** The thread cannot be drained: no other takes actors. */
export class LastThread extends CodedError {
  constructor(thread: number) {
    super("LAST_THREAD", `thread ${thread} is the last that takes actors: add one first, or shut down`);
  }
}

const LOOK_EVERY_MS = 10;
/** What actors get to stop once they are told to, as from a supervisor. */
const STOP_MS = 5_000;
/** For the thread to hear what is left in its rings. */
const CLOSE_MS = 2_000;

interface Drain {
  limitMs: number;
  readonly done: Promise<ThreadDrainReport>;
}

interface DrainParts {
  readonly pool: WorkerPool;
  readonly board: Board;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Whether the whole system is about to end. */
  readonly stopping: () => boolean;
}

export class ThreadDrains {
  readonly #parts: DrainParts;
  readonly #running = new Map<number, Drain>();

  constructor(parts: DrainParts) {
    this.#parts = parts;
  }

  /** Drains a thread; a second call for it may only shorten the time. */
  drain(thread: number, { timeoutMs = Number.POSITIVE_INFINITY }: DrainOptions): Promise<ThreadDrainReport> {
    const { board, clock, pool } = this.#parts;
    const limitMs = clock.nowMs() + timeoutMs;
    const known = this.#running.get(thread);
    if (known !== undefined) {
      known.limitMs = Math.min(known.limitMs, limitMs);
      return known.done;
    }
    pool.seat(thread);
    if (!board.openThreads().some((open) => open !== thread)) throw new LastThread(thread);
    board.setOpen(thread, false);
    const drain: { limitMs: number; done?: Promise<ThreadDrainReport> } = { limitMs };
    drain.done = this.#run(thread, drain).finally(() => this.#running.delete(thread));
    this.#running.set(thread, drain as Drain);
    return drain.done;
  }

  async #run(thread: number, limit: { limitMs: number }): Promise<ThreadDrainReport> {
    const { pool, board } = this.#parts;
    await pool.settle(thread);
    await this.#untilEmpty(thread, () => limit.limitMs);
    const stopped = await this.#alive(thread);
    const before = board.counters(thread).deadLetters;
    if (stopped > 0) await this.#stopAll(thread);
    const cutOff = stopped > 0 ? await this.#alive(thread) : 0;
    this.#refuseIfStopping();
    const lost = await pool.retire(thread, CLOSE_MS);
    return { thread, stopped, cutOff, deadLetters: lost + board.counters(thread).deadLetters - before };
  }

  async #stopAll(thread: number): Promise<void> {
    const { pool, clock } = this.#parts;
    const endMs = clock.nowMs() + STOP_MS;
    pool.stopAll(thread);
    await this.#untilEmpty(thread, () => endMs);
  }

  async #untilEmpty(thread: number, limitMs: () => number): Promise<void> {
    const { clock, timers } = this.#parts;
    while ((await this.#alive(thread)) > 0 && clock.nowMs() < limitMs()) {
      await new Promise<void>((resolve) => void timers.after(LOOK_EVERY_MS, resolve));
      this.#refuseIfStopping();
    }
  }

  /** How many actors live there. Why it asks when the board says nobody: births may lie in the rings. */
  async #alive(thread: number): Promise<number> {
    const { pool, board } = this.#parts;
    const shown = board.liveActors(thread);
    if (shown > 0) return shown;
    try {
      return await pool.settleOne(thread);
    } catch {
      // It is being replaced, or busy: look again.
      this.#refuseIfStopping();
      return 1;
    }
  }

  #refuseIfStopping(): void {
    if (this.#parts.stopping()) throw new SystemStopped("the system shut down before the thread was drained");
  }
}
