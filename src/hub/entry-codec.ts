// From a change of a task to its journal entry and back. Live, `entryOf` is called right after `applyChange`, so the
// entry carries the step that the record has now; at boot, `changeOf` gives back what `applyChange` needs.

import { invariant, unreachable } from "../base/invariant.js";
import type { LessonTuple, TaskEntry, TaskQueued, TaskReopened, TaskSettled } from "../wire/entries.js";
import { ENTRY } from "../wire/entries.js";
import type { SettledStatus } from "../wire/task-shapes.js";
import type { AttemptEnd, TaskRecord } from "./task-record.js";
import { courseOf } from "./task-record.js";
import type { TaskChange, TaskState } from "./task-state.js";

/** The entry that queues a new task. */
export function queuedEntry(record: TaskRecord): TaskQueued {
  const status = record.state.kind === "blocked" ? 1 : record.state.kind === "scheduled" ? 2 : 0;
  return [ENTRY.taskQueued, record.number, record.step, record.createdMs, status, record.spec];
}

/**
 * The entry of a change that `record` has just made. `atMs` is when; `from` is the state it left; `lesson` is what the
 * attempt that it ended says about its agent.
 */
export function entryOf(
  record: TaskRecord,
  change: TaskChange,
  end: AttemptEnd | undefined,
  from: TaskState,
  atMs: number,
  lesson: LessonTuple | null = null,
): TaskEntry {
  const { number, step } = record;
  switch (change.kind) {
    case "assign":
      return [
        ENTRY.taskAssigned,
        number,
        step,
        change.assignedMs,
        change.agent,
        change.attempt,
        change.fence,
        record.matched ?? new Uint8Array(0),
      ];
    case "start":
      return [ENTRY.taskStarted, number, step, change.startedMs];
    case "complete":
    case "fail":
    case "die":
    case "cancel":
    case "expire":
      return settledEntry(record, change.settledMs, end !== undefined, lesson);
    case "retry":
      return retryingEntry(record, change.dueMs, end, atMs, lesson);
    case "requeue":
      return [ENTRY.taskRequeued, number, step, atMs];
    case "release":
      return [ENTRY.taskReleased, number, step, atMs, change.blocked];
    case "ask":
      return [ENTRY.taskAsked, number, step, change.askedMs];
    case "answer":
      return [ENTRY.taskAnswered, number, step, atMs];
    case "reopen":
      return reopenedEntry(record, change.blocked, from.kind as SettledStatus, atMs);
    default:
      return unreachable(change);
  }
}

function retryingEntry(
  record: TaskRecord,
  dueMs: number,
  end: AttemptEnd | undefined,
  atMs: number,
  lesson: LessonTuple | null,
): TaskEntry {
  invariant(end !== undefined, "a retry ends an attempt");
  const agent = record.history.at(-1)?.[1] ?? 0;
  return [ENTRY.taskRetrying, record.number, record.step, atMs, dueMs, end.status, end.error, agent, lesson];
}

function settledEntry(
  record: TaskRecord,
  settledMs: number,
  endsAttempt: boolean,
  lesson: LessonTuple | null,
): TaskSettled {
  const status = record.state.kind as SettledStatus;
  const { number, step, error, result } = record;
  return [
    ENTRY.taskSettled,
    number,
    step,
    settledMs,
    status,
    error,
    result,
    courseOf(record),
    endsAttempt,
    lesson,
  ];
}

function reopenedEntry(
  record: TaskRecord,
  blocked: boolean,
  from: SettledStatus,
  atMs: number,
): TaskReopened {
  return [ENTRY.taskReopened, record.number, record.step, atMs, blocked, from, record.spec, courseOf(record)];
}

/** An entry about an open task, as the change it was. Not for entries that begin or end a task's open life. */
export function changeOf(entry: Exclude<TaskEntry, TaskQueued | TaskSettled | TaskReopened>): {
  readonly change: TaskChange;
  readonly end: AttemptEnd | undefined;
} {
  switch (entry[0]) {
    case ENTRY.taskAssigned: {
      const [, , , assignedMs, agent, attempt, fence] = entry;
      return { change: { kind: "assign", agent, attempt, fence, assignedMs }, end: undefined };
    }
    case ENTRY.taskStarted:
      return { change: { kind: "start", startedMs: entry[3] }, end: undefined };
    case ENTRY.taskRetrying:
      return {
        change: { kind: "retry", dueMs: entry[4] },
        end: { status: entry[5], error: entry[6], atMs: entry[3] },
      };
    case ENTRY.taskRequeued:
      return { change: { kind: "requeue" }, end: undefined };
    case ENTRY.taskReleased:
      return { change: { kind: "release", blocked: entry[4] }, end: undefined };
    case ENTRY.taskAsked:
      return { change: { kind: "ask", askedMs: entry[3] }, end: undefined };
    case ENTRY.taskAnswered:
      return { change: { kind: "answer" }, end: undefined };
    default:
      return unreachable(entry);
  }
}

/** A settled state from its entry. */
export function settledState(entry: TaskSettled): TaskState {
  return { kind: entry[4], settledMs: entry[3] };
}
