// How an attempt will come out: the chance that it succeeds, and how long it takes, learnt from attempts that settled.
// The way: predictor-features.ts (what is known, as numbers) > this file (what settled, the network in use) >
// predictor-job.ts (the training, on another thread) > predictor-calibration.ts (how far to believe it).
//
// Whoever owns a predictor records each settled attempt, and calls `train` when `isDue` says so; until a training came
// back, predictions come from the network before it. The new one takes its place by one assignment: nobody ever sees
// half of it. The same outcomes, trainings and seed give the same predictions.
// Why the latest outcomes only, and anew each time: agents change. What is kept is bounded, and so is each training.

import { inRange } from "../base/options.js";
import type { Network } from "./network.js";
import type { NetworkEngine } from "./network-engine.js";
import { loadNetwork, saveNetwork } from "./network-file.js";
import type { ForwardEngine } from "./network-shape.js";
import type { TrainingReport } from "./network-training.js";
import { type Calibration, CalibrationWindow } from "./predictor-calibration.js";
import { FEATURE_COUNT, type OutcomeFeatures, writeFeatures } from "./predictor-features.js";
import { type PredictorState, packPredictor, unpackPredictor } from "./predictor-file.js";
import { type LatencyScale, latencyMsOf, type TrainingPool } from "./predictor-job.js";

/** How an attempt came out. */
export interface Outcome {
  /** 0 failed … 1 succeeded; in between for a success of that quality. */
  readonly success: number;
  /** From its beginning to its settling. */
  readonly latencyMs: number;
  /** The success that was expected without a prediction, 0 … 1, to be compared with it. Default: what was predicted. */
  readonly believed?: number;
}

export interface Prediction {
  /** 0 … 1. */
  readonly success: number;
  /** The geometric mean of what is to be expected: a few very slow attempts weigh little. */
  readonly latencyMs: number;
}

export interface PredictorOptions {
  /** Computes predictions on this thread. */
  readonly engine: NetworkEngine;
  /** Does the trainings. */
  readonly pool: TrainingPool;
  /** Computes `predictMany`; default `engine`. */
  readonly batchEngine?: ForwardEngine;
  /** Any 32-bit integer. Default 0. */
  readonly seed?: number;
  /** Outcomes that are kept, 64 … 65,536; the oldest go first. Default 4,096. */
  readonly capacity?: number;
  /** Outcomes after which the next training is due. Default 256. */
  readonly trainAfter?: number;
}

/** Fewer outcomes than this say nothing. */
export const OUTCOMES_LEAST = 64;
const CAPACITY_MAX = 65_536;
const CAPACITY_DEFAULT = 4_096;
const TRAIN_AFTER_DEFAULT = 256;
/** Two weeks; a longer one counts as this, as in the table of agents. */
const LATENCY_MAX_MS = 14 * 24 * 3_600_000;

interface Model {
  readonly network: Network;
  readonly latency: LatencyScale;
}

/** Predicts outcomes; not reentrant, as nothing on one thread is. */
export class OutcomePredictor {
  readonly #engine: NetworkEngine;
  readonly #batchEngine: ForwardEngine;
  readonly #pool: TrainingPool;
  readonly #seed: number;
  readonly #capacity: number;
  readonly #trainAfter: number;
  readonly #features: Float32Array;
  readonly #successes: Float32Array;
  readonly #logLatencies: Float32Array;
  readonly #calibration = new CalibrationWindow();
  readonly #row = new Float32Array(FEATURE_COUNT);
  readonly #outputs = new Float32Array(2);
  /** By how many attempts they hold. */
  readonly #batches: { readonly rows: Float32Array; readonly outputs: Float32Array }[] = [];
  #recorded = 0;
  #recordedAtTraining = 0;
  #trainings = 0;
  #training: Promise<TrainingReport> | undefined;
  #model: Model | undefined;

