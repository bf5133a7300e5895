// Everything a thread touches that is not plain computation: time, timers, randomness, turns, the bell, the disk.
// One object per thread, handed in from above, so that a simulation can replace the whole world at once.
// Why: nothing below reads a global clock or a global timer; a failing seed then replays exactly.

import type { Random } from "./random.js";

export interface Clock {
  /** Monotonic milliseconds since an arbitrary start; the same origin on every thread of a process. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
}

export interface TimerHandle {
  cancel(): void;
}

export interface Timers {
  /** Runs `fire` once after `delayMs`. Does not keep the process alive. */
  after(delayMs: number, fire: () => void): TimerHandle;
}

/** Decides when a thread's next batch of turns runs. */
export interface Scheduler {
  /** Runs `task` soon, after what is already waiting in the event loop. Called at most once until it runs. */
  soon(task: () => void): void;
  /** The same where nothing else need come before it: as early as `endOfJob`, unless a test decides the order. */
  promptly(task: () => void): void;
  /** Runs `task` at the end of the current job, before the event loop goes on. */
  endOfJob(task: () => void): void;
}

/** Wakes a sleeping thread. `ring` may be called from any thread; a late ring for a thread that is gone is ignored. */
export interface Bell {
  /** Calls `wake` on this thread each time somebody rings for it. */
  listen(wake: () => void): void;
  ring(thread: number): void;
  close(): void;
}

/** The disk as the store sees it; LMDB stands behind it in a hub. */
export interface Disk {
  /** Writes pages in order and settles once they are flushed (fsync); rejects with the cause of a failed write. */
  writePages(pages: readonly Uint8Array[]): Promise<void>;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "fatal";

/** Structured log: a sentence for people, fields for machines. Secrets never go in. */
export interface Log {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface ThreadPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly bell: Bell;
  readonly log: Log;
}
