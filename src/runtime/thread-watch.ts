// All that keeps an eye on the threads of a system: the watchdog, the pulse for long turns, the memory.

import type { SystemEvent } from "../actor/control-message.js";
import type { Board } from "./board.js";
import { MemoryWatch } from "./memory.js";
import { Pulse } from "./pulse.js";
import { Stalls } from "./stalled.js";
import type { ThreadRuntime } from "./thread-runtime.js";
import { STALL_MS, Watchdog } from "./watchdog.js";
import type { WorkerPool } from "./worker-pool.js";

export interface ThreadWatchOptions {
  readonly board: Board;
  readonly main: ThreadRuntime;
  readonly pool: WorkerPool;
  readonly stallMs: number | undefined;
  readonly longTurnMs: number;
  readonly softMemoryMb: number | undefined;
  emit(event: SystemEvent): void;
}

export class ThreadWatch {
  readonly stalls: Stalls;
  readonly #watchdog: Watchdog;
  readonly #pulse: Pulse;
  readonly #memory: MemoryWatch;

  constructor({ board, main, pool, stallMs, longTurnMs, softMemoryMb, emit }: ThreadWatchOptions) {
    const { clock, timers } = main.kernel.ports;
    const threads = () => pool.running();
    this.stalls = new Stalls(board, pool, emit);
    this.#watchdog = new Watchdog({
      board,
      clock,
      timers,
      stallMs: stallMs ?? STALL_MS,
      threads,
      poke: (thread) => main.poke(thread),
      stalled: (thread, forMs) => void this.stalls.replace(thread, Math.round(forMs)),
    });
    this.#pulse = new Pulse(board, 0, timers, longTurnMs);
    this.#memory = new MemoryWatch({
      board,
      timers,
      limitBytes: (softMemoryMb ?? 0) * 2 ** 20,
      threads,
      emit,
    });
  }

  start(): void {
    this.#watchdog.start();
    this.#pulse.start();
    this.#memory.start();
  }

  close(): void {
    this.#watchdog.close();
    this.#pulse.close();
    this.#memory.close();
  }
}
