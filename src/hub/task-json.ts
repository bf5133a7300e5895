// Settled tasks as JSON text, kept for those who list tasks again and again.
// Why only settled ones: they never change, so what was written once stays right; the step tells a task that was
// reopened and settled again from the one before. Open tasks are written anew each time.
// Why bytes and not text: a page is joined from them by copying, and the socket takes bytes as they are.

import type { Task } from "../wire/task-shapes.js";
import type { TaskRecord } from "./task-record.js";

/** A few thousand tasks of a usual size; people and pollers look at the youngest. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
/** A larger one is written anew each time, so that it does not push out many others. */
const ONE_BYTES_MAX = 16 * 1024;

interface Kept {
  readonly step: number;
  readonly json: Uint8Array;
}

export class TaskJson {
  /** By number, the oldest entry first. */
  readonly #kept = new Map<number, Kept>();
  #keptBytes = 0;

  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** The JSON of a task that is settled, on disk; `view` is called when it is not at hand. */
  ofSettled(record: TaskRecord, view: (record: TaskRecord) => Task): Uint8Array {
    const kept = this.#kept.get(record.number);
    if (kept !== undefined && kept.step === record.step) return kept.json;
    const json = taskJson(view(record));
    if (kept !== undefined) this.#forget(record.number, kept);
    if (json.byteLength <= ONE_BYTES_MAX) this.#keep(record, json);
    return json;
  }

  #keep({ number, step }: TaskRecord, json: Uint8Array): void {
    this.#kept.set(number, { step, json });
    this.#keptBytes += json.byteLength;
    for (const [oldest, kept] of this.#kept) {
      if (this.#keptBytes <= KEPT_BYTES_MAX) return;
      this.#forget(oldest, kept);
    }
  }

  #forget(number: number, { json }: Kept): void {
    this.#kept.delete(number);
    this.#keptBytes -= json.byteLength;
  }
}

/** A task as JSON text in UTF-8. */
export function taskJson(view: Task): Uint8Array {
  return Buffer.from(JSON.stringify(view));
}
