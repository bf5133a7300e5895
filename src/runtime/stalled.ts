// What is done about a thread that makes no progress: it is looked into, told of, and replaced.

import type { SystemEvent } from "../actor/control-message.js";
import type { Board } from "./board.js";
import { whereStuck } from "./stuck-thread.js";
import type { WorkerPool } from "./worker-pool.js";

export class Stalls {
  readonly #board: Board;
  readonly #pool: WorkerPool;
  readonly #emit: (event: SystemEvent) => void;
  readonly #counts = new Map<number, number>();
  readonly #lookedInto = new Set<number>();

  constructor(board: Board, pool: WorkerPool, emit: (event: SystemEvent) => void) {
    this.#board = board;
    this.#pool = pool;
    this.#emit = emit;
  }

  /** How often a thread has stalled. */
  count(thread: number): number {
    return this.#counts.get(thread) ?? 0;
  }

  async replace(thread: number, ms: number): Promise<void> {
    const worker = this.#pool.workerId(thread);
    if (worker === undefined || this.#lookedInto.has(thread)) return;
    this.#lookedInto.add(thread);
    const beat = this.#board.heartbeat(thread);
    const at = await whereStuck(worker);
    // Lost meanwhile: what was seen is not of the one that runs now. Or it was slow and no more.
    if (this.#pool.workerId(thread) === worker && this.#board.heartbeat(thread) === beat) {
      this.#counts.set(thread, this.count(thread) + 1);
      this.#emit({ type: "thread-stalled", thread, ms, ...at });
      const where = at.path === undefined ? "" : ` in ${at.path}, method "${at.method}"`;
      await this.#pool.replace(thread, `no progress for ${ms} ms${where}`);
    }
    this.#lookedInto.delete(thread);
  }
}
