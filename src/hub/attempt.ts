// What the hub sends to an agent's thread for one attempt, and what comes back. Positional, because it crosses a ring
// for every task. Spec and result travel as packed bytes: the hub's thread neither decodes the one nor encodes the
// other.

import type { TaskError } from "../wire/task-shapes.js";

/** The payload of an agent's `run`. */
export type AttemptMessage = readonly [
  /** A packed `SpecTuple` of wire/entries.ts. */
  spec: Uint8Array,
  attempt: number,
  /** The fencing number of the lease; `cancel` and progress name the attempt by it. */
  fence: number,
];

/** The payload of an agent's `cancel`: aborts the signal of one attempt. */
export type CancelMessage = readonly [fence: number, reason: string];

/** How an attempt ended, as `run` returns it. */
export type Outcome =
  /** The result as packed bytes of at most 64 KiB; null for no result. */
  | readonly [kind: typeof OUTCOME.completed, result: Uint8Array | null]
  /** A larger result as JSON text, to be kept as a blob. */
  | readonly [kind: typeof OUTCOME.completedLarge, json: Uint8Array]
  | readonly [kind: typeof OUTCOME.failed, error: TaskError];

export const OUTCOME = Object.freeze({ completed: 0, completedLarge: 1, failed: 2 } as const);
