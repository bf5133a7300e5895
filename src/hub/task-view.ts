// A task as everybody reads it, made from its record when somebody asks.

import { unpackPlain } from "../wire/codec.js";
import type { AttemptTuple } from "../wire/entries.js";
import type { Attempt, Match, Priority, Task } from "../wire/task-shapes.js";
import { PRIORITIES } from "../wire/task-shapes.js";
import { unpackMatched } from "./matched.js";
import type { Roster } from "./roster.js";
import type { TaskRecord } from "./task-record.js";
import { unpackSpec } from "./task-record.js";
import { isHeld, isSettled } from "./task-state.js";

/** What a view needs beside the record. */
export interface ViewSources {
  readonly roster: Roster;
  /** Why a queued task waits, or undefined when it does not. */
  waitingReason(record: TaskRecord): string | undefined;
}

export function viewTask(record: TaskRecord, sources: ViewSources): Task {
  const spec = unpackSpec(record.spec);
  const { state } = record;
  const agentNumber = isHeld(state) ? state.agent : record.history.at(-1)?.[1];
  const attempts = attemptsOf(record, sources.roster);
  const last = record.history.at(-1);
  const waitingReason = sources.waitingReason(record);
  return {
    id: record.id,
    status: state.kind,
    description: spec[2],
    type: spec[4],
    priority: PRIORITIES[record.priority] as Priority,
    required_capabilities: spec[9].map((one) => ({ ...one })),
    parameters: spec[3],
    ...(spec[6] === null ? {} : { action: spec[6] }),
    ...(spec[7] === null ? {} : { media_type: spec[7] }),
    ...(spec[8] === null ? {} : { agent: spec[8] }),
    timeout_seconds: record.timeoutMs / 1000,
    max_retries: record.maxRetries,
    ...(record.deadlineMs === 0 ? {} : { deadline: isoTime(record.deadlineMs) }),
    depends_on: [...record.dependsOn],
    ...(spec[15] === null ? {} : { idempotency_key: spec[15] }),
    ...(spec[17] === null ? {} : { callback_url: spec[17] }),
    tags: [...spec[14]],
    ...(agentNumber === undefined ? {} : { assigned_agent: sources.roster.namesOf(agentNumber).id }),
    created_at: isoTime(record.createdMs),
    ...(record.firstStartedMs === 0 ? {} : { started_at: isoTime(record.firstStartedMs) }),
    ...(isSettled(state.kind) && "settledMs" in state ? { completed_at: isoTime(state.settledMs) } : {}),
    ...(last === undefined ? {} : { execution_time_ms: Math.max(0, last[3] - last[2]) }),
    progress: record.progress,
    ...(record.progressMessage === undefined ? {} : { progress_message: record.progressMessage }),
    attempts,
    ...(state.kind === "completed"
      ? { result: record.result === null ? null : unpackPlain(record.result) }
      : {}),
    ...(record.error === null ? {} : { error: record.error }),
    ...(waitingReason === undefined ? {} : { waiting_reason: waitingReason }),
    ...matchedOf(record, sources.roster),
  };
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
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

function matchedOf(record: TaskRecord, roster: Roster): { readonly matched?: Match } {
  const chosen = record.matched === null ? undefined : unpackMatched(record.matched)[0];
  if (chosen === undefined) return {};
  const { score, terms } = chosen;
  return { matched: { agent_id: roster.namesOf(chosen.agent).id, score, terms } };
}
