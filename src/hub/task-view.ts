// A task as everybody reads it, made from its record when somebody asks.

import { unpackPlain } from "../wire/codec.js";
import type { AttemptTuple, SpecTuple } from "../wire/entries.js";
import type { Attempt, Priority, Task } from "../wire/task-shapes.js";
import { PRIORITIES } from "../wire/task-shapes.js";
import { isoTime } from "./iso-time.js";
import { firstMatched } from "./matched.js";
import type { Roster } from "./roster.js";
import type { TaskRecord } from "./task-record.js";
import { unpackSpec } from "./task-record.js";
import { isHeld } from "./task-state.js";

/** What a view needs beside the record. */
export interface ViewSources {
  readonly roster: Roster;
  /** Why a queued task waits, or undefined when it does not. */
  waitingReason(record: TaskRecord): string | undefined;
}

/** Why assignments and not spreads: a page of tasks is a hundred thousand of them per second. */
export function viewTask(record: TaskRecord, sources: ViewSources): Task {
  const spec = unpackSpec(record.spec);
  const { state } = record;
  const view: Writable<Task> = {
    id: record.id,
    status: state.kind,
    description: spec[2],
    type: spec[4],
    priority: PRIORITIES[record.priority] as Priority,
    required_capabilities: spec[9] as Task["required_capabilities"],
    parameters: spec[3],
    timeout_seconds: record.timeoutMs / 1000,
    max_retries: record.maxRetries,
    depends_on: spec[13] as string[],
    tags: spec[14] as string[],
    created_at: isoTime(record.createdMs),
    progress: record.progress,
    attempts: attemptsOf(record, sources.roster),
  };
  addWishes(view, spec, record);
  addCourse(view, record, sources);
  return view;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What the caller asked for beyond what every task has. */
function addWishes(view: Writable<Task>, spec: SpecTuple, record: TaskRecord): void {
  if (spec[6] !== null) view.action = spec[6];
  if (spec[7] !== null) view.media_type = spec[7];
  if (spec[8] !== null) view.agent = spec[8];
  if (record.deadlineMs !== 0) view.deadline = isoTime(record.deadlineMs);
  if (spec[15] !== null) view.idempotency_key = spec[15];
  if (spec[17] !== null) view.callback_url = spec[17];
}

/** How far it came. */
function addCourse(view: Writable<Task>, record: TaskRecord, { roster, waitingReason }: ViewSources): void {
  const { state, history } = record;
  const last = history.at(-1);
  const agent = isHeld(state) ? state.agent : last?.[1];
  if (agent !== undefined) view.assigned_agent = roster.namesOf(agent).id;
  if (record.firstStartedMs !== 0) view.started_at = isoTime(record.firstStartedMs);
  if ("settledMs" in state) view.completed_at = isoTime(state.settledMs);
  if (last !== undefined) view.execution_time_ms = Math.max(0, last[3] - last[2]);
  if (record.progressMessage !== undefined) view.progress_message = record.progressMessage;
  if (state.kind === "completed") view.result = record.result === null ? null : unpackPlain(record.result);
  if (record.error !== null) view.error = record.error;
  const reason = waitingReason(record);
  if (reason !== undefined) view.waiting_reason = reason;
  const chosen = record.matched === null ? undefined : firstMatched(record.matched);
  if (chosen === undefined) return;
  const { score, terms, predicted } = chosen;
  const more = predicted === undefined ? {} : { predicted };
  view.matched = { agent_id: roster.namesOf(chosen.agent).id, score, terms, ...more };
}

function attemptsOf(record: TaskRecord, roster: Roster): Attempt[] {
  const attempts = record.history.map((one) => viewAttempt(one, roster));
  const { state } = record;
  if (!isHeld(state)) return attempts;
  attempts.push({
    attempt_number: state.attempt,
    started_at: isoTime(state.kind === "assigned" ? state.assignedMs : state.startedMs),
    agent_id: roster.namesOf(state.agent).id,
    status: state.kind === "assigned" ? "assigned" : "running",
  });
  return attempts;
}

function viewAttempt(tuple: AttemptTuple, roster: Roster): Attempt {
  const [attempt, agent, startedMs, endedMs, status, error] = tuple;
  return {
    attempt_number: attempt,
    started_at: isoTime(startedMs),
    ended_at: isoTime(endedMs),
    agent_id: roster.namesOf(agent).id,
    status,
    ...(error === null ? {} : { error }),
  };
}
