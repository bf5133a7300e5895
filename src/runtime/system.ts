// The actor system as its user has it: `createSystem`, and what can be done with one.

import type { Cell } from "../actor/cell.js";
import {
  type AnyDefinition,
  type ArgsOf,
  defineActor,
  type ProtocolOfDefinition,
} from "../actor/definition.js";
import { SystemStopped } from "../actor/errors.js";
import type { Job } from "../actor/job.js";
import type { ActorRef, AskOptions } from "../actor/ref.js";
import type { SpawnRest } from "../actor/spawn-options.js";
import type { Addon } from "../base/addon.js";
import type { BellExchange } from "../base/bell.js";
import { holdingTimers } from "../base/clock.js";
import type { Log } from "../base/ports.js";
import type {
  Shutdown,
  ShutdownLimits,
  ShutdownPhase,
  ShutdownReport,
  ShutdownTask,
} from "../base/shutdown.js";
import type { Board } from "./board.js";
import { call } from "./control.js";
import type { DrainOptions, ThreadDrainReport, ThreadDrains } from "./drain.js";
import type { PiscinaPool } from "./offload.js";
import { onSignals } from "./signals.js";
import { stopTrees } from "./stop-tree.js";
import type { SystemBase } from "./system-base.js";
import type { SystemEvents } from "./system-events.js";
import { System } from "./system-face.js";
import { checkName } from "./system-options.js";
import { insightInto, type ThreadInsight } from "./thread-insight.js";
import type { ThreadRuntime } from "./thread-runtime.js";
import type { ThreadWatch } from "./thread-watch.js";
import type { WorkerPool } from "./worker-pool.js";

export interface ThreadInfo {
  readonly thread: number;
  /** Its name, if it was given one. */
  readonly name: string | undefined;
  readonly epoch: number;
  /** `draining`: it runs, and takes no new actors. */
  readonly state: "starting" | "running" | "draining" | "replacing" | "closed";
  readonly restarts: number;
  readonly actors: number;
  readonly messages: number;
  readonly faults: number;
  readonly actorRestarts: number;
  readonly deadLetters: number;
  readonly full: number;
  /** How often it was replaced because it made no progress. */
  readonly stalls: number;
  /** Heap and buffers, as of its last look, which it takes each second. */
  readonly memoryBytes: number;
}

export interface SystemParts {
  readonly main: ThreadRuntime;
  readonly pool: WorkerPool;
  readonly board: Board;
  readonly exchange: BellExchange;
  readonly watch: ThreadWatch;
  readonly jobs: PiscinaPool;
  readonly user: Cell;
  readonly internal: Cell;
  readonly addon: Addon | undefined;
  readonly addonMissing: string | undefined;
  readonly log: Log;
  readonly events: SystemEvents;
  readonly drains: ThreadDrains;
  readonly shutdown: Shutdown;
}

export class ActorSystem extends System {
  readonly events: SystemEvents;
  /** @internal */
  readonly base: SystemBase;
  readonly #parts: SystemParts;

  /** @internal Use `createSystem`. */
  constructor(parts: SystemParts) {
    super();
    this.#parts = parts;
    this.events = parts.events;
    const { user, internal, events, pool, main } = parts;
    const own = insightInto(main.kernel);
    this.base = {
      user,
      roots: [user, internal],
      events,
      running: () => pool.running(),
      asking: (thread) => {
        if (thread === 0) return async (question) => question(own);
        const seat = pool.control(thread);
        if (seat === undefined) return undefined;
        const remote = seat.control as unknown as ThreadInsight;
        return (question, timeoutMs) =>
          call(`thread ${thread}`, Promise.resolve(question(remote)), seat.gone, timeoutMs);
      },
    };
  }

