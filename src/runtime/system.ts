// The actor system as its user has it: `createSystem`, and what can be done with one.

import { threadOf } from "../actor/address.js";
import type { Cell } from "../actor/cell.js";
import { STOPPED } from "../actor/cell.js";
import type { SystemEvent } from "../actor/control-message.js";
import type { DeadLetter } from "../actor/dead-letters.js";
import {
  type AnyDefinition,
  type ArgsOf,
  defineActor,
  type PayloadArgs,
  type ProtocolOfDefinition,
  type SpawnOptions,
  type StopReason,
} from "../actor/definition.js";
import { SystemStopped } from "../actor/errors.js";
import type { Job } from "../actor/job.js";
import { stopCell } from "../actor/lifecycle.js";
import { descend } from "../actor/lookup.js";
import type { ActorRef, AskOptions, TellResult } from "../actor/ref.js";
import { SystemRegistry } from "../actor/registry-face.js";
import type { Topic } from "../actor/topics.js";
import type { Addon } from "../base/addon.js";
import type { BellExchange } from "../base/bell.js";
import type { Log } from "../base/ports.js";
import type { Board } from "./board.js";
import { call } from "./control.js";
import type { PiscinaPool } from "./offload.js";
import type { ThreadRuntime } from "./thread-runtime.js";
import type { Watchdog } from "./watchdog.js";
import type { WorkerPool } from "./worker-pool.js";

/** How long the whole tree may take to stop, unless `shutdown` is told otherwise. */
export const SHUTDOWN_TIMEOUT_MS = 10_000;
const THREAD_CLOSE_MS = 2_000;

export interface ThreadInfo {
  readonly thread: number;
  readonly epoch: number;
  readonly state: "starting" | "running" | "replacing" | "closed";
  readonly restarts: number;
  readonly actors: number;
  readonly messages: number;
  readonly faults: number;
  readonly actorRestarts: number;
  readonly deadLetters: number;
  readonly full: number;
}

/** What a look-up found. */
export interface FoundActor {
  readonly ref: ActorRef;
  /** The methods its definition opens to the outside. */
  readonly remote: readonly string[];
}

export interface SystemParts {
  readonly main: ThreadRuntime;
  readonly pool: WorkerPool;
  readonly board: Board;
  readonly exchange: BellExchange;
  readonly watchdog: Watchdog;
  readonly jobs: PiscinaPool;
  readonly user: Cell;
  readonly internal: Cell;
  readonly addon: Addon | undefined;
  readonly addonMissing: string | undefined;
  readonly log: Log;
  readonly events: SystemEvents;
}

/** Facts about the system, as they happen: faults, restarts, lost threads. */
export class SystemEvents {
  readonly #watchers = new Set<(event: SystemEvent) => void>();

