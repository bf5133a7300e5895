// Whether and when a failed attempt is tried again. Pure: numbers in, a verdict out.

import type { Random } from "../base/random.js";
import type { TaskError } from "../wire/task-shapes.js";

export interface BackoffPolicy {
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** The wait is lengthened by up to this share, by chance. */
  readonly jitter: number;
}

/** Between attempts: initial 1 s, doubled each time, at most 60 s, then spread by up to a fifth. */
export const BACKOFF: BackoffPolicy = Object.freeze({
  initialMs: 1_000,
  factor: 2,
  maxMs: 60_000,
  jitter: 0.2,
});

export type Verdict =
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "fail" }
  | { readonly kind: "die" };

/** How long to wait after `attemptsSpent` attempts. The jitter only lengthens, so that a burst spreads out. */
export function backoffMs(policy: BackoffPolicy, attemptsSpent: number, random: Random): number {
  const exponent = Math.min(attemptsSpent - 1, 30);
  const base = Math.min(policy.maxMs, policy.initialMs * policy.factor ** exponent);
  return Math.round(base * (1 + random.next() * policy.jitter));
}

/** What follows a failed attempt: not retryable fails, out of attempts dies, otherwise it is tried again. */
export function judgeFailure(
  policy: BackoffPolicy,
  error: TaskError,
  attemptsSpent: number,
  attemptsLeft: number,
  random: Random,
): Verdict {
  if (!error.retryable) return { kind: "fail" };
  if (attemptsLeft <= 0) return { kind: "die" };
  return { kind: "retry", delayMs: backoffMs(policy, attemptsSpent, random) };
}
