// Which engine is the faster one for a call of a given size. The answer depends on the machine, so it is measured there
// (`hive calibrate`, compute/calibrate.ts) and kept (crossover-file.ts); until then DEFAULT_CROSSOVERS hold.
//
//   operation     size of a call                                                 engines
//   topK          agents in the table                                            js, native
//   scoreMatrix   scores: tasks · agents                                         js, native, gpu
//   similarTop    rows of the matrix                                             js, native, gpu
//   forward       weights and biases of the network · rows                       js, native, gpu
//
// Why one number for each: an engine has a price for being called at all and a price for each unit, so there is one
// size from which it is ahead. js has no price for being called, native one of a microsecond or of a thread of the
// pool, gpu one of a message to another process.
// Why the modes of gpu apart: WebAssembly in another process and a graphics card have nothing in common but the way.

import { GPU_MODES, type GpuMode } from "./gpu/protocol.js";

export const OPERATIONS = ["topK", "scoreMatrix", "similarTop", "forward"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** From which size on; null where it was ahead at no size that was measured. */
export type FromSize = number | null;

export interface Crossover {
  /** Native is faster than js. */
  readonly native: FromSize;
  /** gpu in this mode is faster than both; a mode that was not measured is not there. */
  readonly gpu: Readonly<Partial<Record<GpuMode, FromSize>>>;
}

export type Crossovers = Readonly<Record<Operation, Crossover>>;

/**
 * Measured on two cores of an AMD EPYC, Node 20. Why nothing goes to gpu by them: a graphics card that was not measured
 * may be slower than the processor, and the copy alone costs milliseconds.
 */
export const DEFAULT_CROSSOVERS: Crossovers = Object.freeze({
  topK: { native: 48, gpu: {} },
  scoreMatrix: { native: 12_000, gpu: {} },
  similarTop: { native: 0, gpu: {} },
  forward: { native: 0, gpu: {} },
});

/** The faster of the two engines on the processor for a call of this size. */
export function isForNative({ native }: Crossover, size: number): boolean {
  return native !== null && size >= native;
}

/** Whether gpu in this mode is faster than the processor for a call of this size. */
export function isForGpu({ gpu }: Crossover, mode: GpuMode, size: number): boolean {
  const from = gpu[mode];
  return from !== undefined && from !== null && size >= from;
}

/** The smallest size at which any mode of gpu is ahead; Infinity where none is. */
export function leastForGpu({ gpu }: Crossover): number {
  return Math.min(...GPU_MODES.map((mode) => gpu[mode] ?? Number.POSITIVE_INFINITY));
}
