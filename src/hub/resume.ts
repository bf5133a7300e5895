// What recovered tasks need next. Queued ones take their place in line again; sleeping ones wake when they are due;
// blocked ones look at their dependencies; attempts that the end of the process cut off count, and the task goes on.

import { unreachable } from "../base/invariant.js";
import { taskError } from "./agent-error.js";
import type { Dependencies } from "./dependencies.js";
import type { Dispatcher } from "./dispatch.js";
import type { HubParts } from "./parts.js";
import type { Settler } from "./settle.js";
import type { TaskRecord } from "./task-record.js";

const INTERRUPTED = taskError("INTERRUPTED", "the hub's process ended during the attempt", true, "medium");

export interface ResumeReport {
  readonly queued: number;
  readonly interrupted: number;
  readonly sleeping: number;
  readonly blocked: number;
}

/** Gives every open task its place. The roster is complete by then, so that each lane is judged once. */
export function resumeTasks(
  parts: HubParts,
  dispatcher: Dispatcher,
  settler: Settler,
  dependencies: Dependencies,
): ResumeReport {
  const report = { queued: 0, interrupted: 0, sleeping: 0, blocked: 0 };
  // A copy: interrupting can settle a task, which leaves the open ones.
  const open = [...parts.ledger.open()];
  dispatcher.together(() => {
    for (const record of open) {
      if (record.deadlineMs > 0) parts.agenda.watchDeadline(record);
      resume(record);
    }
  });
  return report;

  function resume(record: TaskRecord): void {
    const { state } = record;
    switch (state.kind) {
      case "queued":
        report.queued += 1;
        dispatcher.enqueue(record);
        return;
      case "blocked":
        report.blocked += 1;
        dependencies.admitted(record);
        return;
      case "retrying":
      case "scheduled":
        report.sleeping += 1;
        parts.agenda.sleep(record, state.dueMs);
        return;
      case "assigned":
      case "running":
      case "waiting":
        report.interrupted += 1;
        settler.interrupt(record, INTERRUPTED);
        return;
      case "completed":
      case "failed":
      case "cancelled":
      case "expired":
      case "dead":
        return;
      default:
        unreachable(state);
    }
  }
}
