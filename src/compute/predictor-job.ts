// The training of an outcome predictor, as a job for another thread: plain arrays in, bytes out. It begins anew each
// time, from weights that follow from the seed, so that a predictor follows from its outcomes and its seed and not from
// when it was trained before.
//
// The network has two sigmoid outputs: the success, 0 … 1, and the logarithm of the latency, laid over 0 … 1:
//
//   y = 0.5 + (log(1 + ms) - mean) / (6 · spread)        so that three spreads to either side fit
//
// Why the mean squared error for both: what minimises it is the mean, which for successes is their probability.

import { createNetwork } from "./network.js";
import type { NetworkEngine } from "./network-engine.js";
import { saveNetwork } from "./network-file.js";
import type { NetworkShape } from "./network-shape.js";
import { type TrainingReport, trainNetwork } from "./network-training.js";
import { FEATURE_COUNT } from "./predictor-features.js";

export const OUTCOME_SHAPE: NetworkShape = {
  inputs: FEATURE_COUNT,
  layers: [
    { neurons: 16, activation: "tanh" },
    { neurons: 8, activation: "tanh" },
    { neurons: 2, activation: "sigmoid" },
  ],
};
const TRAINING = {
  algorithm: "adam",
  learningRate: 5e-3,
  updateRows: 256,
  epochs: 300,
  patience: 30,
  validationShare: 0.2,
} as const;
const SPREADS = 6;
const SPREAD_LEAST = 0.05;

/** The outcomes to learn from, the oldest first. It and its answer can be sent to another thread as they are. */
export interface OutcomeTrainingJob {
  /** Rows as predictor-features.ts writes them. */
  readonly features: Float32Array;
  /** 0 … 1, one for each row. */
  readonly successes: Float32Array;
  /** log(1 + ms), one for each row. */
  readonly logLatencies: Float32Array;
  readonly seed: number;
}

export interface LatencyScale {
  readonly mean: number;
  readonly spread: number;
}

export interface OutcomeTraining {
  /** As `saveNetwork` makes them. */
  readonly network: Uint8Array;
  readonly latency: LatencyScale;
  readonly outcomes: number;
  readonly report: TrainingReport;
}

/** Where trainings are done: a pool of threads, in a hub. It hands the job to `trainOutcomes` and brings its answer. */
export interface TrainingPool {
  run(job: OutcomeTrainingJob): Promise<OutcomeTraining>;
}

/** Does the job with the engine of the thread it is called on. */
export async function trainOutcomes(
  job: OutcomeTrainingJob,
  engine: NetworkEngine,
): Promise<OutcomeTraining> {
  const { features, successes, logLatencies, seed } = job;
  const latency = scaleOf(logLatencies);
  const targets = new Float32Array(2 * successes.length);
  for (let row = 0; row < successes.length; row++) {
    targets[2 * row] = successes[row]!;
    targets[2 * row + 1] = scaledLatency(logLatencies[row]!, latency);
  }
  const network = createNetwork(OUTCOME_SHAPE, seed, engine);
  const trained = await trainNetwork(network, { inputs: features, targets }, { ...TRAINING, seed });
  return {
    network: saveNetwork(trained.network),
    latency,
    outcomes: successes.length,
    report: trained.report,
  };
}

/** The latency in milliseconds that the second output stands for. */
export function latencyMsOf(output: number, { mean, spread }: LatencyScale): number {
  return Math.max(0, Math.expm1(mean + (output - 0.5) * SPREADS * spread));
}

function scaledLatency(logLatency: number, { mean, spread }: LatencyScale): number {
  return Math.min(1, Math.max(0, 0.5 + (logLatency - mean) / (SPREADS * spread)));
}

function scaleOf(logLatencies: Float32Array): LatencyScale {
  const count = logLatencies.length;
  const mean = logLatencies.reduce((sum, value) => sum + value, 0) / count;
  const variance = logLatencies.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  return { mean, spread: Math.max(SPREAD_LEAST, Math.sqrt(variance)) };
}
