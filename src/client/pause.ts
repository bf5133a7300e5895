// Waiting, in the client: how long between attempts, and a wait that a signal ends.
// Why real timers that keep a program alive: a program that waits for its hub to come back must not end meanwhile.

import { cancelled } from "./errors.js";

const FIRST_MS = 100;
const LONGEST_MS = 2_000;

/** How long to wait before attempt `attempt` (1, 2, …): doubling from 100 ms to 2 s, between half and all of it. */
export function backoffMs(attempt: number): number {
  const wholeMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 10));
  return wholeMs * (0.5 + Math.random() / 2);
}

/** Resolves after `ms`; rejects CANCELLED when the signal aborts first. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(cancelled(signal));
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(cancelled(signal as AbortSignal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
