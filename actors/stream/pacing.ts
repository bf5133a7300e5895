// Keeps a long computation polite: it works in slices of a few milliseconds, lets the event loop turn between them,
// notices cancellation there, and reports progress by bytes.
// The way through: a reader hands over one small piece, the work calls `step(units)`, and awaits what comes back.
// Why: pieces are bounded by size, and slices by time. A time budget alone cannot interrupt a giant piece, and a
// size bound alone cannot know how slow the machine is today.

import { performance } from "node:perf_hooks";

/** Longest stretch of work between two turns of the event loop, before the piece in hand ends. */
const SLICE_MS = 8;
/** Progress is news for people: more often than this is noise. */
const PROGRESS_INTERVAL_MS = 200;

export interface PacingOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the whole input, where known; without it progress carries only a message. */
  readonly totalBytes?: number | undefined;
  readonly progress?: ((fraction: number, message?: string) => void) | undefined;
  readonly sliceMs?: number | undefined;
  readonly nowMs?: (() => number) | undefined;
}

/** The pace of one run. Not shared between runs. */
export class Pacer {
  readonly signal: AbortSignal | undefined;
  /** How often the event loop was given a turn. */
  pauses = 0;
  /** Largest single piece of work between two chances to pause, in the units given to `step`. */
  largestStep = 0;
  /** Bytes of input taken so far. */
  bytesRead = 0;
  #sliceStartMs: number;
  #progressAtMs: number;
  readonly #sliceMs: number;
  readonly #nowMs: () => number;
  readonly #totalBytes: number | undefined;
  readonly #progress: ((fraction: number, message?: string) => void) | undefined;
  #from = 0;
  #to = 1;
  #stage = "reading";

  constructor(options: PacingOptions = {}) {
    this.signal = options.signal;
    this.#totalBytes = options.totalBytes;
    this.#progress = options.progress;
    this.#sliceMs = options.sliceMs ?? SLICE_MS;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#sliceStartMs = this.#nowMs();
    this.#progressAtMs = this.#sliceStartMs;
  }

  /** Names the stage that begins and the part of the progress bar it fills. */
  enter(stage: string, from: number, to: number): void {
    this.#stage = stage;
    this.#from = from;
    this.#to = to;
  }

  /** To be awaited after each small piece of work of `units` (characters, rows): pauses when the slice is used up. */
  step(units: number, fraction?: number): Promise<void> | undefined {
    if (units > this.largestStep) this.largestStep = units;
    const nowMs = this.#nowMs();
    if (nowMs - this.#sliceStartMs < this.#sliceMs) return undefined;
    return this.#pause(nowMs, fraction);
  }

  async #pause(nowMs: number, fraction: number | undefined): Promise<void> {
    if (nowMs - this.#progressAtMs >= PROGRESS_INTERVAL_MS) {
      this.#progressAtMs = nowMs;
      this.#report(fraction ?? this.#readFraction());
    }
    this.pauses += 1;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.signal?.throwIfAborted();
    this.#sliceStartMs = this.#nowMs();
  }

  #readFraction(): number {
    return this.#totalBytes === undefined || this.#totalBytes === 0 ? 0 : this.bytesRead / this.#totalBytes;
  }

  #report(fraction: number): void {
    const inStage = Math.min(1, Math.max(0, fraction));
    const message = `${this.#stage}, ${(this.bytesRead / 1e6).toFixed(1)} MB read`;
    this.#progress?.(this.#from + inStage * (this.#to - this.#from), message);
  }
}
