// Runs of one contender, wherever it lives: those that warm it up, and one that counts.

import type { Measured, Scale, Session } from "./question.js";

const RUN_LIMIT_MS = 60_000;
/** Lets the threads of the contender before fall asleep. */
const SETTLE_MS = 40;

export async function warmUp(session: Session, { warmUpMs }: Scale): Promise<void> {
  const untilMs = performance.now() + warmUpMs;
  do await withLimit(session.run());
  while (performance.now() < untilMs);
}

/** One run, with the processor time that this process spent on it. */
export async function countedRun(session: Session): Promise<Measured> {
  await pause(SETTLE_MS);
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const measured = await withLimit(session.run());
  const { user, system } = process.cpuUsage(before);
  return { cpuCores: (user + system) / 1000 / (performance.now() - startedMs), ...measured };
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

async function withLimit<Value>(work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`a run took longer than ${RUN_LIMIT_MS / 1000} s`)),
      RUN_LIMIT_MS,
    );
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
