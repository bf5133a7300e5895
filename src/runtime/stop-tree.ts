// The end of the tree of actors: everybody is told, last first; who does not end in time is cut off, by name.

import { type Cell, STOPPED } from "../actor/cell.js";
import { abandonTree } from "../actor/children.js";
import { stopCell } from "../actor/lifecycle.js";
import type { Clock, Timers } from "../base/ports.js";
import { ShutdownLate } from "../base/shutdown.js";

/** Names in the report; of the others only their number. */
const NAMED_MAX = 20;
const LOOK_EVERY_MS = 2;

/**
 * Stops roots with all below them, one after the other. What has not ended within `timeoutMs` is cut off; then this
 * throws `SHUTDOWN_LATE`.
 */
export async function stopTrees(
  roots: readonly Cell[],
  timeoutMs: number,
  { clock, timers }: { clock: Clock; timers: Timers },
): Promise<void> {
  const endMs = clock.nowMs() + timeoutMs;
  const late: string[] = [];
  for (const root of roots) {
    stopCell(root, { code: "shutdown" });
    // Why it looks again and again: an end needs no announcement of its own.
    while (root.status !== STOPPED && clock.nowMs() < endMs)
      await new Promise<void>((resolve) => void timers.after(LOOK_EVERY_MS, resolve));
    if (root.status !== STOPPED) abandonTree(root, { code: "shutdown" }, late);
  }
  const named = late.slice(0, NAMED_MAX).join(", ");
  const more = late.length > NAMED_MAX ? ` and ${late.length - NAMED_MAX} more` : "";
  const data = { actors: late.slice(0, NAMED_MAX), count: late.length };
  if (late.length > 0) throw new ShutdownLate(`${named}${more}`, timeoutMs, data);
}
