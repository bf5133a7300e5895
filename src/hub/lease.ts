// The right of one agent to work on one attempt. An agent's free capacity is what its leases leave over, so a slot
// cannot leak: there is no counter beside them that could disagree.
// A lease ends when the agent has answered or its incarnation is gone, not when the task is settled. Why: an agent
// that ignores its signal still works, and must not get more than it can do.

import type { AgentRow } from "./agent-row.js";
import type { HeapOrder } from "./heap.js";
import { NOWHERE } from "./heap.js";
import type { TaskRecord } from "./task-record.js";

/** Why an attempt was told to stop. */
export type StopReason = "timeout" | "cancelled" | "expired" | "shutdown";

export class Lease {
  readonly task: TaskRecord;
  readonly agent: AgentRow;
  readonly attempt: number;
  /** Grows with each lease of the hub. An answer counts only under the newest lease of its task. */
  readonly fence: number;
  /** When it is due: first the attempt's timeout, then, once told to stop, the end of its grace. */
  dueMs = Number.POSITIVE_INFINITY;
  stopping: StopReason | undefined = undefined;
  /** The agent has heard of it. */
  told = false;
  heapIndex = NOWHERE;

  constructor(task: TaskRecord, agent: AgentRow, attempt: number, fence: number) {
    this.task = task;
    this.agent = agent;
    this.attempt = attempt;
    this.fence = fence;
  }

  /** The fencing key that agents use for side effects outside. */
  get attemptId(): string {
    return `${this.task.id}.${this.attempt}`;
  }
}

export const LEASE_ORDER: HeapOrder<Lease> = {
  before: (a, b) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.fence < b.fence),
  placeOf: (lease) => lease.heapIndex,
  place: (lease, index) => {
    lease.heapIndex = index;
  },
};
