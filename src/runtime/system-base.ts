// What an actor system stands on: its roots, what happens in it, and how its threads are asked about their actors.

import type { Cell } from "../actor/cell.js";
import type { SystemEvents } from "./system-events.js";
import type { ThreadInsight } from "./thread-insight.js";

/** Asks a thread about its actors. Rejects when it is gone or says nothing in time. */
export type AskInsight = <T>(
  question: (insight: ThreadInsight) => T | Promise<T>,
  timeoutMs?: number,
) => Promise<T>;

/** What stands behind a system. */
export interface SystemBase {
  /** The root of the user's tree, on the main thread. */
  readonly user: Cell;
  /** All roots. */
  readonly roots: readonly Cell[];
  readonly events: SystemEvents;
  /** Threads that can be asked, beside the main one. */
  running(): readonly number[];
  /** How to ask one; undefined while it does not run. */
  asking(thread: number): AskInsight | undefined;
}
