// CPU jobs from any thread: an actor on the main thread takes them and gives them to the pool of the process.

import { defineActor } from "../actor/definition.js";
import type { Offload } from "../actor/ports.js";
import type { ActorRef } from "../actor/ref.js";

export interface JobOrder {
  readonly module: string;
  readonly name: string;
  readonly input: unknown;
}

/** What stands behind the desk. */
export interface JobPool {
  run(order: JobOrder, signal: AbortSignal): Promise<unknown>;
}

/** Concurrent: the pool decides how many run at once, and its queue is bounded. */
export function defineOffloadDesk(pool: JobPool) {
  return defineActor({
    name: "offload",
    state: () => undefined,
    concurrent: ["run"],
    mailbox: { capacity: 65_536 },
    on: {
      run: (ctx, order: JobOrder) => pool.run(order, ctx.signal),
    },
  });
}

/** The offload port of a thread that is not the main one. Jobs have no deadline unless they are given one. */
export function remoteOffload(desk: () => ActorRef): Offload {
  return {
    run: (job, input, options) =>
      desk().ask("run", { module: job.module, name: job.name, input }, { timeoutMs: 0, ...options }),
  };
}
