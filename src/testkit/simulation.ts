// A whole system in one isolate, on a seeded scheduler and virtual time: the runtime's own modules, its own rings; only
// clock, timers, randomness, scheduler and bell are replaced. The same seed gives the same run, event for event.
//
// A step runs one thing that is ready (a thread's batch), chosen by the seed, and lets every promise settle. When
// nothing is ready, time moves to the next timer. `loseThread` ends a thread between two steps, as a crash would.

import { Cell } from "../actor/cell.js";
import type { SystemEvent } from "../actor/control-message.js";
import type { DeadLetter } from "../actor/dead-letters.js";
import type {
  AnyDefinition,
  ArgsOf,
  PayloadArgs,
  ProtocolOfDefinition,
  SpawnOptions,
  StopReason,
} from "../actor/definition.js";
import { allocatePresence, Presence } from "../actor/presence.js";
import type { ActorRef, TellResult } from "../actor/ref.js";
import { SystemRegistry } from "../actor/registry-face.js";
import type { Topic } from "../actor/topics.js";
import { CodedError } from "../base/errors.js";
import type { ThreadPorts } from "../base/ports.js";
import { type Random, seededRandom } from "../base/random.js";
import { allocateBoard, Board } from "../runtime/board.js";
import { type Connection, connect, type RingSizes } from "../runtime/link.js";
import { Placements } from "../runtime/placement.js";
import { Root } from "../runtime/system.js";
import { ThreadRuntime } from "../runtime/thread-runtime.js";
import { VirtualTime } from "./virtual-time.js";

export interface SimulationOptions {
  readonly seed: number;
  /** Threads beside the main one. Default 2. */
  readonly threads?: number;
  /** Definitions that may be spawned on other threads. */
  readonly definitions: readonly AnyDefinition[];
  /** Small rings are full often. Default 8 KiB each. */
  readonly rings?: RingSizes;
  /** A world that still moves after this many steps of one `run` never rests. Default 20,000. */
  readonly stepsMax?: number;
}

/** A run that does not come to rest. */
export class SimulationStuck extends CodedError {
  constructor(seed: number, steps: number) {
    super("SIMULATION_STUCK", `seed ${seed}: still busy after ${steps} steps; something never comes to rest`);
  }
}

const SMALL_RINGS: RingSizes = { controlBytes: 8 * 1024, dataBytes: 8 * 1024 };
const STEPS_MAX = 20_000;

interface SimulatedThread {
  readonly runtime: ThreadRuntime;
  alive: boolean;
  epoch: number;
}

export class Simulation {
  readonly seed: number;
  readonly random: Random;
  readonly time = new VirtualTime();
  /** What happened, in order. */
  readonly events: SystemEvent[] = [];
  readonly #board = new Board(allocateBoard());
  readonly #presence: SharedArrayBuffer[];
  readonly #definitions: Map<string, AnyDefinition>;
  readonly #rings: RingSizes;
  readonly #threads: SimulatedThread[] = [];
  readonly #ready: { readonly thread: SimulatedThread; readonly run: () => void }[] = [];
  readonly #wakes: (() => void)[] = [];
  readonly #user: Cell;
  readonly #epochMs = this.time.nowMs();
  readonly #stepsMax: number;
  #steps = 0;

