// What a task asks of an agent.

export interface Requirement {
  readonly capability: string;
  /** The least proficiency, 0 … 1. With 0 any agent that has the capability at all will do. */
  readonly min: number;
  /** Its weight in fitness. Default 1; 0 filters without counting. */
  readonly weight?: number;
}

export interface TaskNeeds {
  /** At most 32. */
  readonly capabilities: readonly Requirement[];
  /** Bits of `ELIGIBLE` an agent needs. Default all. */
  readonly eligible?: number;
  /** What agents have done in tasks of this kind counts; without one, what they have done in all. */
  readonly kind?: string;
  /** 256 values of any length: what the task is about. Without one, and where it is all 0, likeness does not count. */
  readonly embedding?: Float32Array;
}

/** Below every proficiency an agent can have, above the 0 of one that lacks the capability. */
const SMALLEST_PROFICIENCY = 2 ** -126;

/** The least proficiency as the 32-bit columns are compared with it. */
export function minimumOf({ min }: Requirement): number {
  return Math.fround(Math.max(min, SMALLEST_PROFICIENCY));
}
