// How much memory each thread uses: sampled there, read here, and an event when it passes the soft limit.
//
// Why beside Node's own limits: those end a thread, and they do not count buffers. This one says so before.

import { getHeapStatistics } from "node:v8";
import type { SystemEvent } from "../actor/control-message.js";
import type { TimerHandle, Timers } from "../base/ports.js";
import type { Board } from "./board.js";

const SAMPLE_MS = 1_000;

/** Keeps the board's figure of this thread fresh, for as long as the thread lives. */
export function sampleMemory(board: Board, thread: number, timers: Timers): void {
  const { used_heap_size: heapBytes, external_memory: externalBytes } = getHeapStatistics();
  board.setMemory(thread, heapBytes + externalBytes);
  timers.after(SAMPLE_MS, () => sampleMemory(board, thread, timers));
}

export interface MemoryWatchOptions {
  readonly board: Board;
  readonly timers: Timers;
  /** 0 for no limit. */
  readonly limitBytes: number;
  threads(): Iterable<number>;
  emit(event: SystemEvent): void;
}

/** Looks at the threads' figures; says once that one is over the limit, and again after it was below. */
export class MemoryWatch {
  readonly #options: MemoryWatchOptions;
  readonly #over = new Set<number>();
  #timer: TimerHandle | undefined;

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#options.limitBytes > 0) this.#arm();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#options.timers.after(SAMPLE_MS, () => {
      for (const thread of this.#options.threads()) this.#look(thread);
      this.#arm();
    });
  }

  #look(thread: number): void {
    const { board, limitBytes, emit } = this.#options;
    const bytes = board.memoryBytes(thread);
    if (bytes <= limitBytes) this.#over.delete(thread);
    else if (!this.#over.has(thread)) {
      this.#over.add(thread);
      emit({ type: "thread-memory", thread, bytes, limitBytes });
    }
  }
}
