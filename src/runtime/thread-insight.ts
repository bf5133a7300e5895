// What a thread answers about its actors. The main thread asks itself the same way, without the control plane between.

import type { Where } from "../actor/control-message.js";
import {
  type DeadLetter,
  type ReplayOrder,
  type ReplayOutcome,
  replayLetters,
} from "../actor/dead-letters.js";
import { type ActorRow, type WalkRoot, walk } from "../actor/inspect.js";
import type { Kernel } from "../actor/kernel.js";
import { findBelow } from "../actor/lookup.js";
import { setTraced, type Traceable } from "../actor/trace.js";

/** What can be asked of any thread about its actors. */
export interface ThreadInsight {
  /** Rows of the actors at `roots` and below, at most `limit`. */
  inspect(roots: readonly WalkRoot[], limit: number): ActorRow[];
  /** Without their payloads, which stay where they are. */
  deadLetters(): readonly DeadLetter[];
  replay(orders: readonly ReplayOrder[]): readonly ReplayOutcome[];
  /** Begins or ends a trace of an actor. */
  trace(actor: Where, on: boolean): Traceable;
  /** Finds an actor below one that lives here, name by name, as far as this thread knows it. */
  find(from: Where, names: readonly string[]): Found | undefined;
}

/** An actor that was found, and the names that are left to follow from there. */
export interface Found {
  readonly where: Where;
  readonly names: readonly string[];
  readonly remote: readonly string[];
}

export function insightInto(kernel: Kernel): ThreadInsight {
  return {
    inspect: (roots, limit) => walk(kernel, roots, limit),
    deadLetters: () => kernel.deadLetters.list().map((letter) => ({ ...letter, payload: undefined })),
    replay: (orders) => replayLetters(kernel, orders),
    trace: (actor, on) => setTraced(kernel, actor, on),
    find: (from, names) => findBelow(kernel, from, names),
  };
}
