// Which calls go to the compute process of compute/gpu, as seen by a caller who cannot wait for it: those above the
// crossover of the mode that it has, once it is ready. Until then, and whenever it fails, the processor computes.
//
//   below every crossover ............................. processor
//   no process, or one that starts .................... processor; it is started meanwhile
//   it rests after a failure .......................... processor
//   ready, below the crossover of its mode ............ processor
//   ready, above ...................................... gpu; when that fails or takes too long, processor

import { CodedError } from "../base/errors.js";
import { type Crossover, isForGpu, leastForGpu } from "./crossover.js";
import type { GpuEngine } from "./gpu/engine.js";

/** How long an answer may take, the copy over and back included, before the processor computes it after all. */
const DEADLINE_MS = 5_000;

export class GpuDoor {
  readonly #gpu: GpuEngine;
  readonly #deadlineMs: number;

  constructor(gpu: GpuEngine, deadlineMs = DEADLINE_MS) {
    this.#gpu = gpu;
    this.#deadlineMs = deadlineMs;
  }

  /** Whether a call of this size goes there now. Starts the process where one would. */
  takes(crossover: Crossover, size: number): boolean {
    if (size < leastForGpu(crossover)) return false;
    const { state, mode } = this.#gpu.status;
    if (state === "ready" && mode !== undefined) return isForGpu(crossover, mode, size);
    this.#gpu.start();
    return false;
  }

  /** What `work` answers there; undefined when the device failed, is gone or took too long. Bugs reject. */
  async run<T>(work: (gpu: GpuEngine, deadlineMs: number) => Promise<T>): Promise<T | undefined> {
    try {
      return await work(this.#gpu, this.#deadlineMs);
    } catch (error) {
      if (error instanceof CodedError && error.code.startsWith("GPU_")) return undefined;
      throw error;
    }
  }
}
