// An actor system for tests: in this process, without threads unless some are wanted, on a clock that stands still
// until the test moves it. What is ready runs by itself, so `await ref.ask(…)` works as usual; timers, deadlines and
// backoffs wait for `advance`. Nothing in it depends on how fast the machine is.

import type { SystemEvent } from "../actor/control-message.js";
import type { DeadLetter } from "../actor/dead-letters.js";
import type { AnyDefinition, Placement, Protocol } from "../actor/definition.js";
import { CodedError } from "../base/errors.js";
import type { Random } from "../base/random.js";
import type { RingSizes } from "../runtime/link.js";
import type { SystemBase } from "../runtime/system-base.js";
import type { SystemEvents } from "../runtime/system-events.js";
import { System } from "../runtime/system-face.js";
import { Probe } from "./probe.js";
import { Simulation } from "./simulation.js";

export interface TestSystemOptions {
  /** Definitions that are spawned on threads other than 0. */
  readonly definitions?: readonly AnyDefinition[];
  /** Simulated threads beside the first one; all of them run in this process. Default 0. */
  readonly threads?: number;
  /** What chooses the order where there is a choice. Default 1. */
  readonly seed?: number;
  readonly rings?: RingSizes;
}

/** So many looks at the clock in one batch leave it where it is. Why not all: one that never ends uses up its slice. */
const FREE_LOOKS = 1_024;

const OPTION_NAMES: readonly string[] = ["definitions", "threads", "seed", "rings"];

/** Opens a system for one test. There is nothing to close: it holds no thread, no timer and no file. */
export function createTestSystem(options: TestSystemOptions = {}): TestSystem {
  const unknown = Object.keys(options).filter((name) => !OPTION_NAMES.includes(name));
  if (unknown.length > 0) {
    throw new CodedError(
      "OPTIONS",
      `createTestSystem knows no ${unknown.join(", ")}; it takes ${OPTION_NAMES.join(", ")}`,
    );
  }
  return new TestSystem(options);
}

export class TestSystem extends System {
  /** The world behind it, for what is not on this object: the census, leftovers, paused threads. */
  readonly simulation: Simulation;
  #driven = 0;
  #isScheduled = false;

  /** @internal Use `createTestSystem`. */
  constructor({ definitions = [], threads = 0, seed = 1, rings }: TestSystemOptions) {
    super();
    const onReady = () => this.#runSoon();
    const options = { definitions, threads, seed, freeLooks: FREE_LOOKS, onReady };
    this.simulation = new Simulation(rings === undefined ? options : { ...options, rings });
  }

  /** Milliseconds that the system's clock has moved on. */
  get elapsedMs(): number {
    return this.simulation.time.elapsedMs;
  }

  get random(): Random {
    return this.simulation.random;
  }

  get events(): SystemEvents {
    return this.simulation.events;
  }

  /** @internal */
  get base(): SystemBase {
    return this.simulation.base;
  }

  /** @internal Tests that want threads say so. */
  override get place(): Placement {
    return "this";
  }

  /** What the events said so far, in order: faults, restarts, lost threads. */
  get happened(): readonly SystemEvent[] {
    return this.simulation.happened;
  }

  /** Messages that nobody took, with their payloads, on lost threads too. */
  override async deadLetters(): Promise<DeadLetter[]> {
    return [...this.simulation.allDeadLetters()];
  }

  /** An actor that understands everything and answers when the test says so. */
  // biome-ignore lint/suspicious/noExplicitAny: a probe of unknown protocol takes any method
  probe<P extends Protocol = any>(name: string): Probe<P> {
    const world = {
      elapsedMs: () => this.elapsedMs,
      until: (holds: () => boolean, withinMs: number) => this.#until(holds, withinMs),
      spawn: (definition: AnyDefinition) => this.spawn(definition, { name }),
    };
    return new Probe<P>(world, name);
  }

  /** Ends a simulated thread as a crash would; its successor starts by itself. */
  loseThread(thread: number): Promise<void> {
    return this.simulation.loseThread(thread);
  }

  /** Runs everything that can run without time moving on. */
  async settle(): Promise<void> {
    await this.#until(() => false, 0);
  }

  /** Moves the clock on, firing what is due on the way, and runs all that follows from it. */
  async advance(byMs: number): Promise<void> {
    if (!(byMs >= 0)) throw new CodedError("OPTIONS", `advance(${byMs}): give milliseconds from 0 up`);
    await this.settle();
    await this.#until(() => false, byMs);
  }

  /** Runs until `holds`, or until nothing is left to do and time has moved on by `withinMs`. */
  async #until(holds: () => boolean, withinMs: number): Promise<boolean> {
    const { simulation } = this;
    const limitMs = this.elapsedMs + withinMs;
    this.#driven++;
    try {
      await simulation.run(limitMs, holds);
    } finally {
      this.#driven--;
      if (simulation.busy) this.#runSoon();
    }
    if (holds()) return true;
    simulation.time.moveTo(limitMs);
    return false;
  }

  /** What is ready runs in the next macrotask, unless somebody drives the system already. */
  #runSoon(): void {
    if (this.#isScheduled || this.#driven > 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#driven === 0) void this.settle();
    });
  }
}
