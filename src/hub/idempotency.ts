// Idempotency keys of task creation. A key lives in the entry that queues its task, so it holds across a crash; this
// table is only the way from a key to its task. It remembers a key for 24 hours.
// Bound: the youngest million keys (about 200 MB at worst); beyond it the oldest goes early, and is counted.

import { HubError } from "./errors.js";

export const KEY_TTL_MS = 24 * 60 * 60 * 1000;
const KEYS_MAX = 1_000_000;

export interface KeyRow {
  readonly task: number;
  readonly bodyHash: string;
  readonly atMs: number;
  /** Set until the entry is flushed. */
  inFlight: boolean;
}

export class IdempotencyKeys {
  /** In the order in which they were claimed, so the oldest is the first. */
  readonly #rows = new Map<string, KeyRow>();
  #evicted = 0;

  get size(): number {
    return this.#rows.size;
  }

  /** Keys forgotten before their 24 hours because there were too many. */
  get evicted(): number {
    return this.#evicted;
  }

  /**
   * The task a key already stands for, or undefined when it is free. Throws `IDEMPOTENCY_KEY_REUSED` for another
   * body and `IDEMPOTENCY_KEY_IN_FLIGHT` while the first request is still being written.
   */
  find(key: string, bodyHash: string, nowMs: number): number | undefined {
    const row = this.#rows.get(key);
    if (row === undefined) return undefined;
    if (nowMs - row.atMs >= KEY_TTL_MS) {
      this.#rows.delete(key);
      return undefined;
    }
    if (row.bodyHash !== bodyHash) {
      throw new HubError(
        "IDEMPOTENCY_KEY_REUSED",
        "this idempotency key was used with another body within 24 hours; send a new key for a new task",
      );
    }
    if (row.inFlight) {
      throw new HubError(
        "IDEMPOTENCY_KEY_IN_FLIGHT",
        "a request with this idempotency key is being written; repeat it in a moment",
      );
    }
    return row.task;
  }

  claim(key: string, row: KeyRow): void {
    this.#rows.delete(key);
    this.#rows.set(key, row);
    this.#expire(row.atMs);
  }

  /** The entry is flushed. */
  confirm(key: string): void {
    const row = this.#rows.get(key);
    if (row !== undefined) row.inFlight = false;
  }

  /** The entry could not be written: the key is free again. */
  release(key: string, task: number): void {
    if (this.#rows.get(key)?.task === task) this.#rows.delete(key);
  }

  /** Keys with their rows, oldest first, for a checkpoint. */
  entries(): IterableIterator<[string, KeyRow]> {
    return this.#rows.entries();
  }

  /** Drops what is too old or too many; a few with each claim, so that it never takes long. */
  #expire(nowMs: number): void {
    for (const [key, row] of this.#rows) {
      const isOld = nowMs - row.atMs >= KEY_TTL_MS;
      const isTooMany = this.#rows.size > KEYS_MAX;
      if (!isOld && !isTooMany) return;
      if (!isOld) this.#evicted += 1;
      this.#rows.delete(key);
    }
  }
}
