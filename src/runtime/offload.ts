// The pool for CPU jobs: one per process, one thread unless told otherwise, started on first use. The only file that
// knows piscina.

import type { Piscina } from "piscina";
import { CodedError } from "../base/errors.js";
import type { JobOrder, JobPool } from "./offload-desk.js";

/** Jobs that may wait for a thread of the pool. */
const QUEUED_MAX = 1_024;

/** The pool takes no more jobs for now. */
export class PoolFull extends CodedError {
  constructor() {
    super("POOL_FULL", `${QUEUED_MAX} jobs wait already: await some first, or raise the pool's threads`, {});
  }
}

export class PiscinaPool implements JobPool {
  readonly #threads: number;
  #pool: Promise<Piscina> | undefined;

  constructor(threads: number) {
    this.#threads = threads;
  }

  async run(order: JobOrder, signal: AbortSignal): Promise<unknown> {
    this.#pool ??= this.#open();
    const pool = await this.#pool;
    if (pool.queueSize >= QUEUED_MAX) throw new PoolFull();
    return pool.run(order, { signal });
  }

  async close(): Promise<void> {
    await (await this.#pool)?.destroy();
  }

  /** Why imported late: piscina costs every thread that loads this file, and most never run a job. */
  async #open(): Promise<Piscina> {
    const { Piscina } = await import("piscina");
    return new Piscina({
      filename: new URL("./offload-worker.js", import.meta.url).href,
      minThreads: 0,
      maxThreads: this.#threads,
      maxQueue: QUEUED_MAX,
      // Jobs may be asynchronous; a pool thread must not block in Atomics.wait between them.
      atomics: "disabled",
    });
  }
}
