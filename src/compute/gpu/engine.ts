// The engine on a graphics card: the three contracts of the compute core, answered by a process of its own (main.ts).
// It starts with the first call, ends when nobody has called for a while, and cannot harm the hub: each call has a
// deadline, and whatever is wrong with the process ends it, fails what waits for it with a code, and lets the next one
// start after a rest only (breaker.ts). Whoever calls computes on the processor then.
// The way: engine.ts (shapes, what goes over) > queue.ts (one piece of work at a time) > compute-process.ts ‖
// main.ts > score-work.ts, similar-work.ts or forward-work.ts > device.ts.

import { type ChildProcess, fork } from "node:child_process";
import { inRange, refuse, refuseUnknown } from "../../base/options.js";
import { type BreakerPolicy, DEFAULT_BREAKER } from "./breaker.js";
import { GPU_MODES, type GpuMode, VECTOR_VALUES } from "./protocol.js";
import { ComputeQueue, type GpuStatus, type QueueOptions, type Request } from "./queue.js";
import {
  checkForward,
  checkScores,
  checkSimilar,
  type GpuMatrix,
  type GpuNetworkPlan,
  type GpuScoreInput,
  type GpuSimilarResult,
} from "./shapes.js";

export interface GpuOptions {
  readonly ports: QueueOptions["ports"];
  /** How long a call may take that says nothing else, waiting and a start of the process included. */
  readonly deadlineMs?: number;
  readonly startLimitMs?: number;
  readonly idleMs?: number;
  readonly modes?: readonly GpuMode[];
  readonly breaker?: BreakerPolicy;
  /** Starts another program as the compute process, with the given file as its fifth descriptor. */
  readonly fork?: QueueOptions["fork"];
}

export const DEFAULT_GPU_LIMITS = Object.freeze({
  deadlineMs: 10_000,
  startLimitMs: 30_000,
  idleMs: 60_000,
});

const TIME_MAX_MS = 24 * 60 * 60_000;

/**
 * Answers within 1e-5 of the reference engines. A wrong shape is a bug and throws at once; a promise rejects with
 * GPU_UNAVAILABLE (no device, it failed, or it rests after failures), GPU_TIMEOUT, GPU_BUSY (too many calls wait) or
 * GPU_CLOSED, and the caller computes on the processor. Until a promise settles nobody changes what was given.
 */
export class GpuEngine {
  readonly kind = "gpu";
  readonly #queue: ComputeQueue;
  readonly #deadlineMs: number;

  constructor(options: GpuOptions) {
    refuseUnknown("the engine on a graphics card", options, OPTIONS);
    const { ports, modes = GPU_MODES, breaker = DEFAULT_BREAKER, fork: forkChild = forkMain } = options;
    if (modes.length === 0 || modes.some((mode) => !GPU_MODES.includes(mode)))
      refuse("modes", modes, `at least one of ${GPU_MODES.join(", ")}`);
    const limits = { ...DEFAULT_GPU_LIMITS, ...options };
    for (const name of ["deadlineMs", "startLimitMs", "idleMs"] as const)
      inRange(name, limits[name], 1, TIME_MAX_MS);
    this.#deadlineMs = limits.deadlineMs;
    const { startLimitMs, idleMs } = limits;
    this.#queue = new ComputeQueue({ ports, modes, startLimitMs, idleMs, breaker, fork: forkChild });
  }

  get status(): GpuStatus {
    return this.#queue.status;
  }

  /** Starts the process before the first call, unless it is there, rests or is closed. `status` tells more. */
  start(): void {
    this.#queue.start();
  }

  /**
   * Fills `scores` (T×A) and resolves to it: (base[kindOf[t], a] + offsets[t]) + Σ shares[t,c] · proficiency[c,a], and
   * −Infinity where the agent is not eligible or a proficiency lies below its minimum.
   */
  scoreMatrix(
    input: GpuScoreInput,
    scores: Float32Array,
    deadlineMs = this.#deadlineMs,
  ): Promise<Float32Array> {
    checkScores(input, scores);
    if (scores.length === 0) return Promise.resolve(scores);
    const { tasks, agents, capabilities, kinds } = input;
    const { shares, minima, offsets, kindOf, proficiency, base, eligible } = input;
    const numbers = [shares, minima, offsets, kindOf, proficiency, base, eligible];
    const work = { kind: "score", tasks, agents, capabilities, kinds } as const;
    const request = { prepare: () => ({ work, numbers }), results: [scores] };
    return this.#queue.run(request, deadlineMs).then(() => scores);
  }

  /** The best `k` rows (1 … 256) by cosine, fewer when there are fewer; ties to the lower row. */
  similarTopAsync(
    query: Float32Array,
    matrix: GpuMatrix,
    k: number,
    deadlineMs = this.#deadlineMs,
  ): Promise<GpuSimilarResult> {
    checkSimilar(query, matrix, k);
    const { values, rows, isUnit, version } = matrix;
    const result = { rows: new Uint32Array(k), scores: new Float32Array(k), count: 0 };
    if (rows === 0) return Promise.resolve(result);
    const asked = query.slice();
    const prepare: Request["prepare"] = (kept) => {
      const keep = kept.claim(values, version);
      const work = { kind: "similar", rows, k, isUnit, keep } as const;
      const sent = keep.isHere ? [] : [values.subarray(0, rows * VECTOR_VALUES)];
      return { work, numbers: [...sent, asked] };
    };
    const request = { prepare, results: [result.rows, result.scores] };
    return this.#queue.run(request, deadlineMs).then((count) => ({ ...result, count: Math.min(count, k) }));
  }

  /** Writes `rows` rows of outputs. `parameters` never change; they go over with the first call. */
  forward(
    plan: GpuNetworkPlan,
    parameters: Float32Array,
    inputs: Float32Array,
    rows: number,
    outputs: Float32Array,
    deadlineMs = this.#deadlineMs,
  ): Promise<void> {
    checkForward(plan, parameters, inputs, rows, outputs);
    if (rows === 0) return Promise.resolve();
    const layers = plan.layers.map(({ inputs: from, neurons, activation, weightsAt, biasesAt }) => ({
      inputs: from,
      neurons,
      activation,
      weightsAt,
      biasesAt,
    }));
    const prepare: Request["prepare"] = (kept) => {
      const keep = kept.claim(parameters, 0);
      const shape = { rows, inputs: plan.inputs, layers, parameters: plan.parameters, keep };
      const numbers = [...(keep.isHere ? [] : [parameters]), inputs.subarray(0, rows * plan.inputs)];
      return { work: { kind: "forward", ...shape }, numbers };
    };
    const request = { prepare, results: [outputs.subarray(0, rows * plan.outputs)] };
    return this.#queue.run(request, deadlineMs).then(() => undefined);
  }

  /** Ends the process within a second, however it is. Closing twice is fine. */
  close(): Promise<void> {
    return this.#queue.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const OPTIONS = ["ports", "deadlineMs", "startLimitMs", "idleMs", "modes", "breaker", "fork"];

function forkMain(file: number): ChildProcess {
  return fork(new URL("./main.js", import.meta.url), {
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc", file],
  });
}
