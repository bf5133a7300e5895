// Calls that wait for the compute process, which does one at a time, and the life of that process: none until somebody
// calls, then one, and after it failed none until a rest is over. See breaker.ts for how long.
//
//   idle ──call──> opening ──> running ──nobody calls──> idle
//                     └─ failure ─┴──> resting ──rest over, call──> opening
//   any ──close──> closed

import type { ChildProcess } from "node:child_process";
import type { FileHandle } from "node:fs/promises";
import { CodedError } from "../../base/errors.js";
import type { ThreadPorts, TimerHandle } from "../../base/ports.js";
import { type BreakerPolicy, restAfter } from "./breaker.js";
import { ComputeProcess, unavailable } from "./compute-process.js";
import { KeptArrays } from "./kept-arrays.js";
import { type Numbers, openNumberFile } from "./number-file.js";
import type { GpuMode, RefusedMode, Work } from "./protocol.js";

export interface QueueOptions {
  readonly ports: Pick<ThreadPorts, "clock" | "timers" | "random">;
  /** In which order modes are tried; at least one. */
  readonly modes: readonly GpuMode[];
  /** For a process to get ready: the driver of a card may take seconds. */
  readonly startLimitMs: number;
  /** So long without a call ends the process. */
  readonly idleMs: number;
  readonly breaker: BreakerPolicy;
  /** Starts the compute process with the given file as its fifth descriptor. */
  readonly fork: (file: number) => ChildProcess;
}

/** A piece of work. `prepare` is called when its turn has come, with what the process has already. */
export interface Request {
  prepare(kept: KeptArrays): { readonly work: Work; readonly numbers: readonly Numbers[] };
  readonly results: readonly Numbers[];
}

/** What people see in /health. */
export interface GpuStatus {
  readonly state: "idle" | "starting" | "ready" | "resting" | "closed";
  /** What the last process found, while it is there: mode, adapter, and why better modes were not taken. */
  readonly mode?: GpuMode;
  readonly adapter?: string;
  readonly refused?: readonly RefusedMode[];
  readonly pid?: number;
  /** Calls that were answered, and calls that failed for whatever reason. */
  readonly calls: number;
  readonly failures: number;
  readonly lastError?: string;
  readonly restsForMs?: number;
}

/** Calls that wait; more would only keep arrays in memory for answers that come too late. */
const WAITING_MAX = 64;
/** For a killed process to go. One that hangs in a driver may never, and nobody waits with it. */
const BURIAL_MS = 1_000;

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "opening" }
  | { readonly kind: "running"; readonly process: ComputeProcess; readonly kept: KeptArrays }
  | { readonly kind: "resting"; readonly untilMs: number }
  | { readonly kind: "closed" };

interface Waiting {
  readonly request: Request;
  readonly resolve: (count: number) => void;
  readonly reject: (error: CodedError) => void;
  timer: TimerHandle;
}

