// How long somebody waits, as everything that waits reads it: milliseconds, 0 or Infinity for no limit. Browser-safe.

import { CodedError } from "./errors.js";

/** What a timer can wait, and what deadlines travel as; whoever waits longer than 24 days waits 24 days. */
export const TIME_LIMIT_MAX_MS = 2 ** 31 - 1;

/** Milliseconds until somebody gives up, 0 for never; undefined for what is no such number. */
export function limitOf(timeoutMs: unknown, defaultMs: number): number | undefined {
  if (timeoutMs === undefined) return defaultMs;
  if (timeoutMs === Number.POSITIVE_INFINITY) return 0;
  if (typeof timeoutMs !== "number" || !(timeoutMs >= 0)) return undefined;
  return Math.min(timeoutMs, TIME_LIMIT_MAX_MS);
}

export function wrongTimeout(given: unknown, option = "timeoutMs"): CodedError {
  return new CodedError(
    "OPTIONS",
    `${option}: ${String(given)}; give milliseconds from 0 up, or 0 for no limit`,
  );
}