  constructor(options: PredictorOptions) {
    this.#engine = options.engine;
    this.#batchEngine = options.batchEngine ?? options.engine;
    this.#pool = options.pool;
    this.#seed = options.seed ?? 0;
    this.#capacity = inRange("capacity", options.capacity ?? CAPACITY_DEFAULT, OUTCOMES_LEAST, CAPACITY_MAX);
    this.#trainAfter = inRange("trainAfter", options.trainAfter ?? TRAIN_AFTER_DEFAULT, 1, CAPACITY_MAX);
    this.#features = new Float32Array(FEATURE_COUNT * this.#capacity);
    this.#successes = new Float32Array(this.#capacity);
    this.#logLatencies = new Float32Array(this.#capacity);
  }

  /** Outcomes that the next training learns from. */
  get outcomes(): number {
    return Math.min(this.#recorded, this.#capacity);
  }

  /** Whether there is a network to predict by. */
  get isReady(): boolean {
    return this.#model !== undefined;
  }

  /** Whether enough settled since the last training began, and none goes on. */
  get isDue(): boolean {
    const fresh = this.#recorded - this.#recordedAtTraining;
    return this.#training === undefined && this.outcomes >= OUTCOMES_LEAST && fresh >= this.#trainAfter;
  }

  /** Notes how an attempt came out. Throws OPTIONS for what is out of range, and then notes nothing. */
  record(features: OutcomeFeatures, { success, latencyMs, believed }: Outcome): void {
    inRange("success", success, 0, 1);
    inRange("believed", believed ?? 0, 0, 1);
    inRange("latencyMs", latencyMs, 0, Number.MAX_VALUE);
    writeFeatures(features, this.#row, 0);
    const logLatency = Math.log1p(Math.min(latencyMs, LATENCY_MAX_MS));
    if (this.#model !== undefined) {
      const predicted = this.#compute(this.#model);
      const latencyOff = Math.log1p(predicted.latencyMs) - logLatency;
      this.#calibration.add(predicted.success, success, latencyOff, believed ?? predicted.success);
    }
    const at = this.#recorded++ % this.#capacity;
    this.#features.set(this.#row, at * FEATURE_COUNT);
    this.#successes[at] = success;
    this.#logLatencies[at] = logLatency;
  }

  /** What to expect; undefined before the first training. Throws OPTIONS for what is out of range. */
  predict(features: OutcomeFeatures): Prediction | undefined {
    if (this.#model === undefined) return undefined;
    writeFeatures(features, this.#row, 0);
    return this.#compute(this.#model);
  }

  /**
   * Writes the expected success of each of a few attempts, the first `count` of the list, to `successes`; false before
   * the first training. On this thread, and without allocating once it has seen so many.
   */
  predictSuccesses(attempts: readonly OutcomeFeatures[], count: number, successes: Float32Array): boolean {
    if (this.#model === undefined) return false;
    const { rows, outputs } = (this.#batches[count] ??= {
      rows: new Float32Array(FEATURE_COUNT * count),
      outputs: new Float32Array(2 * count),
    });
    for (let row = 0; row < count; row++) writeFeatures(attempts[row]!, rows, row * FEATURE_COUNT);
    this.#model.network.forward(rows, outputs);
    for (let row = 0; row < count; row++) successes[row] = outputs[2 * row]!;
    return true;
  }

  /** The same for many at once, on the engine for batches; none before the first training. */
  async predictMany(attempts: readonly OutcomeFeatures[]): Promise<readonly Prediction[] | undefined> {
    const model = this.#model;
    if (model === undefined || attempts.length === 0) return model === undefined ? undefined : [];
    const rows = new Float32Array(FEATURE_COUNT * attempts.length);
    for (const [row, features] of attempts.entries()) writeFeatures(features, rows, row * FEATURE_COUNT);
    const outputs = await model.network.forwardLater(rows, this.#batchEngine);
    return attempts.map((_, row) => predictionOf(outputs, 2 * row, model.latency));
  }

  /**
   * Trains on the outcomes there are, and predicts by the result from then on. While one training goes on, another call
   * gets the same promise. When it fails, it rejects, and predictions stay as they were.
   */
  train(): Promise<TrainingReport> {
    this.#training ??= this.#train().finally(() => {
      this.#training = undefined;
    });
    return this.#training;
  }

  /** How far its predictions could be believed lately. */
  calibration(): Calibration {
    return this.#calibration.report();
  }

  /** How much of a prediction to mix into what is believed without it, 0 … 1: that of the calibration. */
  get weight(): number {
    return this.#calibration.weight;
  }

  /** What it knows as bytes. A training that goes on is not part of it. */
  save(): Uint8Array {
    const { seen, columns } = this.#calibration.dump();
    const { network, latency = { mean: 0, spread: 1 } } = this.#model ?? {};
    return packPredictor({
      recorded: this.#recorded,
      recordedAtTraining: this.#recordedAtTraining,
      trainings: this.#trainings,
      features: this.#inOrder(this.#features, FEATURE_COUNT),
      successes: this.#inOrder(this.#successes, 1),
      logLatencies: this.#inOrder(this.#logLatencies, 1),
      network: network === undefined ? null : saveNetwork(network),
      latency,
      calibrated: seen,
      calibration: columns,
    });
  }

  /**
   * Goes on from what `save` returned, with the same predictions to the last bit; before anything is recorded. Throws
   * PREDICTOR_FILE for bytes that are not that, or of a predictor of another capacity, and then knows nothing still.
   */
  restore(bytes: Uint8Array): void {
    unpackPredictor(bytes, (state) => this.#restore(state));
  }

  #restore(state: PredictorState): void {
    const { recorded, network, latency } = state;
    const outcomes = Math.min(recorded, this.#capacity);
    const lengths = [
      state.features.length / FEATURE_COUNT,
      state.successes.length,
      state.logLatencies.length,
    ];
    if (lengths.some((length) => length !== outcomes))
      throw new Error(`there are ${lengths.join(", ")} numbers of ${outcomes} outcomes`);
    const model = network === null ? undefined : { network: loadNetwork(network, this.#engine), latency };
    const { inputs = FEATURE_COUNT, outputs = 2 } = model?.network.plan ?? {};
    if (inputs !== FEATURE_COUNT || outputs !== 2) throw new Error("its network is one for something else");
    if (!this.#calibration.restore(state.calibrated, state.calibration))
      throw new Error("its calibration has another length");
    for (let row = 0; row < outcomes; row++) {
      const at = (recorded - outcomes + row) % this.#capacity;
      const from = row * FEATURE_COUNT;
      this.#features.set(state.features.subarray(from, from + FEATURE_COUNT), at * FEATURE_COUNT);
      this.#successes[at] = state.successes[row]!;
      this.#logLatencies[at] = state.logLatencies[row]!;
    }
    this.#recorded = recorded;
    this.#recordedAtTraining = state.recordedAtTraining;
    this.#trainings = state.trainings;
    this.#model = model;
  }

  async #train(): Promise<TrainingReport> {
    inRange("the number of outcomes to train on", this.outcomes, OUTCOMES_LEAST, CAPACITY_MAX);
    this.#recordedAtTraining = this.#recorded;
    const training = await this.#pool.run({
      features: this.#inOrder(this.#features, FEATURE_COUNT),
      successes: this.#inOrder(this.#successes, 1),
      logLatencies: this.#inOrder(this.#logLatencies, 1),
      seed: (this.#seed + this.#trainings++) | 0,
    });
    this.#model = { network: loadNetwork(training.network, this.#engine), latency: training.latency };
    return training.report;
  }

  /** A copy, the oldest first. */
  #inOrder(column: Float32Array, width: number): Float32Array {
    const { outcomes } = this;
    const oldest = (this.#recorded - outcomes) % this.#capacity;
    const ordered = new Float32Array(outcomes * width);
    const tail = column.subarray(oldest * width, Math.min(oldest + outcomes, this.#capacity) * width);
    ordered.set(tail);
    ordered.set(column.subarray(0, ordered.length - tail.length), tail.length);
    return ordered;
  }

  #compute({ network, latency }: Model): Prediction {
    network.forward(this.#row, this.#outputs);
    return predictionOf(this.#outputs, 0, latency);
  }
}

function predictionOf(outputs: Float32Array, at: number, latency: LatencyScale): Prediction {
  return { success: outputs[at]!, latencyMs: latencyMsOf(outputs[at + 1]!, latency) };
}
