// The two decisions of the parent process, pure: does this hub still live (`judgeLife`), and what follows its death
// (`decideRespawn`). The effects are in cli/parent.ts.
// Why quick deaths end the parent: a hub that dies five times within seconds of starting will not be healed by a
// sixth start, and the process manager above should see a failure instead of a busy loop.

/** How a hub process ended, or why the parent ended it. */
export type DeathCause =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "silent"; readonly silentMs: number }
  | { readonly kind: "commit-stalled"; readonly pendingMs: number }
  /** The hub said in words why it cannot start. */
  | { readonly kind: "refused"; readonly exitCode: number; readonly message: string };

export interface RespawnPolicy {
  readonly minMs: number;
  readonly maxMs: number;
  readonly quickDeathMs: number;
  readonly quickDeathsMax: number;
}

export interface Death {
  readonly cause: DeathCause;
  /** From the process's start to its end. */
  readonly livedMs: number;
  /** A hub of this parent was ready at least once, this one or an earlier one. */
  readonly everReady: boolean;
}

export type RespawnVerdict =
  | { readonly kind: "respawn"; readonly delayMs: number; readonly quickDeaths: number }
  | { readonly kind: "give-up"; readonly exitCode: number; readonly message: string };

/** What follows a death nobody asked for. `quickDeaths` counts those in a row before this one. */
export function decideRespawn(policy: RespawnPolicy, quickDeaths: number, death: Death): RespawnVerdict {
  if (death.cause.kind === "refused" && !death.everReady) {
    return { kind: "give-up", exitCode: death.cause.exitCode, message: death.cause.message };
  }
  const isQuick = death.livedMs < policy.quickDeathMs;
  const quickNow = isQuick ? quickDeaths + 1 : 0;
  if (quickNow >= policy.quickDeathsMax) {
    const within = `each within ${policy.quickDeathMs / 1000} s of its start`;
    const message =
      `the hub died ${quickNow} times in a row, ${within}; the last one ${describeDeath(death.cause)}. ` +
      "Hive gives up: read the log above for the cause, then start it again.";
    return { kind: "give-up", exitCode: 1, message };
  }
  const doublings = Math.max(0, quickNow - 1);
  return {
    kind: "respawn",
    delayMs: Math.min(policy.maxMs, policy.minMs * 2 ** doublings),
    quickDeaths: quickNow,
  };
}

/** A cause as the end of a sentence: "the hub …". */
export function describeDeath(cause: DeathCause): string {
  switch (cause.kind) {
    case "exit":
      return `ended with exit code ${cause.code}`;
    case "signal":
      return `was ended by ${cause.signal}`;
    case "silent":
      return `gave no heartbeat for ${Math.round(cause.silentMs)} ms and was killed`;
    case "commit-stalled":
      return `had a commit pending for ${Math.round(cause.pendingMs)} ms and was killed`;
    case "refused":
      return `could not start: ${cause.message}`;
  }
}

export interface WatchPolicy {
  readonly heartbeatTimeoutMs: number;
  readonly commitTimeoutMs: number;
  /** Silence allowed until the hub says it is ready: recovery reads the journal in long turns. */
  readonly startTimeoutMs: number;
}

export interface Pulse {
  readonly isReady: boolean;
  readonly silentMs: number;
  /** How long the hub's oldest unfinished commit had been pending at its last heartbeat; 0 when none. */
  readonly commitPendingMs: number;
}

/** Undefined while the hub is well; else why it has to be killed. */
export function judgeLife(policy: WatchPolicy, pulse: Pulse): DeathCause | undefined {
  const limitMs = pulse.isReady ? policy.heartbeatTimeoutMs : policy.startTimeoutMs;
  if (pulse.silentMs > limitMs) return { kind: "silent", silentMs: pulse.silentMs };
  if (pulse.commitPendingMs >= policy.commitTimeoutMs) {
    return { kind: "commit-stalled", pendingMs: pulse.commitPendingMs };
  }
  return undefined;
}
