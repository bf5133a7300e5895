// How tasks end: an attempt's answer becomes a result, another attempt, or a failure; people cancel; deadlines pass;
// dependencies fail. Each ending is journalled, and only once that is on disk do the books close and does anybody hear
// of it.
//
// Settled exactly once: an answer counts only under the lease that the task has now; everything later is counted and
// ignored (see `isCurrent` in hub/dispatch.ts).

import type { Location } from "../store/page-format.js";
import { packPlain } from "../wire/codec.js";
import type { LessonTuple } from "../wire/entries.js";
import type { EventType } from "../wire/event-shapes.js";
import type { AttemptStatus, SettledStatus, TaskError } from "../wire/task-shapes.js";
import { taskError } from "./agent-error.js";
import type { AgentRow } from "./agent-row.js";
import { outcomeOf } from "./agent-row.js";
import type { Outcome } from "./attempt.js";
import { OUTCOME } from "./attempt.js";
import { dependencyFailed, faultToError, stoppedError } from "./attempt-faults.js";
import type { Dispatcher } from "./dispatch.js";
import { isCurrent } from "./dispatch.js";
import { entryOf } from "./entry-codec.js";
import type { Lease } from "./lease.js";
import { lessonOf, takeLesson } from "./lessons.js";
import type { HubParts } from "./parts.js";
import { judgeFailure } from "./retry.js";
import type { AttemptEnd, TaskRecord } from "./task-record.js";
import { applyChange } from "./task-record.js";
import type { TaskChange } from "./task-state.js";
import { isHeld } from "./task-state.js";
import { teach } from "./teach.js";

/** Called once the entry is on disk, with where it lies and what it teaches. */
type FlushedWithLesson = (at: Location, lesson: LessonTuple | null) => void;

type SettlingChange = Extract<TaskChange, { settledMs: number }>["kind"];

const EVENT_OF: Readonly<Record<SettledStatus, EventType>> = {
  completed: "task_completed",
  failed: "task_failed",
  dead: "task_failed",
  cancelled: "task_cancelled",
  expired: "task_expired",
};

export class Settler {
  readonly #parts: HubParts;
  /** Set once by hub/hub.ts: the two need each other. */
  dispatcher!: Dispatcher;

  constructor(parts: HubParts) {
    this.#parts = parts;
  }

  /** An attempt came back; its slot is already free. */
  answered(lease: Lease, outcome: Outcome | undefined, fault: Error | undefined): void {
    if (!isCurrent(lease)) {
      this.#parts.ledger.lateAnswers += 1;
      return;
    }
    if (lease.stopping !== undefined) {
      const status = lease.stopping === "timeout" ? "timed_out" : "interrupted";
      this.#failAttempt(lease, stoppedError(lease), status);
    } else if (outcome === undefined) {
      this.#failAttempt(lease, faultToError(fault, lease.agent.record.name), "failed");
    } else if (outcome[0] === OUTCOME.completed) {
      this.#complete(lease, outcome[1]);
    } else if (outcome[0] === OUTCOME.completedLarge) {
      this.#keepLargeResult(lease, outcome[1]);
    } else {
      this.#failAttempt(lease, outcome[1], "failed");
    }
  }

  /** A lease is due: first its attempt is told to stop, then, if it does not, its incarnation ends. */
  leaseDue(lease: Lease): void {
    if (lease.stopping === undefined) {
      this.dispatcher.stop(lease, "timeout");
      return;
    }
    const { log } = this.#parts;
    const fields = { agent: lease.agent.record.id, attempt: lease.attemptId, reason: lease.stopping };
    log.log("warn", "an attempt ignored its signal; its agent is replaced", fields);
    lease.agent.link?.replace(`attempt ${lease.attemptId} ignored its signal`);
    this.dispatcher.answer(lease, undefined, undefined);
  }

  /** A sleeping task wakes: its backoff is over, or its time has come. */
  wake(record: TaskRecord): void {
    const change: TaskChange =
      record.state.kind === "scheduled"
        ? { kind: "release", blocked: record.blockers > 0 }
        : { kind: "requeue" };
    this.#journal(record, change, undefined);
    if (record.state.kind === "queued") this.dispatcher.enqueue(record);
  }

  deadlinePassed(record: TaskRecord): void {
    const error = taskError(
      "DEADLINE_EXPIRED",
      "the deadline passed before the task was done",
      false,
      "medium",
    );
    this.#abandon(record, "expire", error);
  }

  /** Cancels an open task. */
  cancel(record: TaskRecord, reason: string | undefined): void {
    this.#abandon(record, "cancel", taskError("CANCELLED", reason ?? "cancelled by a person", false, "low"));
  }

  /** Fails a blocked task whose dependency can no longer complete. */
  failBlocked(record: TaskRecord, dependency: TaskRecord): void {
    this.#abandon(record, "fail", dependencyFailed(dependency));
  }

  /** The dependency of a blocked task is completed. */
  unblock(record: TaskRecord): void {
    record.blockers -= 1;
    if (record.blockers > 0 || record.state.kind !== "blocked") return;
    this.#journal(record, { kind: "release", blocked: false }, undefined);
    this.dispatcher.enqueue(record);
  }

  /** What an attempt was doing was cut off by the end of the process; it counts, and the task goes on. */
  interrupt(record: TaskRecord, error: TaskError): void {
    const nowMs = this.#parts.clock.wallMs();
    const end: AttemptEnd = { status: "interrupted", error, atMs: nowMs };
    if (record.attemptsLeft > 0) this.#retry(record, end, nowMs);
    else this.#settle(record, "die", error, end);
  }

