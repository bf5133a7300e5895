// How an incarnation takes leave: its last hook, `restarting` or `stopped`, on the state that was. Bounded wherever the
// end came from: one of the actor's own will, or a restart, has no parent who waits with a watch in hand.

import { type Cell, isThenable } from "./cell.js";
import type { Context } from "./context.js";
import type { SpawnOptions, StopReason } from "./definition.js";
import type { Kernel } from "./kernel.js";

/** How long a stop may take before the actor is abandoned. */
const SHUTDOWN_MS = 5_000;

/** Milliseconds that an end may take; undefined for as long as it likes. */
export function leaveLimitMs(shutdownMs: SpawnOptions["shutdownMs"] = SHUTDOWN_MS): number | undefined {
  if (shutdownMs === "unlimited") return undefined;
  return shutdownMs === "brutal" ? 0 : shutdownMs;
}

/**
 * Runs a last hook, synchronous or not, then goes on: once, at the limit at the latest, and says whether it was `late`.
 * A hook that fails is logged and changes nothing.
 */
export function takeLeave(
  cell: Cell,
  name: "restarting" | "stopped",
  argument: Error | StopReason,
  then: (late: boolean) => void,
): void {
  const { context, definition, kernel, incarnation } = cell;
  const hook = definition.hooks[name] as ((ctx: Context, argument: unknown) => unknown) | undefined;
  // There may never have been a state to call it on.
  if (hook === undefined || context === undefined) return then(false);
  const sayFailed = (error: unknown) =>
    kernel.ports.log.log("error", "an actor's hook failed", { actor: cell.path, error: String(error) });
  let result: unknown;
  try {
    result = hook(context.fork(), argument);
  } catch (error) {
    sayFailed(error);
  }
  if (!isThenable(result)) return then(false);
  const family = kernel.familyOf(cell);
  let left = false;
  const leave = (late: boolean) => {
    // What is left of a restart that a stop overtook has no say in that.
    if (left || cell.incarnation !== incarnation) return;
    left = true;
    family.cancelPending(cell);
    then(late);
  };
  const limitMs = leaveLimitMs(cell.shutdownMs);
  if (limitMs !== undefined)
    family.pending.set(
      cell,
      kernel.ports.timers.after(limitMs, () => leave(true)),
    );
  Promise.resolve(result).then(
    () => leave(false),
    (error: unknown) => {
      sayFailed(error);
      leave(false);
    },
  );
}

/** An actor was not waited for any longer. */
export function sayAbandoned(kernel: Kernel, path: string, thread = kernel.thread): void {
  kernel.emit({ type: "actor-abandoned", path, thread });
}
