// Training: makes a better network of a network and examples. The rules stand in network-engine.ts; here is what both
// engines share: which rows are learnt from, which judge, when it is enough.
//
//   validation   a share of the rows, drawn by the seed, is kept apart; the errors of these rows decide which epoch
//                was the best, and the network of that epoch is the result. When `patience` epochs brought nothing
//                better, training stops (early stopping; Prechelt, 1998).
//   order        incremental and adam see the rows in a new order each epoch, drawn by the seed (Fisher & Yates)
//
// The error is the mean of (y - target)² over rows and outputs. One seed, one result, whatever the engine.

import { CodedError } from "../base/errors.js";
import { inRange, refuse, refuseUnknown } from "../base/options.js";
import { type Random, seededRandom } from "../base/random.js";
import { show } from "../base/show.js";
import { Network } from "./network.js";
import { ALGORITHMS, type Algorithm, RPROP, type TrainingState } from "./network-engine.js";
import { checkFloats } from "./network-shape.js";
import { makeSharedFloats, shareFloats } from "./shared-floats.js";

/** Examples: rows of inputs, and for each the outputs wanted, one row after the other. */
export interface Examples {
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
}

export interface TrainingOptions {
  /** Default rprop, which needs no rate. */
  readonly algorithm?: Algorithm;
  /** Of incremental, batch and adam. Default 0.1, adam 0.001. */
  readonly learningRate?: number;
  /** adam: rows of one update. Default 32. */
  readonly updateRows?: number;
  /** At most so many. Default 200. */
  readonly epochs?: number;
  /** Stops when the error, of the validation rows if there are some, is no more than this. Default 0. */
  readonly errorAtMost?: number;
  /** 0 … 0.9. Default 0.2; 0 for none: then the result is the network of the last epoch. */
  readonly validationShare?: number;
  /** Epochs without a better validation error before it stops. Default 20. */
  readonly patience?: number;
  /** Any 32-bit integer. Default 0. */
  readonly seed?: number;
  /** Stops it between two epochs. */
  readonly signal?: AbortSignal;
}

export interface TrainingReport {
  /** Epochs gone through, and the one whose network this is; 0 is the network as it was given. */
  readonly epochs: number;
  readonly bestEpoch: number;
  /** Of the last epoch, each row as it came by. */
  readonly trainingError: number;
  /** Of the rows kept apart, by the network that is the result; undefined when none were. */
  readonly validationError: number | undefined;
  readonly stopped: "epochs" | "error" | "patience";
}

export interface Trained {
  readonly network: Network;
  readonly report: TrainingReport;
}

export const TRAINING_DEFAULTS = Object.freeze({
  algorithm: "rprop",
  epochs: 200,
  errorAtMost: 0,
  validationShare: 0.2,
  patience: 20,
  seed: 0,
});
const RATE_DEFAULTS: Readonly<Record<Algorithm, number>> = {
  incremental: 0.1,
  batch: 0.1,
  rprop: 0,
  adam: 1e-3,
};
const UPDATE_ROWS_DEFAULT = 32;
const EPOCHS_MAX = 1_000_000;
const KNOWN = [...Object.keys(TRAINING_DEFAULTS), "learningRate", "updateRows", "signal"];

type Settings = Required<Omit<TrainingOptions, "signal">>;

/**
 * Trains a copy of `network`, off this thread with the native engine, and resolves with the result.
 * @throws CodedError OPTIONS for options and examples that make no sense; CANCELLED when the signal was given;
 *   DIVERGED when the parameters left the range of numbers.
 */
export async function trainNetwork(
  network: Network,
  examples: Examples,
  options: TrainingOptions = {},
): Promise<Trained> {
  const settings = checkOptions(options);
  const random = seededRandom(settings.seed);
  const state = makeState(network, examples, settings, random);
  refuseCancelled(options.signal, 0);
  const judged = state.order.length - state.trainingRows;
  const best = { error: Number.POSITIVE_INFINITY, epoch: 0, parameters: state.parameters.slice() };
  if (judged > 0) {
    await network.engine.judge(state);
    best.error = meanOf(state.validationSum, judged, state);
  }
  let epoch = 0;
  let stopped: TrainingReport["stopped"] = "epochs";
  while (epoch < settings.epochs) {
    if (settings.algorithm === "incremental" || settings.algorithm === "adam")
      shuffle(state.order, state.trainingRows, random);
    await network.engine.epoch(state);
    epoch++;
    refuseCancelled(options.signal, epoch);
    refuseDiverged(state, epoch);
    const error =
      judged > 0
        ? meanOf(state.validationSum, judged, state)
        : meanOf(state.trainingSum, state.trainingRows, state);
    if (judged === 0 || error < best.error) keep(best, state, error, epoch);
    if (error <= settings.errorAtMost) stopped = "error";
    else if (judged > 0 && epoch - best.epoch >= settings.patience) stopped = "patience";
    if (stopped !== "epochs") break;
  }
  return {
    network: new Network(network.plan, best.parameters, network.engine),
    report: {
      epochs: epoch,
      bestEpoch: best.epoch,
      trainingError: meanOf(state.trainingSum, state.trainingRows, state),
      validationError: judged > 0 ? best.error : undefined,
      stopped,
    },
  };
}