  #complete(lease: Lease, result: Uint8Array | null): void {
    const { task } = lease;
    task.result = result;
    this.#settle(task, "complete", null, {
      status: "completed",
      error: null,
      atMs: this.#parts.clock.wallMs(),
    });
  }

  /** The slot is free, the task is running until its result is kept. */
  #keepLargeResult(lease: Lease, json: Uint8Array): void {
    this.#parts.blobs.put([json], "application/json").then(
      (blob) => {
        if (isCurrent(lease)) this.#complete(lease, packPlain({ blob }));
      },
      (thrown: unknown) => {
        if (!isCurrent(lease)) return;
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        const error = taskError(
          "RESULT_NOT_KEPT",
          `the result could not be kept as a blob: ${why}`,
          true,
          "high",
        );
        this.#failAttempt(lease, error, "failed");
      },
    );
  }

  #failAttempt(lease: Lease, error: TaskError, status: AttemptStatus): void {
    const { task } = lease;
    const { clock, random, settings } = this.#parts;
    const nowMs = clock.wallMs();
    const end: AttemptEnd = { status, error, atMs: nowMs };
    if (status === "interrupted") {
      this.interrupt(task, error);
      return;
    }
    const verdict = judgeFailure(settings.backoff, error, task.attemptsSpent, task.attemptsLeft, random);
    if (verdict.kind === "retry") this.#retry(task, end, nowMs + verdict.delayMs);
    else this.#settle(task, verdict.kind, error, end);
  }

  #retry(record: TaskRecord, end: AttemptEnd, dueMs: number): void {
    this.#parts.ledger.retries += 1;
    this.#journal(record, { kind: "retry", dueMs }, end, (_, lesson) => this.#credit(record, lesson));
    this.#parts.agenda.sleep(record, dueMs);
    const { error } = end;
    const agent = this.#lastAgent(record);
    this.#parts.events.emitTask("task_retrying", record, agent, record.attempt, { due_ms: dueMs, error });
  }

  /** Ends a task from outside, whatever it is doing. */
  #abandon(record: TaskRecord, kind: "cancel" | "expire" | "fail", error: TaskError): void {
    const { state } = record;
    const nowMs = this.#parts.clock.wallMs();
    let end: AttemptEnd | undefined;
    if (state.kind === "queued") this.#parts.waiting.remove(record);
    else if (state.kind === "retrying" || state.kind === "scheduled") this.#parts.agenda.dropSleeper(record);
    else if (isHeld(state)) {
      end = { status: "cancelled", error, atMs: nowMs };
      const lease = this.dispatcher.leaseOf(record);
      if (lease !== undefined) this.dispatcher.stop(lease, kind === "expire" ? "expired" : "cancelled");
    }
    this.#settle(record, kind, error, end);
  }

  #settle(
    record: TaskRecord,
    kind: SettlingChange,
    error: TaskError | null,
    end: AttemptEnd | undefined,
  ): void {
    record.error = error;
    this.#parts.agenda.dropDeadline(record);
    const change: TaskChange = { kind, settledMs: this.#parts.clock.wallMs() };
    this.#journal(record, change, end, (at, lesson) => {
      this.#parts.archive.noteEnded(record.number, record.state.kind as SettledStatus, at);
      if (end !== undefined) this.#credit(record, lesson);
      this.#closeBooks(record);
    });
  }

  /** What the attempt that just ended says about its agent. */
  #credit(record: TaskRecord, lesson: LessonTuple | null): void {
    const attempt = record.history.at(-1);
    const agent = this.#lastAgent(record);
    if (attempt === undefined || agent === undefined) return;
    if (lesson !== null) this.#parts.forecast?.learn(record, agent, attempt);
    teach(this.#parts, this.dispatcher, agent, lesson, () => takeLesson(this.#parts, attempt, lesson));
  }

  /** Undefined while no attempt ended, or when it was cut off from outside. */
  #lessonOf(record: TaskRecord, end: AttemptEnd | undefined): LessonTuple | null {
    if (end === undefined || outcomeOf(end.status) === undefined) return null;
    const agent = this.#lastAgent(record);
    return agent === undefined ? null : lessonOf(record.kind, agent);
  }

  /** The settling entry is on disk. */
  #closeBooks(record: TaskRecord): void {
    const { ledger, archive, events } = this.#parts;
    ledger.settle(record);
    archive.keepRecent(record);
    const status = record.state.kind as SettledStatus;
    const more = status === "completed" ? undefined : { status, error: record.error };
    events.emitTask(EVENT_OF[status], record, this.#lastAgent(record), record.attempt, more);
    const { waiters, dependents } = record;
    record.waiters = undefined;
    record.dependents = undefined;
    if (waiters !== undefined) for (const waiter of waiters) waiter(record);
    if (dependents === undefined) return;
    for (const dependent of dependents) {
      if (record.state.kind === "completed") this.unblock(dependent);
      else if (dependent.state.kind === "blocked") this.failBlocked(dependent, record);
    }
  }

  #lastAgent(record: TaskRecord): AgentRow | undefined {
    const attempt = record.history.at(-1);
    return attempt === undefined ? undefined : this.#parts.roster.byNumber(attempt[1]);
  }

  #journal(
    record: TaskRecord,
    change: TaskChange,
    end: AttemptEnd | undefined,
    flushed?: FlushedWithLesson,
  ): void {
    const from = record.state;
    applyChange(record, change, end);
    const lesson = this.#lessonOf(record, end);
    const entry = entryOf(record, change, end, from, this.#parts.clock.wallMs(), lesson);
    const then = flushed === undefined ? undefined : (at: Location) => flushed(at, lesson);
    this.#parts.writer.write(entry, then, record);
  }
}
