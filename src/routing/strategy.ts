// The ways a message finds one of several actors, or all of them, as their users name them.

import type { AskMethods, Protocol } from "../actor/definition.js";
import { DefinitionError } from "../actor/definition.js";

/** Whom a message goes to. */
export type RoutingOptions =
  /**
   * One: the next in turn (default); any; or the one with fewer messages waiting of two chosen at random, which keeps
   * mailboxes level with two looks whatever the number of members. What has no room is passed over while another has.
   */
  | { readonly strategy?: "round-robin" | "random" | "smallest-mailbox" }
  /** One: always the same for a key. When members come or go, only the keys move that must. */
  | { readonly strategy: "consistent-hash"; readonly key: (method: string, payload: never) => string }
  /** All. An ask is answered with all answers, in the order of the members, or fails with the first failure. */
  | { readonly strategy: "broadcast" }
  /** All. An ask is answered by the first of them that does; the others are cancelled. */
  | { readonly strategy: "scatter-gather-first" }
  /** One, as with `random`; each `afterMs` (100) without an answer an ask goes to the next one as well. */
  | { readonly strategy: "tail-chopping"; readonly afterMs?: number };

/** How a pool chooses: as a router, or `balancing`: a worker gets the next message when it is done with the last. */
export type PoolRouting = RoutingOptions | { readonly strategy: "balancing" };

/** What a broadcast understands: the same messages, each answered by all. */
export type Broadcast<P extends Protocol> = {
  readonly [M in AskMethods<P>]: { payload: P[M]["payload"]; reply: P[M]["reply"][] };
};

/** How long tail chopping waits before it asks one more. */
export const CHOP_AFTER_MS = 100;

const STRATEGIES: readonly string[] = [
  "round-robin",
  "random",
  "smallest-mailbox",
  "consistent-hash",
  "broadcast",
  "scatter-gather-first",
  "tail-chopping",
];

/** Refuses what cannot work; `more` names strategies that only the caller knows. */
export function checkRouting(who: string, options: PoolRouting, more: readonly string[] = []): void {
  const { strategy = "round-robin" } = options;
  const known = [...STRATEGIES, ...more];
  if (!known.includes(strategy))
    throw new DefinitionError(`${who}: strategy "${strategy}"; choose ${known.join(", ")}`);
  const { key, afterMs } = options as { readonly key?: unknown; readonly afterMs?: unknown };
  if (strategy === "consistent-hash" && typeof key !== "function")
    throw new DefinitionError(`${who}: consistent-hash needs the function \`key(method, payload)\``);
  if (afterMs !== undefined && !(typeof afterMs === "number" && afterMs > 0))
    throw new DefinitionError(`${who}: afterMs ${String(afterMs)}; give milliseconds above 0`);
}
