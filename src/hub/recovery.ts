// The hub's memory after a start: the newest checkpoint, then every entry behind it. Nothing here has an effect on the
// world; what recovered tasks need next (a place in the queue, a new attempt) is hub/resume.ts.
//
// A checkpoint is made while the hub works on, so its tasks may already have changes that the tail repeats: an entry
// whose step a task has seen is skipped. Counts are exact without that: they are taken at one moment, and every entry
// behind that moment counts.

import { unreachable } from "../base/invariant.js";
import type { Journal } from "../store/journal.js";
import type { Location } from "../store/page-format.js";
import type {
  AgentEntry,
  AgentRecord,
  JournalEntry,
  TaskEntry,
  TaskQueued,
  TaskReopened,
  TaskRetrying,
  TaskSettled,
} from "../wire/entries.js";
import { ENTRY, isTaskEntry } from "../wire/entries.js";
import type { AgentRow } from "./agent-row.js";
import type { AgentSummary, CheckpointHeader, KeyTuple, OpenTaskRow } from "./checkpoint-format.js";
import { readCheckpoint } from "./checkpoint-format.js";
import { changeOf } from "./entry-codec.js";
import { takeLesson, takeTold } from "./lessons.js";
import type { HubParts } from "./parts.js";
import { applyChange, recordFrom, TaskRecord, unpackSpec } from "./task-record.js";
import { initialState } from "./task-state.js";

export interface RecoveryReport {
  readonly entries: number;
  readonly openTasks: number;
  readonly truncatedPages: number;
  readonly hadCheckpoint: boolean;
  /** The highest fencing number of any earlier lease. */
  readonly lastFence: number;
}

/** Makes a row for a recovered agent, with its definition if that is loaded. */
export type MakeRow = (number: number, record: AgentRecord) => AgentRow;

/** Reads the journal into the hub's parts. Once, before anything else happens. */
export async function recoverHub(
  parts: HubParts,
  journal: Journal<JournalEntry>,
  makeRow: MakeRow,
): Promise<RecoveryReport> {
  const recovery = new Recovery(parts, makeRow);
  const recovered = await journal.recover(
    (entry, at) => recovery.apply(entry, at),
    (checkpoint) => {
      if (checkpoint !== undefined) readCheckpoint(checkpoint, recovery);
    },
  );
  return {
    entries: recovered.entries,
    openTasks: parts.ledger.openCount,
    truncatedPages: recovered.truncatedPages,
    hadCheckpoint: recovered.checkpoint !== undefined,
    lastFence: recovery.lastFence,
  };
}

class Recovery {
  readonly #parts: HubParts;
  readonly #makeRow: MakeRow;
  lastFence = 0;

  constructor(parts: HubParts, makeRow: MakeRow) {
    this.#parts = parts;
    this.#makeRow = makeRow;
  }

  header(header: CheckpointHeader): void {
    const { ledger, roster, archive } = this.#parts;
    ledger.restoreTotals(header.totals);
    ledger.reserveNumber(header.nextTask - 1);
    roster.reserveNumber(header.nextAgent - 1);
    this.lastFence = header.nextFence - 1;
    for (const [number, id, name] of header.departed) roster.rememberDeparted(number, { id, name });
    for (const summary of header.agents) this.#restoreAgent(summary);
    archive.restoreLists(header.lists);
    if (header.learned !== undefined) this.#parts.learner.restore(header.learned);
  }

