// Waiting on a hub that may go for good. The client waits through every restart, without an end; whoever sits at a
// command line is told when the hub does not answer, and gets the prompt back when it has been gone for long.

import { once, setMaxListeners } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { answers } from "./address-file.js";
import { CommandError, EXIT } from "./exit-codes.js";
import { remark } from "./output.js";

export interface AbsenceOptions {
  /** Ends the work as well. */
  readonly signal?: AbortSignal;
  /** How long the hub may be gone: enough for a respawn with a long recovery. */
  readonly limitMs?: number;
  readonly probeMs?: number;
}

const LIMIT_MS = 60_000;
const PROBE_MS = 2_000;

/** Does `work` until the hub at `url` has not answered for a minute; then rejects with HUB_GONE. */
export async function whileAnswering<T>(
  url: string,
  work: (signal: AbortSignal) => Promise<T>,
  { signal, limitMs = LIMIT_MS, probeMs = PROBE_MS }: AbsenceOptions = {},
): Promise<T> {
  const gone = new AbortController();
  const over = new AbortController();
  const watch = watchAbsence(url, over.signal, { limitMs, probeMs }).then((isGone) => {
    if (isGone) gone.abort();
  });
  try {
    const either = AbortSignal.any(signal === undefined ? [gone.signal] : [signal, gone.signal]);
    // Every request in progress listens; their number is bounded elsewhere.
    setMaxListeners(0, either);
    return await work(either);
  } catch (error) {
    if (!gone.signal.aborted) throw error;
    const seconds = Math.round(limitMs / 1_000);
    const what = `the hub at ${url} has not answered for ${seconds} s, so this command waits no longer`;
    const advice = "what it had taken on goes on when it is back";
    throw new CommandError("HUB_GONE", `${what}; ${advice}`, EXIT.failed, { cause: error });
  } finally {
    over.abort();
    await watch;
  }
}

/** True once the hub has not answered for `limitMs`, false when `over` came first. */
async function watchAbsence(
  url: string,
  over: AbortSignal,
  { limitMs, probeMs }: { readonly limitMs: number; readonly probeMs: number },
): Promise<boolean> {
  // Nobody waits for a probe that is under way.
  const isOver = once(over, "abort").then(() => true);
  let goneSinceMs: number | undefined;
  while (!over.aborted) {
    await pause(probeMs, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return false;
    const isThere = await Promise.race([answers(url, "/livez"), isOver]);
    const nowMs = performance.now();
    if (goneSinceMs === undefined && !isThere) remark(`the hub at ${url} does not answer; waiting for it`);
    if (goneSinceMs !== undefined && isThere) remark(`the hub at ${url} answers again`);
    goneSinceMs = isThere ? undefined : (goneSinceMs ?? nowMs);
    if (goneSinceMs !== undefined && nowMs - goneSinceMs >= limitMs) return true;
  }
  return false;
}