/** The mean of (y - target)² over the rows and outputs of the examples. */
export function errorOf(network: Network, { inputs, targets }: Examples): number {
  const outputs = network.forward(inputs);
  checkFloats(
    "targets",
    targets,
    outputs.length,
    `rows of ${network.plan.outputs}, one for each of the inputs`,
  );
  let sum = 0;
  for (let at = 0; at < outputs.length; at++) sum += (outputs[at]! - targets[at]!) ** 2;
  return sum / outputs.length;
}

function checkOptions(options: TrainingOptions): Settings {
  refuseUnknown("training", options, KNOWN);
  const algorithm = options.algorithm ?? "rprop";
  if (!ALGORITHMS.includes(algorithm))
    refuse("algorithm", show(algorithm), `one of ${ALGORITHMS.join(", ")}`);
  const settings: Settings = {
    ...TRAINING_DEFAULTS,
    updateRows: UPDATE_ROWS_DEFAULT,
    learningRate: RATE_DEFAULTS[algorithm],
    ...options,
    algorithm,
  };
  inRange("learningRate", settings.learningRate, algorithm === "rprop" ? 0 : 1e-12, 1e6);
  wholeInRange("updateRows", settings.updateRows, 1, 2 ** 24);
  wholeInRange("epochs", settings.epochs, 1, EPOCHS_MAX);
  inRange("errorAtMost", settings.errorAtMost, 0, Number.MAX_VALUE);
  inRange("validationShare", settings.validationShare, 0, 0.9);
  wholeInRange("patience", settings.patience, 1, EPOCHS_MAX);
  if (!Number.isInteger(settings.seed)) refuse("seed", settings.seed, "a whole number");
  return settings;
}

function wholeInRange(name: string, given: number, least: number, most: number): void {
  if (!Number.isInteger(given) || given < least || given > most)
    refuse(name, given, `a whole number from ${least} to ${most}`);
}

/** Copies of everything that training touches: the caller may go on with what was given. */
function makeState(
  network: Network,
  { inputs, targets }: Examples,
  settings: Settings,
  random: Random,
): TrainingState {
  const { plan, parameters } = network;
  const rows = network.rowsOf(inputs);
  checkFloats("targets", targets, rows * plan.outputs, `rows of ${plan.outputs}, one for each of the inputs`);
  const kept = Math.floor(rows * settings.validationShare);
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  if (kept > 0) shuffle(order, rows, random);
  // Why sorted: rows that are learnt from all together are read as they lie.
  order.subarray(0, rows - kept).sort();
  const { algorithm, learningRate } = settings;
  const updateRows = algorithm === "adam" ? settings.updateRows : algorithm === "incremental" ? 1 : rows;
  return {
    plan,
    algorithm,
    learningRate,
    updateRows,
    parameters: shareFloats(parameters),
    gradient: makeSharedFloats(plan.parameters),
    first: makeSharedFloats(plan.parameters),
    second: makeSharedFloats(plan.parameters).fill(algorithm === "rprop" ? RPROP.first : 0),
    inputs: shareFloats(inputs),
    targets: shareFloats(targets),
    order,
    trainingRows: rows - kept,
    decay1: 1,
    decay2: 1,
    trainingSum: 0,
    validationSum: 0,
  };
}

function shuffle(order: Uint32Array, count: number, random: Random): void {
  for (let last = count - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const swapped = order[last]!;
    order[last] = order[other]!;
    order[other] = swapped;
  }
}

function meanOf(sum: number, rows: number, { plan }: TrainingState): number {
  return sum / (rows * plan.outputs);
}

function keep(
  best: { error: number; epoch: number; readonly parameters: Float32Array },
  state: TrainingState,
  error: number,
  epoch: number,
): void {
  best.error = error;
  best.epoch = epoch;
  best.parameters.set(state.parameters);
}

function refuseCancelled(signal: AbortSignal | undefined, epochs: number): void {
  if (!signal?.aborted) return;
  throw new CodedError("CANCELLED", `the training was cancelled after ${epochs} epochs`, {
    data: { epochs },
    cause: signal.reason,
  });
}

function refuseDiverged({ parameters, algorithm, learningRate }: TrainingState, epoch: number): void {
  if (parameters.every(Number.isFinite)) return;
  const rate = algorithm === "rprop" ? "" : ` or a lower learning rate than ${learningRate}`;
  const help = `scale inputs and targets to about -1 … 1, or use sigmoid or tanh layers${rate}`;
  throw new CodedError("DIVERGED", `in epoch ${epoch} the parameters left the range of numbers; ${help}`);
}
