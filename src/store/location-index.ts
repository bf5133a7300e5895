// Where the documents of a task lie in the journal: two locations per task number (what was asked, how it ended).
// Numbers are dense, so 120 of them share a record: [checksum, 4 bytes unused, 240 doubles], 0 meaning none.
// New locations are kept in memory and written at checkpoints only; in between the tail of the journal is their
// record. Writing them early is harmless: replaying the tail sets the same again.
// Why 120 and not 128: two records of 1,928 bytes fill one page of LMDB, records of 2,056 would take one page each.

import { crc32c } from "../base/crc32c.js";
import { invariant } from "../base/invariant.js";
import type { Table, Write } from "./database.js";
import type { Location } from "./page-format.js";
import { StoreError } from "./store-errors.js";

const TASKS_PER_RECORD = 120;
const LOCATIONS_PER_TASK = 2;
const RECORD_HEADER_BYTES = 8;
const RECORD_BYTES = RECORD_HEADER_BYTES + TASKS_PER_RECORD * LOCATIONS_PER_TASK * 8;
/** Records written in one commit: about a millisecond of work between two turns of the event loop. */
const RECORDS_PER_BATCH = 64;

/** Which of a task's two locations. */
export type WhichLocation = 0 | 1;

export class LocationIndex {
  readonly #table: Table;
  /** By task number × 2 + which. */
  #fresh = new Map<number, Location>();
  #flushing = new Map<number, Location>();

  constructor(table: Table) {
    this.#table = table;
  }

  /** How many locations wait in memory for the next checkpoint. */
  get pending(): number {
    return this.#fresh.size + this.#flushing.size;
  }

  /** Remembers a location. Only locations of entries that are on disk: those that a settled append was told. */
  set(taskNumber: number, which: WhichLocation, location: Location): void {
    invariant(
      Number.isSafeInteger(taskNumber) && taskNumber >= 0,
      "a task number is a whole number from 0 on",
    );
    this.#fresh.set(taskNumber * LOCATIONS_PER_TASK + which, location);
  }

  /** The location, or undefined where none was ever set. */
  get(taskNumber: number, which: WhichLocation): Location | undefined {
    const slot = taskNumber * LOCATIONS_PER_TASK + which;
    return this.#fresh.get(slot) ?? this.#flushing.get(slot) ?? this.#stored(slot);
  }

  #stored(slot: number): Location | undefined {
    const key = recordOf(slot);
    const record = this.#table.view(key);
    if (record === undefined) return undefined;
    const location = checked(record, key).getFloat64(offsetOf(slot), true);
    return location === 0 ? undefined : (location as Location);
  }

  /** Writes what waits, in bounded batches; settles when it is flushed. What fails to be written keeps waiting. */
  async flush(): Promise<void> {
    invariant(this.#flushing.size === 0, "one flush of the location index at a time");
    this.#flushing = this.#fresh;
    this.#fresh = new Map();
    try {
      const slots = [...this.#flushing.keys()].sort((a, b) => a - b);
      for (let at = 0; at < slots.length; ) at = await this.#writeBatch(slots, at);
    } catch (error) {
      for (const [slot, location] of this.#fresh) this.#flushing.set(slot, location);
      this.#fresh = this.#flushing;
      throw error;
    } finally {
      this.#flushing = new Map();
    }
  }

  /** Writes the records of the slots from `at` on, up to a batch; answers where the next batch begins. */
  async #writeBatch(slots: readonly number[], at: number): Promise<number> {
    const writes: Write[] = [];
    let next = at;
    while (next < slots.length && writes.length < RECORDS_PER_BATCH) {
      const key = recordOf(slots[next] as number);
      const record = new Uint8Array(RECORD_BYTES);
      const stored = this.#table.view(key);
      if (stored !== undefined) record.set(bytesOf(checked(stored, key)));
      const view = viewOf(record);
      for (; next < slots.length && recordOf(slots[next] as number) === key; next++) {
        const slot = slots[next] as number;
        view.setFloat64(offsetOf(slot), this.#flushing.get(slot) as number, true);
      }
      view.setUint32(0, crc32c(record, RECORD_HEADER_BYTES), true);
      writes.push({ key, value: record });
    }
    await this.#table.writeAll(writes);
    return next;
  }
}

function recordOf(slot: number): number {
  return Math.floor(slot / (TASKS_PER_RECORD * LOCATIONS_PER_TASK));
}

function offsetOf(slot: number): number {
  return RECORD_HEADER_BYTES + (slot % (TASKS_PER_RECORD * LOCATIONS_PER_TASK)) * 8;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function checked(record: Uint8Array, key: number): DataView {
  const view = viewOf(record);
  const whole = record.length === RECORD_BYTES;
  if (whole && crc32c(record, RECORD_HEADER_BYTES) === view.getUint32(0, true)) return view;
  const message = `record ${key} of the task index is damaged (${record.length} bytes); restore a backup`;
  throw new StoreError("JOURNAL_CORRUPT", message, { data: { record: key } });
}
