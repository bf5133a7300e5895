// Writing checkpoints, so that a start reads a short tail. Triggered by the number of entries since the last one; made
// in slices between turns of the event loop.
//
// The header is taken at one moment, when everything counted is on disk. Open tasks are added afterwards and may be
// newer; recovery skips what they have seen. Before the bytes are handed over, everything that any of them has seen is
// on disk as well, or the checkpoint is given up.

import type { Clock, Log, Scheduler } from "../base/ports.js";
import type { Journal } from "../store/journal.js";
import type { JournalEntry } from "../wire/entries.js";
import type { AgentRow } from "./agent-row.js";
import type { AgentSummary, KeyTuple, OpenTaskRow } from "./checkpoint-format.js";
import { CHECKPOINT_VERSION, CheckpointBuilder } from "./checkpoint-format.js";
import type { KeyRow } from "./idempotency.js";
import type { HubParts } from "./parts.js";
import type { TaskRecord } from "./task-record.js";
import { courseOf } from "./task-record.js";
import { isSettled } from "./task-state.js";

const SLICE_MS = 4;
const BUNDLE = 256;

export interface CheckpointPorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly nextFence: () => number;
}

export class Checkpointer {
  readonly #parts: HubParts;
  readonly #journal: Journal<JournalEntry>;
  readonly #ports: CheckpointPorts;
  #writtenAtLast = 0;
  #running: Promise<void> | undefined = undefined;
  #made = 0;
  #closed = false;

  constructor(parts: HubParts, journal: Journal<JournalEntry>, ports: CheckpointPorts) {
    this.#parts = parts;
    this.#journal = journal;
    this.#ports = ports;
    parts.writer.watchWritten = (entries) => this.#noteWritten(entries);
  }

  /** Checkpoints written by this run. */
  get made(): number {
    return this.#made;
  }

  /** Makes a checkpoint now, or waits for the one under way. */
  run(): Promise<void> {
    this.#running ??= this.#make().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Lets the one under way finish and makes no other. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#parts.writer.watchWritten = undefined;
    await this.#running;
  }

  #noteWritten(entries: number): void {
    const { settings, ledger } = this.#parts;
    // Why the open tasks count: a checkpoint holds them all, and must stay cheap beside what it saves.
    const due = Math.max(settings.checkpointEntries, 2 * ledger.openCount);
    if (entries - this.#writtenAtLast < due || this.#running !== undefined || this.#closed) return;
    this.#writtenAtLast = entries;
    // Soon, not now: the callbacks of the page that is being acknowledged come first.
    this.#ports.scheduler.soon(() => void this.run());
  }

  async #make(): Promise<void> {
    const { clock, log } = this.#ports;
    const beganMs = clock.nowMs();
    try {
      const throughSeq = this.#journal.lastSeq;
      const builder = new CheckpointBuilder();
      this.#addHeader(builder);
      await this.#addInSlices(this.#parts.ledger.open(), taskRow, (rows) => builder.tasks(rows));
      await this.#addInSlices(this.#parts.keys.entries(), keyRow, (rows) => builder.keys(rows));
      await this.#journal.flushed();
      if (this.#parts.writer.held > 0 || this.#journal.state !== "open") return;
      const state = builder.finish();
      await this.#journal.checkpoint(state, throughSeq);
      this.#made += 1;
      const fields = { bytes: state.length, ms: Math.round(clock.nowMs() - beganMs), throughSeq };
      log.log("debug", "checkpoint written", fields);
    } catch (error) {
      // Why only said: the journal alone is enough to recover from; the next checkpoint comes with more entries.
      const reason = error instanceof Error ? error.message : String(error);
      log.log("warn", "a checkpoint could not be written; the next start reads a longer tail", { reason });
    }
  }

  #addHeader(builder: CheckpointBuilder): void {
    const { ledger, roster, archive, learner } = this.#parts;
    builder.header({
      version: CHECKPOINT_VERSION,
      totals: ledger.totals(),
      nextTask: ledger.nextNumber,
      nextAgent: roster.nextNumber,
      nextFence: this.#ports.nextFence(),
      agents: [...roster.rows()].map(summaryOf),
      departed: [...roster.departed()].map(([number, { id, name }]) => [number, id, name] as const),
      lists: archive.lists(),
      learned: learner.dump(),
    });
  }

  async #addInSlices<T, Row>(
    items: Iterable<T>,
    rowOf: (item: T) => Row | undefined,
    add: (rows: readonly Row[]) => void,
  ): Promise<void> {
    const { clock, scheduler } = this.#ports;
    let rows: Row[] = [];
    let sliceEndMs = clock.nowMs() + SLICE_MS;
    for (const item of items) {
      const row = rowOf(item);
      if (row === undefined || rows.push(row) < BUNDLE) continue;
      add(rows);
      rows = [];
      if (clock.nowMs() < sliceEndMs) continue;
      await new Promise<void>((resolve) => scheduler.soon(resolve));
      sliceEndMs = clock.nowMs() + SLICE_MS;
    }
    if (rows.length > 0) add(rows);
  }
}

/** Undefined for a task that is being admitted or settled: the entry that does it is behind the checkpoint. */
function taskRow(record: TaskRecord): OpenTaskRow | undefined {
  const { number, step, attempt, state, spec } = record;
  return !record.onDisk || isSettled(state.kind)
    ? undefined
    : [number, step, attempt, state, spec, courseOf(record)];
}

function keyRow([key, row]: [string, KeyRow]): KeyTuple | undefined {
  return row.inFlight ? undefined : [key, row.task, row.bodyHash, row.atMs];
}

function summaryOf(agent: AgentRow): AgentSummary {
  return [
    agent.number,
    agent.record,
    agent.completed,
    agent.failed,
    agent.latencyMs,
    agent.lastActiveMs,
    agent.capabilities
      .filter((one) => one.lastUsedMs > 0)
      .map((one) => [one.name, one.experience, one.lastUsedMs, one.proficiency] as const),
  ];
}
