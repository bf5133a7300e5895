// The event stream: one hub-wide sequence, a bounded replay, and watchers. Facts are emitted after the entry behind
// them is flushed, so nobody is told what a crash could take back.
// Why events are built late: most of the time nobody listens, and 1,000 tasks are 4,000 facts. What is kept is a small
// row; the JSON form is made for a watcher or a replay.

import type { Clock } from "../base/ports.js";
import type { EventType, HubEvent } from "../wire/event-shapes.js";

/** Facts kept for those who resume: about a second of full load, many minutes of a usual one. */
export const REPLAY_EVENTS = 16_384;

interface Row {
  readonly seq: number;
  readonly atMs: number;
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Before this moment there was no Hive: 1 January 2025. */
const EPOCH_MS = 1_735_689_600_000;
const SEQ_PER_MS = 1_000;

/**
 * The sequence a hub starts with at `wallMs`: above every sequence of earlier runs, so that a watcher of one of them
 * learns that it missed something. Nothing has to be stored for it.
 */
export function firstSeqAt(wallMs: number): number {
  return Math.max(0, Math.floor(wallMs - EPOCH_MS)) * SEQ_PER_MS;
}

export type Watcher = (event: HubEvent) => void;

export class EventStream {
  readonly #clock: Clock;
  /** Distinguishes message ids of different runs of the hub. */
  readonly #run: string;
  readonly #rows: Row[] = [];
  readonly #watchers = new Set<Watcher>();
  #lastSeq: number;

  /** `firstSeq` continues an earlier run, so that a watcher of it learns that it missed something. */
  constructor(clock: Clock, firstSeq: number) {
    this.#clock = clock;
    this.#lastSeq = firstSeq;
    this.#run = Math.floor(clock.wallMs()).toString(36);
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  emit(type: EventType, data: Readonly<Record<string, unknown>>): void {
    this.#lastSeq += 1;
    const row: Row = { seq: this.#lastSeq, atMs: this.#clock.wallMs(), type, data };
    this.#rows[row.seq % REPLAY_EVENTS] = row;
    if (this.#watchers.size === 0) return;
    const event = this.#present(row);
    for (const watcher of this.#watchers) watcher(event);
  }

  /** Events after `seq`, or `gone` when some of them are no longer kept or never were. */
  since(seq: number): readonly HubEvent[] | "gone" {
    if (seq === this.#lastSeq) return [];
    const first = this.#rows[(seq + 1) % REPLAY_EVENTS];
    if (seq > this.#lastSeq || first?.seq !== seq + 1) return "gone";
    const events: HubEvent[] = [];
    for (let next = seq + 1; next <= this.#lastSeq; next += 1) {
      events.push(this.#present(this.#rows[next % REPLAY_EVENTS] as Row));
    }
    return events;
  }

  /** Calls `watcher` with every event from now on. Returns how to stop. */
  subscribe(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  #present(row: Row): HubEvent {
    return {
      type: row.type,
      data: row.data,
      timestamp: new Date(row.atMs).toISOString(),
      message_id: `${this.#run}-${row.seq.toString(36)}`,
      seq: row.seq,
    };
  }
}
