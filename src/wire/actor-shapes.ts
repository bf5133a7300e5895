// The actors of a hub and the threads they run on, as `GET /api/admin/actors` tells of them.

import { z } from "zod";

/** Actors in one answer. */
const ACTORS_MAX = 1_000;

export const actorQueryShape = z.strictObject({
  limit: z.coerce.number().int().min(1).max(ACTORS_MAX).default(100),
  path: z.string().startsWith("/").default("/user"),
});
export type ActorQuery = z.input<typeof actorQueryShape>;

/** One worker thread. What is counted is counted since it was started last. */
export interface ThreadView {
  readonly thread: number;
  readonly state: string;
  readonly actors: number;
  readonly messages: number;
  readonly faults: number;
  /** Of actors. */
  readonly restarts: number;
  readonly full: number;
  readonly dead_letters: number;
  readonly memory_bytes: number;
  /** How often the thread itself was replaced, and how often because it made no progress. */
  readonly replaced: number;
  readonly stalls: number;
}

export interface ActorView {
  readonly path: string;
  readonly definition: string;
  readonly thread: number;
  readonly state: string;
  readonly mailbox: number;
  readonly handled: number;
  readonly restarts: number;
  readonly current: { readonly method: string; readonly for_ms: number } | null;
}

export interface ActorOverview {
  readonly threads: readonly ThreadView[];
  /** Those that have handled most first. */
  readonly actors: readonly ActorView[];
  /** How many actors were looked at, and whether there are more. */
  readonly total_count: number;
  readonly cut: boolean;
  /** Threads that did not answer. */
  readonly unreachable: readonly number[];
}
