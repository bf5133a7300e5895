// A whole system in one isolate, on a seeded scheduler and virtual time: the runtime's own modules, its own rings; only
// clock, timers, randomness, scheduler and bell are replaced. The same seed gives the same run, event for event.
//
// A step runs one thing that is ready (a thread's batch), chosen by the seed, and lets every promise settle. When
// nothing is ready, time moves to the next timer. Faults are injected between two steps: `loseThread` ends a thread as
// a crash would, and the others hear of it one after the other, as they do from the pool; `pause` makes one lag, so
// that its rings fill up. What is left and who lives: testkit/census.

import { Cell } from "../actor/cell.js";
import type { SystemEvent } from "../actor/control-message.js";
import type { DeadLetter } from "../actor/dead-letters.js";
import type { AnyDefinition } from "../actor/definition.js";
import { callListener } from "../actor/listeners.js";
import { allocatePresence, Presence } from "../actor/presence.js";
import type { ActorRef } from "../actor/ref.js";
import { CodedError } from "../base/errors.js";
import { type Random, seededRandom } from "../base/random.js";
import { allocateBoard, Board } from "../runtime/board.js";
import { type Connection, connect, type RingSizes } from "../runtime/link.js";
import { Root } from "../runtime/system.js";
import type { AskInsight, SystemBase } from "../runtime/system-base.js";
import { SystemEvents } from "../runtime/system-events.js";
import { System } from "../runtime/system-face.js";
import { insightInto } from "../runtime/thread-insight.js";
import type { ThreadRuntime } from "../runtime/thread-runtime.js";
import { type Census, type Leftovers, leftoversOf, takeCensus } from "./census.js";
import { SimulatedThread, type World } from "./simulated-thread.js";
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
  /** What one look at the clock costs; default 0.25. Why not nothing: a turn that loops must use up its slice. */
  readonly lookMs?: number;
  /**
   * Looks of one step that cost nothing, so that only a turn that loops moves time; default 0, where each look does.
   */
  readonly freeLooks?: number;
  /** Called when something has become ready. Default: nobody; a simulation moves when it is told to. */
  readonly onReady?: () => void;
}

/** A run that does not come to rest. */
export class SimulationStuck extends CodedError {
  constructor(seed: number, steps: number) {
    super("SIMULATION_STUCK", `seed ${seed}: still busy after ${steps} steps; something never comes to rest`);
  }
}

const SMALL_RINGS: RingSizes = { controlBytes: 8 * 1024, dataBytes: 8 * 1024 };
const STEPS_MAX = 20_000;
/** Where looks of a step are free, so many are between two steps: a test that sends much does not loop. */
const LOOKS_BETWEEN_STEPS = 65_536;

interface Ready {
  readonly thread: SimulatedThread;
  readonly run: () => void;
}

