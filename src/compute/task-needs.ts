// What a task asks of an agent, and what is known of agents for tasks like it.

import type { OutcomeColumns } from "./rank-query.js";

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
  /**
   * What is known of each agent for tasks of this kind, one value per row of the table; a column that is left out is
   * the table's own, of all kinds. Whoever learns keeps these, as the chooser does for the hub (chooser.ts).
   */
  readonly outcomes?: Partial<OutcomeColumns>;
  /** 256 values of any length: what the task is about. Without one, and where it is all 0, likeness does not count. */
  readonly embedding?: Float32Array | undefined;
  /** How like the task each row is, 0 … 1, for those who know it without comparing embeddings (likeness.ts). */
  readonly likeness?: Float32Array | undefined;
}

/** Below every proficiency an agent can have, above the 0 of one that lacks the capability. */
const SMALLEST_PROFICIENCY = 2 ** -126;

/** The least proficiency as the 32-bit columns are compared with it. */
export function minimumOf({ min }: Requirement): number {
  return Math.fround(Math.max(min, SMALLEST_PROFICIENCY));
}