  /** Calls `watcher` for each event until the returned function is called. */
  subscribe(watcher: (event: SystemEvent) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  emit(event: SystemEvent): void {
    for (const watcher of this.#watchers) watcher(event);
  }
}

export class ActorSystem {
  readonly events: SystemEvents;
  /** Names and service keys of the whole system. */
  readonly registry: SystemRegistry;
  readonly #parts: SystemParts;
  #stopping: Promise<void> | undefined;

  /** Use `createSystem`. */
  constructor(parts: SystemParts) {
    this.#parts = parts;
    this.events = parts.events;
    this.registry = new SystemRegistry(parts.main.kernel);
  }

  /** Which bell wakes threads, and why not the native one if it is not. */
  get native(): { readonly loaded: boolean; readonly reason: string | undefined } {
    return { loaded: this.#parts.addon !== undefined, reason: this.#parts.addonMissing };
  }

  /** The addon, for those who compute; undefined without one. */
  get addon(): Addon | undefined {
    return this.#parts.addon;
  }

  get log(): Log {
    return this.#parts.log;
  }

  /** Starts a top-level actor, `/user/<name>`, on the least loaded thread unless told otherwise. Returns at once. */
  spawn<D extends AnyDefinition>(
    definition: D,
    options: SpawnOptions<ArgsOf<D>> = {},
  ): ActorRef<ProtocolOfDefinition<D>> {
    if (this.#stopping !== undefined) throw new SystemStopped();
    return this.#parts.main.kernel.spawn(this.#parts.user, definition, options, "any");
  }

  /** Stops an actor for good; its supervisor does not bring it back. */
  stop(ref: ActorRef): void {
    const { user } = this.#parts;
    user.kernel.stopChild(user, ref);
  }

  /** Calls `ended` exactly once when the actor is gone, also if it is gone already. Returns the way to unwatch. */
  watch(ref: ActorRef, ended: (reason: StopReason) => void): () => void {
    const { watches } = this.#parts.main.kernel;
    const watcher = { terminated: (_ref: ActorRef, reason: StopReason) => ended(reason) };
    watches.add(ref, watcher);
    return () => watches.remove(ref, watcher);
  }

  /** Sends a message to all who subscribe to the topic, as `ctx.publish` does. */
  publish<T>(topic: Topic<T>, ...payload: PayloadArgs<T>): TellResult;
  publish(topic: Topic, payload?: unknown): TellResult {
    return this.#parts.main.kernel.topics.publish(topic, payload, undefined);
  }

  /** Calls `heard` with what is published under the topic, on whatever thread. Returns the way to end it. */
  subscribe<T>(topic: Topic<T>, heard: (payload: T) => void): () => void {
    return this.#parts.main.kernel.topics.listen(topic, heard);
  }

  /** Finds an actor by path, such as `/user/orders/o1`, on whatever thread it is. */
  async find(path: string): Promise<FoundActor | undefined> {
    const [empty, root, ...names] = path.split("/");
    if (empty !== "" || root !== "user" || names.length === 0 || names.includes("")) return undefined;
    const { main, pool, user } = this.#parts;
    const first = descend(user, names);
    if (first === undefined) return undefined;
    let found: FoundActor = { ref: first.ref, remote: [...first.definition.remote] };
    let left = first.names;
    while (left.length > 0) {
      const where = found.ref.export();
      const thread = threadOf(where[0]);
      const seat = pool.control(thread);
      if (seat === undefined) return undefined;
      const next = await call(`thread ${thread}`, Promise.resolve(seat.control.find(where, left)), seat.gone);
      if (next === undefined) return undefined;
      left = next.names;
      found = { ref: main.kernel.refTo(...next.where), remote: next.remote };
    }
    return found;
  }

  threads(): ThreadInfo[] {
    const { pool, board } = this.#parts;
    return pool.status().map(({ thread, epoch, state, restarts }) => {
      const { messages, faults, restarts: actorRestarts, deadLetters, full } = board.counters(thread);
      const actors = board.liveActors(thread);
      return {
        thread,
        epoch,
        state,
        restarts,
        actors,
        messages,
        faults,
        actorRestarts,
        deadLetters,
        full,
      };
    });
  }

  /** Ends a worker thread at once, as a crash would, and resolves when its successor runs. */
  restartThread(thread: number): Promise<void> {
    return this.#parts.pool.replace(thread, "a restart was asked for");
  }

  /** Messages that nobody took, youngest last: this thread's with payloads, the workers' without. */
  async deadLetters(): Promise<DeadLetter[]> {
    const { main, pool } = this.#parts;
    const all = [...main.kernel.deadLetters.list()];
    for (const { thread } of pool.status()) {
      const seat = pool.control(thread);
      if (seat === undefined) continue;
      all.push(...(await call(`thread ${thread}`, Promise.resolve(seat.control.deadLetters()), seat.gone)));
    }
    return all.sort((a, b) => a.atMs - b.atMs);
  }

  /** Runs a CPU job on the pool of the process. */
  offload<Input, Output>(job: Job<Input, Output>, input: Input, options: AskOptions = {}): Promise<Output> {
    return this.#parts.main.kernel.offload(job as Job<unknown, unknown>, input, options) as Promise<Output>;
  }

  /** Stops the tree, last first, then the threads. Calling it again waits for the same end. */
  shutdown({ timeoutMs = SHUTDOWN_TIMEOUT_MS }: { timeoutMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#shutdown(timeoutMs);
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  async #shutdown(timeoutMs: number): Promise<void> {
    const { user, internal, pool, main, exchange, watchdog, jobs, log } = this.#parts;
    watchdog.close();
    const endMs = performance.now() + timeoutMs;
    for (const root of [user, internal]) {
      stopCell(root, { code: "shutdown" });
      const leftMs = Math.max(0, endMs - performance.now());
      if (!(await isStopped(root, leftMs))) {
        log.log("warn", "actors did not stop in time and were cut off", { root: root.path, timeoutMs });
      }
    }
    await pool.close(THREAD_CLOSE_MS);
    await jobs.close();
    main.close();
    exchange.close();
  }
}

/** Waits for the last of the tree; looks every few milliseconds, since an end needs no announcement of its own. */
async function isStopped(root: Cell, timeoutMs: number): Promise<boolean> {
  const endMs = performance.now() + timeoutMs;
  while (root.status !== STOPPED) {
    if (performance.now() >= endMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return true;
}

/** The root of a tree: it restarts what fails, within each child's own budget, and never fails itself. */
export const Root = defineActor({ name: "root", state: () => undefined, on: {} });
