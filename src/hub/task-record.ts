// A task in the memory of the hub: the few fields that matching and timing need, its state, and its spec as the bytes
// that were journalled. Changed only by `applyChange`, live and at boot alike.
// Why the spec stays packed: a million open tasks must fit in memory, and most of the hub never looks inside.

import { unpackPlain } from "../wire/codec.js";
import type { AttemptTuple, CourseTuple, SpecTuple } from "../wire/entries.js";
import type { AttemptStatus, TaskError } from "../wire/task-shapes.js";
import { NOWHERE } from "./heap.js";
import type { TaskKind, TaskKinds } from "./task-kind.js";
import type { TaskChange, TaskState } from "./task-state.js";
import { isHeld, transition } from "./task-state.js";

const NO_ATTEMPTS: readonly AttemptTuple[] = Object.freeze([]);
const NO_IDS: readonly string[] = Object.freeze([]);

/** Somebody who waits until a task is settled and flushed. */
export type SettledWaiter = (record: TaskRecord) => void;

/** How the attempt under way ended, with a change that ends it. */
export interface AttemptEnd {
  readonly status: AttemptStatus;
  readonly error: TaskError | null;
  readonly atMs: number;
}

export class TaskRecord {
  readonly number: number;
  readonly id: string;
  readonly spec: Uint8Array;
  readonly createdMs: number;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly deadlineMs: number;
  readonly dependsOn: readonly string[];
  /** 0 low … 3 critical; raised by the load rule. */
  priority: number;
  /** Where it stands among waiting tasks: smaller goes first. See hub/queue.ts. */
  rank = 0;
  readonly kind: TaskKind;
  state: TaskState;
  /** Changes so far; the one that created it is 0. */
  step = 0;
  /** Attempts so far, the one under way included. */
  attempt = 0;
  attemptsBeforeReopen = 0;
  history: readonly AttemptTuple[] = NO_ATTEMPTS;
  matched: Uint8Array | null = null;
  firstStartedMs = 0;
  progress = 0;
  progressMessage: string | undefined = undefined;
  result: Uint8Array | null = null;
  error: TaskError | null = null;
  /** Open tasks that this one still depends on. */
  blockers = 0;
  dependents: TaskRecord[] | undefined = undefined;
  waiters: SettledWaiter[] | undefined = undefined;
  /** The entry that opened it is on disk. */
  onDisk = false;
  /** The entry that created it could not be written: whatever comes back for it is ignored. */
  dropped = false;
  /** Place in the one heap that its state implies: of its lane while queued, of the agenda while it sleeps. */
  heapIndex = NOWHERE;
  deadlineIndex = NOWHERE;

  constructor(number: number, spec: Uint8Array, tuple: SpecTuple, kind: TaskKind, state: TaskState) {
    this.number = number;
    this.spec = spec;
    this.kind = kind;
    this.id = tuple[0];
    this.createdMs = tuple[1];
    this.priority = tuple[5];
    this.timeoutMs = tuple[10];
    this.maxRetries = tuple[11];
    this.deadlineMs = tuple[12];
    this.dependsOn = tuple[13].length === 0 ? NO_IDS : tuple[13];
    this.state = state;
  }

  /** Attempts since the last reopening; the limit counts these. */
  get attemptsSpent(): number {
    return this.attempt - this.attemptsBeforeReopen;
  }

  /** The agent of the last attempt that ended, which a retry prefers not to meet again. */
  get lastAgent(): number | undefined {
    return this.history.at(-1)?.[1];
  }

  get attemptsLeft(): number {
    return this.maxRetries + 1 - this.attemptsSpent;
  }
}

export function unpackSpec(bytes: Uint8Array): SpecTuple {
  return unpackPlain(bytes) as SpecTuple;
}

/**
 * Moves `record` to its next state and keeps its attempts. `end` says how the attempt under way ended, for a change
 * that ends one. Throws a `BugError` when the state does not allow the change, and then has changed nothing.
 */
export function applyChange(record: TaskRecord, change: TaskChange, end: AttemptEnd | undefined): void {
  const before = record.state;
  const after = transition(before, change);
  if (isHeld(before) && !isHeld(after) && end !== undefined) closeAttempt(record, before, end);
  record.state = after;
  record.step += 1;
  switch (change.kind) {
    case "assign":
      record.attempt = change.attempt;
      return;
    case "start":
      if (record.firstStartedMs === 0) record.firstStartedMs = change.startedMs;
      return;
    case "retry":
      record.progress = 0;
      record.progressMessage = undefined;
      return;
    case "complete":
      record.progress = 1;
      record.progressMessage = undefined;
      record.error = null;
      return;
    case "fail":
    case "die":
    case "cancel":
    case "expire":
      record.progressMessage = undefined;
      return;
    case "reopen":
      record.attemptsBeforeReopen = record.attempt;
      record.progress = 0;
      record.error = null;
      record.result = null;
      return;
    default:
      return;
  }
}

function closeAttempt(
  record: TaskRecord,
  held: Extract<TaskState, { attempt: number }>,
  end: AttemptEnd,
): void {
  const startedMs = held.kind === "assigned" ? held.assignedMs : held.startedMs;
  const ended: AttemptTuple = [held.attempt, held.agent, startedMs, end.atMs, end.status, end.error];
  record.history = record.history.length === 0 ? [ended] : [...record.history, ended];
}

/** How the task went so far, for the entries that settle or reopen it and for checkpoints. */
export function courseOf(record: TaskRecord): CourseTuple {
  const { history, attemptsBeforeReopen, matched, firstStartedMs, progress } = record;
  return [history, attemptsBeforeReopen, matched, firstStartedMs, progress];
}

/** A record from its spec and its course, in `state`. The caller knows step, result and error. */
export function recordFrom(
  number: number,
  spec: Uint8Array,
  course: CourseTuple,
  kinds: TaskKinds,
  state: TaskState,
): TaskRecord {
  const tuple = unpackSpec(spec);
  const record = new TaskRecord(number, spec, tuple, kinds.of(tuple), state);
  record.history = course[0];
  record.attemptsBeforeReopen = course[1];
  record.matched = course[2];
  record.firstStartedMs = course[3];
  record.progress = course[4];
  record.attempt = record.history.at(-1)?.[0] ?? 0;
  return record;
}
