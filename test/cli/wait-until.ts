// Waits for a condition instead of a time. The test's own timeout bounds it.

import { setTimeout as pause } from "node:timers/promises";

const POLL_MS = 10;

export async function waitUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(POLL_MS);
}