  task([number, step, attempt, state, spec, course]: OpenTaskRow): void {
    const record = recordFrom(number, spec, course, this.#parts.kinds, state);
    record.step = step;
    record.attempt = attempt;
    record.onDisk = true;
    this.#parts.ledger.restore(record);
  }

  key([key, task, bodyHash, atMs]: KeyTuple): void {
    this.#parts.keys.claim(key, { task, bodyHash, atMs, inFlight: false });
  }

  apply(entry: JournalEntry, at: Location): void {
    if (isTaskEntry(entry)) this.#applyToTask(entry, at);
    else this.#applyToAgent(entry);
  }

  #applyToTask(entry: TaskEntry, at: Location): void {
    switch (entry[0]) {
      case ENTRY.taskQueued:
        this.#queued(entry, at);
        return;
      case ENTRY.taskSettled:
        this.#settled(entry, at);
        return;
      case ENTRY.taskReopened:
        this.#reopened(entry);
        return;
      default: {
        const record = this.#parts.ledger.find(entry[1]);
        if (entry[0] === ENTRY.taskRetrying) this.#retried(entry);
        if (record === undefined || entry[2] <= record.step) return;
        const { change, end } = changeOf(entry);
        applyChange(record, change, end);
        if (entry[0] === ENTRY.taskAssigned) {
          record.matched = entry[7];
          this.lastFence = Math.max(this.lastFence, entry[6]);
        }
      }
    }
  }

  #queued([, number, , , status, spec]: TaskQueued, at: Location): void {
    const { ledger, archive, keys, kinds } = this.#parts;
    ledger.countSubmitted();
    ledger.reserveNumber(number);
    archive.noteAsked(number, at);
    if (ledger.find(number) !== undefined) return;
    const tuple = unpackSpec(spec);
    const state = initialState(status === 0 ? "queued" : status === 1 ? "blocked" : "scheduled");
    const record = new TaskRecord(number, spec, tuple, kinds.of(tuple), state);
    record.onDisk = true;
    ledger.restore(record);
    const [key, bodyHash] = [tuple[15], tuple[16]];
    if (key === null || bodyHash === null) return;
    keys.claim(key, { task: number, bodyHash, atMs: tuple[1], inFlight: false });
  }

  #settled(entry: TaskSettled, at: Location): void {
    const [, number, , , status, , , course, endsAttempt, lesson] = entry;
    const { ledger, archive } = this.#parts;
    ledger.countSettled(status);
    archive.noteEnded(number, status, at);
    const attempt = course[0].at(-1);
    if (endsAttempt && attempt !== undefined) takeLesson(this.#parts, attempt, lesson);
    ledger.forget(number);
  }

  #reopened([, number, step, , blocked, from, spec, course]: TaskReopened): void {
    const { ledger, archive, kinds } = this.#parts;
    ledger.countReopened(from);
    archive.noteReopened(number, from);
    const known = ledger.find(number);
    if (known !== undefined && known.step >= step) return;
    const record = recordFrom(number, spec, course, kinds, initialState(blocked ? "blocked" : "queued"));
    record.step = step;
    record.onDisk = true;
    ledger.restore(record);
  }

  #retried([, , , atMs, , ended, error, agent, lesson]: TaskRetrying): void {
    this.#parts.ledger.retries += 1;
    takeLesson(this.#parts, [0, agent, atMs, atMs, ended, error], lesson);
  }

  #applyToAgent(entry: AgentEntry): void {
    const { roster } = this.#parts;
    switch (entry[0]) {
      case ENTRY.agentCreated:
        if (roster.byNumber(entry[1]) === undefined) roster.add(this.#makeRow(entry[1], entry[2]));
        return;
      case ENTRY.agentRemoved: {
        const row = roster.byNumber(entry[1]);
        if (row !== undefined) roster.remove(row);
        this.#parts.learner.forget(entry[1]);
        return;
      }
      case ENTRY.agentLearned:
        takeTold(this.#parts, entry);
        return;
      case ENTRY.agentFailed:
        // A start is a fresh chance: an agent that had failed before is started again.
        return;
      default:
        unreachable(entry);
    }
  }

  #restoreAgent(summary: AgentSummary): void {
    const [number, record, completed, failed, latencyMs, lastActiveMs, practice] = summary;
    const row = this.#makeRow(number, record);
    row.completed = completed;
    row.failed = failed;
    row.latencyMs = latencyMs;
    row.lastActiveMs = lastActiveMs;
    for (const [name, experience, lastUsedMs, proficiency] of practice) {
      row.restorePractice(name, experience, lastUsedMs, proficiency);
    }
    this.#parts.roster.add(row);
  }
}
