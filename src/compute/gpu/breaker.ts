// How long nothing is tried after failures in a row: twice as long each time, so that a device that is broken for good
// costs next to nothing, and one that stumbled is back soon. A call that is answered ends the row.

export interface BreakerPolicy {
  readonly firstRestMs: number;
  readonly longestRestMs: number;
}

export const DEFAULT_BREAKER: BreakerPolicy = Object.freeze({ firstRestMs: 1_000, longestRestMs: 60_000 });

/** The rest after so many failures in a row, at least one. */
export function restAfter({ firstRestMs, longestRestMs }: BreakerPolicy, failures: number): number {
  return Math.min(longestRestMs, firstRestMs * 2 ** Math.min(failures - 1, 30));
}