export class Simulation extends System {
  readonly seed: number;
  readonly random: Random;
  readonly time: VirtualTime;
  readonly events = new SystemEvents((heard, event) =>
    callListener(this.#user.kernel, heard, event, `the event ${event.type}`),
  );
  /** @internal */
  readonly base: SystemBase;
  /** What happened, in order. */
  readonly happened: SystemEvent[] = [];
  /** Every choice and every event, one line each: the same seed writes the same history. */
  readonly history: string[] = [];
  readonly #world: World;
  readonly #rings: RingSizes;
  readonly #threads: SimulatedThread[] = [];
  readonly #ready: Ready[] = [];
  readonly #lostLetters: DeadLetter[] = [];
  readonly #user: Cell;
  readonly #stepsMax: number;
  readonly #freeLooks: number;
  readonly #onReady: () => void;
  #steps = 0;

  constructor(options: SimulationOptions) {
    super();
    const threads = options.threads ?? 2;
    this.seed = options.seed;
    this.time = new VirtualTime(options.lookMs);
    this.#freeLooks = options.freeLooks ?? 0;
    this.#rest();
    this.#stepsMax = options.stepsMax ?? STEPS_MAX;
    this.#onReady = options.onReady ?? (() => undefined);
    this.random = seededRandom(options.seed);
    this.#rings = options.rings ?? SMALL_RINGS;
    this.#world = {
      seed: options.seed,
      time: this.time,
      epochMs: this.time.nowMs(),
      board: new Board(allocateBoard()),
      presence: Array.from({ length: threads + 1 }, allocatePresence),
      definitions: new Map(options.definitions.map((definition) => [definition.name, definition])),
      wakes: [],
      soon: (thread, run) => this.#soon(thread, run),
      emit: (event) => this.#emit(event),
    };
    for (let thread = 0; thread <= threads; thread++)
      this.#threads.push(new SimulatedThread(this.#world, thread, 1));
    for (let a = 0; a <= threads; a++) {
      if (a > 0) this.#world.board.setOpen(a, true);
      for (let b = 0; b < a; b++) {
        const [atA, atB] = connect(a, b, 2, this.#rings);
        this.#at(a).runtime.attach(atA);
        this.#at(b).runtime.attach(atB);
      }
    }
    const { kernel } = this.#at(0).runtime;
    this.#user = new Cell(kernel, Root, undefined, "user", {});
    kernel.enqueue(this.#user);
    this.base = {
      user: this.#user,
      roots: [this.#user],
      events: this.events,
      running: () => this.#others(0),
      asking: (thread) => this.#asking(thread),
    };
    for (const { runtime } of this.#threads) runtime.start();
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Whether something could run now. */
  get busy(): boolean {
    return this.#ready.length > 0;
  }

  /** Writes a line of one's own into the history. */
  note(line: string): void {
    this.history.push(`${this.time.elapsedMs} ${line}`);
  }

  // ---- what can be seen -------------------------------------------------------------------------------------------

  /** What is left when everything should be gone. */
  leftovers(): Leftovers {
    return leftoversOf(this.#runtimes(), this.#presenceOf(), this.time, this.#user);
  }

  /** Who lives, found from the root downwards, and what does not fit together. Only while everything rests. */
  census(): Census {
    return takeCensus(this.#runtimes(), this.#user);
  }

  /** Starts one more thread; its number, which may be that of one that was retired. */
  addThread(): number {
    const retired = this.#threads.findIndex(({ alive }) => !alive);
    const thread = retired < 0 ? this.#threads.length : retired;
    const memory = this.#world.presence[thread] ?? allocatePresence();
    this.#world.presence[thread] = memory;
    this.#world.board.clear(thread);
    const newcomer = new SimulatedThread(this.#world, thread, (this.#threads[thread]?.epoch ?? 0) + 1);
    this.#threads[thread] = newcomer;
    for (const other of this.#others(thread)) {
      const { runtime, epoch } = this.#at(other);
      const [ours, theirs] = connect(thread, other, newcomer.epoch + epoch, this.#rings);
      newcomer.runtime.attach(ours);
      runtime.attach(theirs, memory);
    }
    newcomer.runtime.start();
    this.#world.board.setOpen(thread, true);
    return thread;
  }

  /** Takes a thread out of service: no new actors, and those that are there are told to stop. */
  closeThread(index: number): void {
    this.#world.board.setOpen(index, false);
    this.#at(index).runtime.kernel.nursery.stopAll({ code: "shutdown" });
  }

  /** Ends a thread for good, whoever is still there. */
  retireThread(index: number): void {
    const retired = this.#at(index);
    this.#world.board.setOpen(index, false);
    retired.runtime.close();
    retired.alive = false;
    new Presence(this.#world.presence[index] as SharedArrayBuffer, index).end();
    for (const other of this.#others(index)) this.#at(other).runtime.detach(index);
  }

  /** The messages of a thread that nobody took, the youngest of them, oldest first. */
  deadLettersOf(thread: number): readonly DeadLetter[] {
    return this.#at(thread).runtime.kernel.deadLetters.list();
  }

  /** Those of every thread, lost ones included. */
  allDeadLetters(): readonly DeadLetter[] {
    return [...this.#lostLetters, ...this.#threads.flatMap(({ index }) => this.deadLettersOf(index))];
  }

  /** Actors that live. */
  get population(): number {
    return this.#threads.reduce((sum, { runtime: { kernel } }) => {
      return sum + kernel.counters.spawned - kernel.counters.stopped;
    }, 0);
  }

  /** How often a thread has been lost, and one. */
  epochOf(thread: number): number {
    return this.#at(thread).epoch;
  }

  /** The thread that an actor sees as its own, while that thread lives. For code that runs inside actors. */
  homeOf(self: ActorRef): { readonly thread: number; readonly epoch: number } | undefined {
    const home = this.#threads.find(({ runtime }) => runtime.kernel === self.cell?.kernel);
    return home === undefined ? undefined : { thread: home.index, epoch: home.epoch };
  }

  // ---- faults -----------------------------------------------------------------------------------------------------

  /**
   * Ends a thread, with everything on it, and starts its successor. The main thread hears of it at once, the others
   * when their turn comes. Why it waits for promises first: what a lost thread had begun may not go on.
   */
  async loseThread(index: number, reason = "the simulation ended it"): Promise<void> {
    if (index === 0) throw new CodedError("MAIN_THREAD", "thread 0 ends with its process: lose another one");
    await promisesSettled();
    const lost = this.#at(index);
    const epoch = lost.epoch + 1;
    lost.alive = false;
    this.#lostLetters.push(...lost.runtime.kernel.deadLetters.list());
    this.note(`lose ${index}`);
    const mailboxed = new Presence(this.#world.presence[index] as SharedArrayBuffer, index).bury();
    this.#world.board.clear(index);
    const births: Connection[] = [];
    const successor = new SimulatedThread(this.#world, index, epoch);
    this.#threads[index] = successor;
    let mains: Connection | undefined;
    for (const number of this.#others(index)) {
      const other = this.#at(number);
      const [ours, theirs] = connect(index, number, epoch + other.epoch, this.#rings);
      births.push(ours);
      if (number === 0) mains = theirs;
      else other.order(() => other.runtime.replace(theirs, reason));
    }
    const unread = this.#at(0).runtime.replace(mains as Connection, reason);
    const lostMessages = mailboxed + unread;
    this.#emit({ type: "thread-lost", thread: index, epoch: lost.epoch, reason, lostMessages });
    successor.order(() => {
      for (const connection of births) successor.runtime.attach(connection);
      successor.runtime.start();
      this.#emit({ type: "thread-replaced", thread: index, epoch });
    });
  }

  /** Keeps a thread from running for a while: its rings fill up, its answers are late. */
  pause(index: number, forMs: number): void {
    const thread = this.#at(index);
    if (thread.paused) return;
    this.note(`pause ${index} for ${forMs}`);
    thread.paused = true;
    this.time.after(forMs, () => {
      thread.paused = false;
      this.#onReady();
    });
  }

  // ---- time -------------------------------------------------------------------------------------------------------

  /** One step. False when everything rests and no timer waits within `limitMs` of the beginning. */
  async step(limitMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    // What was sent from outside a step becomes visible first.
    await promisesSettled();
    this.#steps++;
    const next = this.#choose();
    if (next === undefined) return this.time.advance(limitMs);
    if (!next.thread.alive) return true;
    this.note(`run ${next.thread.index}`);
    this.time.allowLooks(this.#freeLooks);
    next.run();
    this.#rest();
    return true;
  }

  /** Runs until everything rests, or until `holds`. Throws `SimulationStuck` when neither comes about. */
  async run(limitMs = Number.POSITIVE_INFINITY, holds: () => boolean = () => false): Promise<void> {
    const until = this.#steps + this.#stepsMax;
    while (!holds() && (await this.step(limitMs)))
      if (this.#steps > until) throw new SimulationStuck(this.seed, this.#stepsMax);
  }

  /** Between two steps. */
  #rest(): void {
    if (this.#freeLooks > 0) this.time.allowLooks(LOOKS_BETWEEN_STEPS);
  }

  #others(thread: number): number[] {
    return [...this.#threads.keys()].filter((other) => other !== thread && this.#at(other).alive);
  }

  /** Something of those that may run now. */
  #choose(): Ready | undefined {
    const mayRun = this.#ready.filter(({ thread }) => !thread.paused);
    const chosen = mayRun[this.random.below(mayRun.length)];
    if (chosen !== undefined) this.#ready.splice(this.#ready.indexOf(chosen), 1);
    return chosen;
  }

  #soon(thread: SimulatedThread, run: () => void): void {
    this.#ready.push({ thread, run });
    this.#onReady();
  }

  #asking(thread: number): AskInsight | undefined {
    if (this.#threads[thread]?.alive !== true) return undefined;
    const insight = insightInto(this.#at(thread).runtime.kernel);
    return async (question) => question(insight);
  }

  #at(thread: number): SimulatedThread {
    return this.#threads[thread] as SimulatedThread;
  }

  #runtimes(): ThreadRuntime[] {
    return this.#threads.filter(({ alive }) => alive).map(({ runtime }) => runtime);
  }

  #presenceOf(): Presence[] {
    return this.#world.presence.map((memory, thread) => new Presence(memory, thread));
  }

  #emit(event: SystemEvent): void {
    this.happened.push(event);
    this.events.emit(event);
    this.note("path" in event ? `${event.type} ${event.path}` : event.type);
  }
}

/** A macrotask runs only when every microtask has. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
