// May a supervisor restart once more, and how long does it wait first?
//
// The budget is a sliding window, as in OTP: at most `restarts` within `withinMs`. The backoff grows with each restart
// in a row and forgets after a quiet spell.

import type { Random } from "../base/random.js";

export interface Intensity {
  readonly restarts: number;
  readonly withinMs: number;
}

export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
  /** 0..1: how much of itself a delay may grow by, at random, so that children do not come back in step. */
  readonly jitter?: number;
}

/** When restarts happened, oldest first; never more than `intensity.restarts` of them. */
export interface Budget {
  readonly restartsAtMs: number[];
}

export function emptyBudget(): Budget {
  return { restartsAtMs: [] };
}

/** Takes one restart from the budget; false when it is used up. */
export function chargeBudget(budget: Budget, intensity: Intensity, nowMs: number): boolean {
  const { restartsAtMs } = budget;
  while (restartsAtMs.length > 0 && nowMs - (restartsAtMs[0] ?? 0) > intensity.withinMs) restartsAtMs.shift();
  if (restartsAtMs.length >= intensity.restarts) return false;
  restartsAtMs.push(nowMs);
  return true;
}

/** `min(maxMs, minMs·2^k)·(1 + random·jitter)`; k counts restarts in a row, until (minMs+maxMs)/2 of quiet. */
export function backoffDelayMs(
  backoff: Backoff | undefined,
  history: { streak: number; lastFaultMs: number },
  nowMs: number,
  random: Random,
): number {
  if (backoff === undefined) return 0;
  const quietMs = (backoff.minMs + backoff.maxMs) / 2;
  if (history.streak > 0 && nowMs - history.lastFaultMs >= quietMs) history.streak = 0;
  const delayMs = Math.min(backoff.maxMs, backoff.minMs * 2 ** Math.min(history.streak, 30));
  history.streak++;
  history.lastFaultMs = nowMs + delayMs;
  return delayMs * (1 + random.next() * (backoff.jitter ?? 0));
}