  /** Which bell wakes threads, and why not the native one if it is not. */
  get native(): { readonly loaded: boolean; readonly reason: string | undefined } {
    return { loaded: this.#parts.addon !== undefined, reason: this.#parts.addonMissing };
  }

  /** @internal The addon, for those who compute; undefined without one. */
  get addon(): Addon | undefined {
    return this.#parts.addon;
  }

  get log(): Log {
    return this.#parts.log;
  }

  override spawn<D extends AnyDefinition>(
    definition: D,
    ...options: SpawnRest<ArgsOf<D>>
  ): ActorRef<ProtocolOfDefinition<D>> {
    this.#refuseIfStopping();
    return super.spawn(definition, ...options);
  }

  threads(): ThreadInfo[] {
    const { pool, board, watch } = this.#parts;
    return pool.status().map((status) => {
      const { thread } = status;
      const { messages, faults, restarts: actorRestarts, deadLetters, full } = board.counters(thread);
      const actors = board.liveActors(thread);
      const [stalls, memoryBytes] = [watch.stalls.count(thread), board.memoryBytes(thread)];
      return {
        ...status,
        actors,
        messages,
        faults,
        actorRestarts,
        deadLetters,
        full,
        stalls,
        memoryBytes,
      };
    });
  }

  /** Starts one more worker thread; resolves with its number once it runs and takes actors. At most 126. */
  async addThread({ name }: { readonly name?: string } = {}): Promise<number> {
    this.#refuseIfStopping();
    const { pool } = this.#parts;
    if (name !== undefined)
      checkName(
        name,
        pool.status().flatMap((one) => one.name ?? []),
      );
    return pool.add(name);
  }

  /**
   * Takes a worker thread out of service: no new actors are placed there, those that are there finish; when the last is
   * gone, or after `timeoutMs`, it ends for good. Who is still there then stops with reason `shutdown`. Actors do not
   * move, since a ref leads to a thread.
   */
  async drainThread(thread: number, options: DrainOptions = {}): Promise<ThreadDrainReport> {
    this.#refuseIfStopping();
    return this.#parts.drains.drain(thread, options);
  }

  /** Ends a worker thread at once, as a crash would, and resolves when its successor runs. */
  restartThread(thread: number): Promise<void> {
    return this.#parts.pool.replace(thread, "a restart was asked for");
  }

  /** Runs a CPU job on the pool of the process. */
  offload<Input, Output>(job: Job<Input, Output>, input: Input, options: AskOptions = {}): Promise<Output> {
    return this.#parts.main.kernel.offload(job as Job<unknown, unknown>, input, options) as Promise<Output>;
  }

  /**
   * Registers what is to be done in a phase of the shutdown. Tasks of one phase run at the same time, each within 5 s
   * unless it is given other limits. Returns the way to take it back.
   */
  onShutdown(
    phase: ShutdownPhase,
    name: string,
    task: ShutdownTask,
    options?: { readonly timeoutMs?: number },
  ): () => void {
    return this.#parts.shutdown.on(phase, name, task, options);
  }

  /**
   * Ends everything, phase by phase; resolves with what failed or was cut off, which is nothing after a clean end.
   * `timeoutMs`: for each phase, or by phase. Calling it again waits for the same end.
   */
  shutdown({ timeoutMs }: { readonly timeoutMs?: ShutdownLimits } = {}): Promise<ShutdownReport> {
    return this.#parts.shutdown.run(timeoutMs);
  }

  /**
   * Shuts down at SIGTERM or SIGINT; a second SIGINT ends the process at once. For programs that have no other answer
   * to these signals. Returns the way to stop listening.
   */
  shutdownOnSignals(): () => void {
    return onSignals(() => void this.shutdown());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  #refuseIfStopping(): void {
    if (this.#parts.shutdown.begun) throw new SystemStopped();
  }
}

/** Registers how a system itself ends. */
export function planShutdown(parts: SystemParts): void {
  const { shutdown, user, internal, pool, main, exchange, watch, jobs } = parts;
  const ports = { clock: main.kernel.ports.clock, timers: holdingTimers() };
  shutdown.on("drain-actors", "actors", async (timeoutMs) => {
    watch.close();
    await stopTrees([user, internal], timeoutMs, ports);
  });
  shutdown.on("stop-threads", "threads", (timeoutMs) => pool.close(timeoutMs));
  shutdown.on("stop-threads", "jobs", () => jobs.close());
  shutdown.on("close", "system", () => {
    main.close();
    exchange.close();
  });
}

/** The root of a tree: it restarts what fails, within each child's own budget, and never fails itself. */
export const Root = defineActor({ name: "root", state: () => undefined, on: {} });
