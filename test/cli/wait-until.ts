// Waits for a condition instead of a time. The test's own timeout bounds it.

import { setTimeout as pause } from "node:timers/promises";

const POLL_MS = 10;

export async function waitUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(POLL_MS);
}

/** Whether a process of this machine still runs. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