export class ComputeQueue {
  readonly #options: QueueOptions;
  #modes: readonly GpuMode[];
  #state: State = { kind: "idle" };
  #waiting: Waiting[] = [];
  #current: Waiting | undefined;
  #idle: TimerHandle | undefined;
  #calls = 0;
  #failures = 0;
  #failuresInRow = 0;
  #lastError: CodedError | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#modes = options.modes;
  }

  get status(): GpuStatus {
    const state = this.#state;
    const ready = state.kind === "running" ? state.process.ready : undefined;
    const pid = state.kind === "running" ? state.process.pid : undefined;
    const restsForMs = this.#restsForMs();
    return {
      state: this.#stateForPeople(),
      ...(ready === undefined ? {} : { mode: ready.mode, adapter: ready.adapter, refused: ready.refused }),
      ...(pid === undefined ? {} : { pid }),
      calls: this.#calls,
      failures: this.#failures,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError.message }),
      ...(restsForMs > 0 ? { restsForMs } : {}),
    };
  }

  /** Settles with the count of results, or rejects with GPU_UNAVAILABLE, GPU_TIMEOUT, GPU_BUSY or GPU_CLOSED. */
  run(request: Request, deadlineMs: number): Promise<number> {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      this.#failures += 1;
      return Promise.reject(refusal);
    }
    return new Promise((resolve, reject) => {
      const timer = this.#options.ports.timers.after(deadlineMs, () => this.#expire(waiting, deadlineMs));
      const waiting: Waiting = { request, resolve, reject, timer };
      this.#waiting.push(waiting);
      this.#next();
    });
  }

  /** Starts a process if there is none and none failed a moment ago, so that later calls find it ready. */
  start(): void {
    if (this.#refusal() === undefined && this.#state.kind === "idle") void this.#open();
  }

  /** Ends the process; what waits fails with GPU_CLOSED. Never takes longer than a second. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: "closed" };
    this.#idle?.cancel();
    this.#failWaiting(closed());
    if (state.kind !== "running") return;
    state.process.kill(closed());
    const { promise, resolve } = withResolvers();
    const limit = setTimeout(resolve, BURIAL_MS);
    state.process.exited.then(resolve);
    await promise;
    clearTimeout(limit);
  }

  #stateForPeople(): GpuStatus["state"] {
    const state = this.#state;
    if (state.kind === "opening") return "starting";
    if (state.kind === "running") return state.process.ready === undefined ? "starting" : "ready";
    return state.kind;
  }

  #restsForMs(): number {
    const state = this.#state;
    return state.kind === "resting" ? Math.max(0, state.untilMs - this.#options.ports.clock.nowMs()) : 0;
  }

  #refusal(): CodedError | undefined {
    if (this.#state.kind === "closed") return closed();
    const restsForMs = Math.ceil(this.#restsForMs());
    if (restsForMs > 0)
      return unavailable(`is not started for ${restsForMs} ms more after it failed`, this.#lastError);
    if (this.#state.kind === "resting") this.#state = { kind: "idle" };
    if (this.#waiting.length < WAITING_MAX) return undefined;
    const message = `${WAITING_MAX} calls wait for the compute process, and no more are taken`;
    return new CodedError("GPU_BUSY", `${message}; compute on the processor.`, {
      data: { waiting: WAITING_MAX },
    });
  }

  /** Goes on as far as it can: opens a process, gives it work, or lets it idle. */
  #next(): void {
    if (this.#current !== undefined) return;
    this.#idle?.cancel();
    const state = this.#state;
    if (state.kind === "idle" && this.#waiting.length > 0) {
      void this.#open();
    } else if (state.kind === "running" && state.process.ready !== undefined) {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#letIdle(state.process);
      else void this.#work(state.process, state.kept, waiting);
    } else if (state.kind === "running") {
      state.process.hold(this.#waiting.length > 0);
    }
  }

  async #work(process: ComputeProcess, kept: KeptArrays, waiting: Waiting): Promise<void> {
    this.#current = waiting;
    process.hold(true);
    try {
      const { work, numbers } = waiting.request.prepare(kept);
      const count = await process.run(work, kept.takeForgotten(), numbers, waiting.request.results);
      this.#calls += 1;
      this.#failuresInRow = 0;
      waiting.resolve(count);
    } catch (error) {
      this.#fail(waiting, error as CodedError);
    }
    waiting.timer.cancel();
    this.#current = undefined;
    this.#next();
  }

  #letIdle(process: ComputeProcess): void {
    process.hold(false);
    this.#idle = this.#options.ports.timers.after(this.#options.idleMs, () => {
      this.#state = { kind: "idle" };
      process.kill(unavailable("has ended, since nobody called"));
    });
  }

  async #open(): Promise<void> {
    this.#state = { kind: "opening" };
    let file: FileHandle;
    try {
      file = await openNumberFile(this.#options.ports.random);
    } catch (error) {
      if (!this.#isClosed()) this.#rest(unavailable(`cannot be given a file: ${(error as Error).message}`));
      return;
    }
    if (this.#isClosed()) return file.close();
    const process: ComputeProcess = new ComputeProcess({
      child: this.#options.fork(file.fd),
      file,
      modes: this.#modes,
      startLimitMs: this.#options.startLimitMs,
      timers: this.#options.ports.timers,
      onReady: () => this.#next(),
      onGone: (cause) => this.#lost(process, cause),
    });
    this.#state = { kind: "running", process, kept: new KeptArrays() };
    this.#next();
  }

  #isClosed(): boolean {
    return this.#state.kind === "closed";
  }

  #lost(process: ComputeProcess, cause: CodedError): void {
    if (this.#state.kind !== "running" || this.#state.process !== process) return;
    // A mode that took its process along is not tried again, unless there is no other.
    const others = this.#modes.filter((mode) => mode !== process.failedMode);
    if (others.length > 0) this.#modes = others;
    this.#rest(cause);
  }

  #rest(cause: CodedError): void {
    this.#failuresInRow += 1;
    this.#lastError = cause;
    const restMs = restAfter(this.#options.breaker, this.#failuresInRow);
    this.#state = { kind: "resting", untilMs: this.#options.ports.clock.nowMs() + restMs };
    this.#failWaiting(unavailable("failed before this call's turn came", cause));
  }

  #failWaiting(error: CodedError): void {
    for (const waiting of this.#waiting.splice(0)) this.#fail(waiting, error);
  }

  #fail(waiting: Waiting, error: CodedError): void {
    waiting.timer.cancel();
    this.#failures += 1;
    waiting.reject(error);
  }

  /** The call whose turn it is takes the process along: it hangs. One that still waits has only waited too long. */
  #expire(waiting: Waiting, deadlineMs: number): void {
    const error = new CodedError(
      "GPU_TIMEOUT",
      `The compute process gave no answer within ${deadlineMs} ms; compute on the processor.`,
      { data: { deadlineMs } },
    );
    if (waiting === this.#current) {
      if (this.#state.kind === "running") this.#state.process.kill(error);
      return;
    }
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
    this.#fail(waiting, error);
    this.#next();
  }
}

function closed(): CodedError {
  return new CodedError(
    "GPU_CLOSED",
    "The engine of the compute process is closed; compute on the processor.",
  );
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