  constructor(options: SimulationOptions) {
    const threads = options.threads ?? 2;
    this.seed = options.seed;
    this.#stepsMax = options.stepsMax ?? STEPS_MAX;
    this.random = seededRandom(options.seed);
    this.#definitions = new Map(options.definitions.map((definition) => [definition.name, definition]));
    this.#rings = options.rings ?? SMALL_RINGS;
    this.#presence = Array.from({ length: threads + 1 }, allocatePresence);
    for (let thread = 0; thread <= threads; thread++) this.#threads.push(this.#open(thread, 1));
    for (let a = 0; a <= threads; a++) {
      if (a > 0) this.#board.setOpen(a, true);
      for (let b = 0; b < a; b++) {
        const [atA, atB] = connect(a, b, 2, this.#rings);
        this.#at(a).runtime.attach(atA);
        this.#at(b).runtime.attach(atB);
      }
    }
    const { kernel } = this.#at(0).runtime;
    this.#user = new Cell(kernel, Root, undefined, "user", {});
    kernel.enqueue(this.#user);
    for (const { runtime } of this.#threads) runtime.start();
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  spawn<D extends AnyDefinition>(
    definition: D,
    options: SpawnOptions<ArgsOf<D>> = {},
  ): ActorRef<ProtocolOfDefinition<D>> {
    return this.#at(0).runtime.kernel.spawn(this.#user, definition, options, "any");
  }

  stop(ref: ActorRef): void {
    this.#user.kernel.stopChild(this.#user, ref);
  }

  watch(ref: ActorRef, ended: (reason: StopReason) => void): void {
    this.#at(0).runtime.kernel.watches.add(ref, { terminated: (_ref, reason) => ended(reason) });
  }

  /** Names and service keys, as `system.registry` has them. */
  get registry(): SystemRegistry {
    return new SystemRegistry(this.#at(0).runtime.kernel);
  }

  publish<T>(topic: Topic<T>, ...payload: PayloadArgs<T>): TellResult;
  publish(topic: Topic, payload?: unknown): TellResult {
    return this.#at(0).runtime.kernel.topics.publish(topic, payload, undefined);
  }

  subscribe<T>(topic: Topic<T>, heard: (payload: T) => void): () => void {
    return this.#at(0).runtime.kernel.topics.listen(topic, heard);
  }

  /** What is left when everything should be gone: actors, open asks and streams, watches, names, subscriptions. */
  leftovers(): { actors: number; openAsks: number; watches: number } {
    let [actors, openAsks, watches] = [0, 0, 0];
    for (const { runtime, alive } of this.#threads) {
      if (!alive) continue;
      const { counters, asks, outflows, watches: watched, registry, topics } = runtime.kernel;
      actors += counters.spawned - counters.stopped;
      openAsks += asks.open + outflows.size;
      watches += watched.size + registry.size + topics.size;
    }
    return { actors, openAsks, watches };
  }

  /** Ends a thread, with everything on it, and starts its successor. */
  loseThread(index: number, reason = "the simulation ended it"): void {
    const lost = this.#at(index);
    const epoch = lost.epoch + 1;
    lost.alive = false;
    new Presence(this.#presence[index] as SharedArrayBuffer, index).bury();
    this.#board.clear(index);
    const connections: Connection[] = [];
    const successor = this.#open(index, epoch);
    this.#threads[index] = successor;
    for (const other of this.#others(index)) {
      const [ours, theirs] = connect(index, other, epoch + this.#at(other).epoch, this.#rings);
      connections.push(ours);
      this.#at(other).runtime.replace(theirs, reason);
    }
    for (const connection of connections) successor.runtime.attach(connection);
    successor.runtime.start();
  }

  /** Starts one more thread; its number, which may be that of one that was retired. */
  addThread(): number {
    const retired = this.#threads.findIndex(({ alive }) => !alive);
    const thread = retired < 0 ? this.#threads.length : retired;
    const memory = this.#presence[thread] ?? allocatePresence();
    this.#presence[thread] = memory;
    this.#board.clear(thread);
    const newcomer = this.#open(thread, (this.#threads[thread]?.epoch ?? 0) + 1);
    this.#threads[thread] = newcomer;
    for (const other of this.#others(thread)) {
      const { runtime, epoch } = this.#at(other);
      const [ours, theirs] = connect(thread, other, newcomer.epoch + epoch, this.#rings);
      newcomer.runtime.attach(ours);
      runtime.attach(theirs, memory);
    }
    newcomer.runtime.start();
    this.#board.setOpen(thread, true);
    return thread;
  }

  /** Takes a thread out of service: no new actors, and those that are there are told to stop. */
  closeThread(index: number): void {
    this.#board.setOpen(index, false);
    this.#at(index).runtime.kernel.nursery.stopAll({ code: "shutdown" });
  }

  /** Ends a thread for good, whoever is still there. */
  retireThread(index: number): void {
    const retired = this.#at(index);
    this.#board.setOpen(index, false);
    retired.runtime.close();
    retired.alive = false;
    new Presence(this.#presence[index] as SharedArrayBuffer, index).end();
    for (const other of this.#others(index)) this.#at(other).runtime.detach(index);
  }

  /** The messages of a thread that nobody took, the youngest of them, oldest first. */
  deadLetters(thread: number): readonly DeadLetter[] {
    return this.#at(thread).runtime.kernel.deadLetters.list();
  }

  /** One step. False when everything rests and no timer waits within `limitMs` of the beginning. */
  async step(limitMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    // What was sent from outside a step becomes visible first.
    await promisesSettled();
    this.#steps++;
    if (this.#ready.length > 0) {
      const [next] = this.#ready.splice(this.random.below(this.#ready.length), 1);
      if (next?.thread.alive) next.run();
      return true;
    }
    return this.time.advance(limitMs);
  }

  /** Runs until everything rests. Throws `SimulationStuck` when it does not. */
  async run(limitMs = Number.POSITIVE_INFINITY): Promise<void> {
    const until = this.#steps + this.#stepsMax;
    while (await this.step(limitMs))
      if (this.#steps > until) throw new SimulationStuck(this.seed, this.#stepsMax);
  }

  #others(thread: number): number[] {
    return [...this.#threads.keys()].filter((other) => other !== thread && this.#at(other).alive);
  }

  #at(thread: number): SimulatedThread {
    return this.#threads[thread] as SimulatedThread;
  }

  #open(thread: number, epoch: number): SimulatedThread {
    const self: { thread?: SimulatedThread } = {};
    const isAlive = () => self.thread?.alive !== false;
    const soon = (run: () => void) => {
      this.#ready.push({ thread: self.thread as SimulatedThread, run });
    };
    const ports: ThreadPorts = {
      clock: this.time,
      timers: { after: (delayMs, fire) => this.time.after(delayMs, () => isAlive() && fire()) },
      random: seededRandom(this.seed * 31 + thread * 7 + epoch),
      scheduler: { soon, endOfJob: (task) => queueMicrotask(() => isAlive() && task()) },
      bell: {
        listen: (wake) => {
          this.#wakes[thread] = () => soon(wake);
        },
        ring: (to) => this.#wakes[to]?.(),
        close: () => undefined,
      },
      log: { log: () => undefined },
    };
    const runtime = new ThreadRuntime({
      thread,
      epochMs: this.#epochMs,
      board: this.#board,
      presence: this.#presence,
      ports,
      places: new Placements(this.#board),
      definitions: { load: (_module, name) => this.#load(name) },
      offload: {
        run: () => Promise.reject(new CodedError("NO_POOL", "a simulation has no pool for CPU jobs")),
      },
      emit: (event) => {
        if (isAlive()) this.events.push(event);
      },
    });
    self.thread = { runtime, alive: true, epoch };
    return self.thread;
  }

  async #load(name: string): Promise<AnyDefinition> {
    const definition = this.#definitions.get(name);
    if (definition === undefined) {
      throw new CodedError(
        "NO_DEFINITION",
        `the simulation knows no actor "${name}": list it under definitions`,
      );
    }
    return definition;
  }
}

/** A macrotask runs only when every microtask has. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
