// One thread of a simulation: the runtime's own modules, on ports that the world around it moves.

import type { SystemEvent } from "../actor/control-message.js";
import type { AnyDefinition } from "../actor/definition.js";
import { CodedError } from "../base/errors.js";
import type { ThreadPorts, TimerHandle } from "../base/ports.js";
import { seededRandom } from "../base/random.js";
import type { Board } from "../runtime/board.js";
import { Placements } from "../runtime/placement.js";
import { ThreadRuntime } from "../runtime/thread-runtime.js";
import type { VirtualTime } from "./virtual-time.js";

/** What all threads of a simulation share. */
export interface World {
  readonly seed: number;
  readonly time: VirtualTime;
  /** When it began. */
  readonly epochMs: number;
  readonly board: Board;
  readonly presence: SharedArrayBuffer[];
  readonly definitions: ReadonlyMap<string, AnyDefinition>;
  /** How to wake each thread, by number. */
  readonly wakes: (() => void)[];
  /** Something is ready to run on a thread. */
  soon(thread: SimulatedThread, run: () => void): void;
  emit(event: SystemEvent): void;
}

export class SimulatedThread {
  readonly index: number;
  readonly epoch: number;
  readonly runtime: ThreadRuntime;
  /** What the pool has told it and it has not heard yet, in order. */
  readonly orders: (() => void)[] = [];
  alive = true;
  paused = false;
  readonly #world: World;

  constructor(world: World, index: number, epoch: number) {
    this.#world = world;
    this.index = index;
    this.epoch = epoch;
    this.runtime = new ThreadRuntime({
      thread: index,
      epochMs: world.epochMs,
      board: world.board,
      presence: world.presence,
      ports: this.#ports(),
      places: new Placements(world.board),
      definitions: { load: (_module, name) => this.#load(name) },
      offload: {
        run: () => Promise.reject(new CodedError("NO_POOL", "a simulation has no pool for CPU jobs")),
      },
      emit: (event) => {
        if (this.alive) world.emit(event);
      },
    });
  }

  /** A word of the pool to it; its words keep their order. */
  order(order: () => void): void {
    this.orders.push(order);
    this.#world.soon(this, () => this.orders.shift()?.());
  }

  #ports(): ThreadPorts {
    const { time, seed, wakes } = this.#world;
    const soon = (run: () => void) => this.#world.soon(this, run);
    return {
      clock: time,
      timers: { after: (delayMs, fire) => this.#after(delayMs, fire) },
      random: seededRandom(seed * 31 + this.index * 7 + this.epoch),
      scheduler: { soon, promptly: soon, endOfJob: (task) => queueMicrotask(() => this.alive && task()) },
      bell: {
        listen: (wake) => {
          wakes[this.index] = () => soon(wake);
        },
        ring: (to) => wakes[to]?.(),
        close: () => undefined,
      },
      log: { log: () => undefined },
    };
  }

  /** A timer: it is late while its thread is paused, and never fires once that is lost. */
  #after(delayMs: number, fire: () => void): TimerHandle {
    let isCancelled = false;
    const fireNow = () => {
      if (!isCancelled && this.alive) fire();
    };
    const armed = this.#world.time.after(delayMs, () => {
      if (this.paused) this.#world.soon(this, fireNow);
      else fireNow();
    });
    return {
      cancel() {
        isCancelled = true;
        armed.cancel();
      },
    };
  }

  async #load(name: string): Promise<AnyDefinition> {
    const definition = this.#world.definitions.get(name);
    if (definition === undefined) {
      throw new CodedError(
        "NO_DEFINITION",
        `the simulation knows no actor "${name}": list it under definitions`,
      );
    }
    return definition;
  }
}
