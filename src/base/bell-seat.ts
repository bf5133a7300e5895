// What bells are to the threads that use them: the contract of bell.ts, native-bell.ts and port-bell.ts.
// Everything here can cross threads once its ports are transferred.

import type { MessagePort } from "node:worker_threads";
import type { Bell } from "./ports.js";

/** Seats of one system: thread numbers run from 0 to this, exclusive. The same number stands in native/bell.h. */
export const BELL_THREADS_MAX = 256;

export type BellKind = "native" | "port";

/** The bell of one thread, as real threads have it. */
export interface ThreadBell extends Bell {
  readonly kind: BellKind;
  /** Whether listening keeps this thread's event loop running. Off until called; call it after `listen`. */
  keepAlive(on: boolean): void;
  /** Makes a thread known that was started after this one. Port bells need it; a native bell ignores it. */
  connect(line: BellLine): void;
}

/** One end of the line between two threads. Transfer `port` when sending it. */
export interface BellLine {
  /** The thread at the other end. */
  readonly peer: number;
  readonly port: MessagePort;
  /** Two words, one per end: 1 = a ring to that end is on its way. */
  readonly pending: SharedArrayBuffer;
  /** Which word of `pending` belongs to this end. */
  readonly side: 0 | 1;
}

/** What a thread needs to open its bell. */
export type BellSeat =
  | { readonly kind: "native"; readonly group: number; readonly thread: number }
  | { readonly kind: "port"; readonly thread: number; readonly lines: readonly BellLine[] };

/** A line that must reach `thread`, which runs already; transfer `line.port` with it. */
export interface BellIntroduction {
  readonly thread: number;
  readonly line: BellLine;
}

/** All that is to be sent so that one more thread can ring and be rung. */
export interface BellAdmission {
  readonly seat: BellSeat;
  /** The ports inside `seat`, for the transfer list. */
  readonly transfer: readonly MessagePort[];
  /** Empty for native bells. */
  readonly introductions: readonly BellIntroduction[];
}

export function isBellThread(thread: number): boolean {
  return Number.isInteger(thread) && thread >= 0 && thread < BELL_THREADS_MAX;
}
