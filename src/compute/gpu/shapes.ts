// What the engine takes, and the checks before anything is sent: the other process takes shapes for granted.
// Why shapes of its own: they are those of the contracts of the compute core, so whatever fits there fits here, and
// neither side loads the other engines.

import { invariant } from "../../base/invariant.js";
import type { ScoreMatrixInput } from "../score-matrix.js";
import { GPU_ACTIVATIONS, type GpuLayer, VECTOR_VALUES } from "./protocol.js";

/** The contract of the matrix is the same for every engine. */
export type GpuScoreInput = ScoreMatrixInput;

export interface GpuMatrix {
  /** At least 256·rows values. */
  readonly values: Float32Array;
  readonly rows: number;
  /** True: every row has unit length, or is zero. */
  readonly isUnit: boolean;
  /** The same array with the same number holds the same values, and is not sent again. Without it, each time. */
  readonly version?: number;
}

export interface GpuSimilarResult {
  readonly rows: Uint32Array;
  readonly scores: Float32Array;
  count: number;
}

export interface GpuNetworkPlan {
  readonly inputs: number;
  readonly outputs: number;
  readonly layers: readonly GpuLayer[];
  readonly parameters: number;
}

/** The most values of one array: 1 GiB. */
const VALUES_MAX = 2 ** 28;
const SIMILAR_MAX = 256;

export function checkScores(input: GpuScoreInput, scores: Float32Array): void {
  const { tasks, agents, capabilities, kinds } = input;
  for (const count of [tasks, agents, capabilities, kinds])
    invariant(isCount(count), "tasks, agents, capabilities and kinds are counts");
  checkFloats(input.shares, tasks * capabilities, "shares");
  checkFloats(input.minima, tasks * capabilities, "minima");
  checkFloats(input.offsets, tasks, "offsets");
  checkFloats(input.proficiency, capabilities * agents, "proficiency");
  checkFloats(input.base, kinds * agents, "base");
  checkFloats(scores, tasks * agents, "scores");
  invariant(isCounts(input.kindOf, tasks), "each task has a kind");
  invariant(isCounts(input.eligible, agents), "each agent is eligible or not");
  for (let task = 0; task < tasks; task++) invariant(input.kindOf[task]! < kinds, "a kind lies below K");
}

export function checkSimilar(query: Float32Array, { values, rows }: GpuMatrix, k: number): void {
  invariant(Number.isInteger(k) && k >= 1 && k <= SIMILAR_MAX, "similarTop is asked for 1 to 256 rows");
  invariant(isFloats(query) && query.length === VECTOR_VALUES, "an embedding has 256 values");
  invariant(isCount(rows) && rows * VECTOR_VALUES <= VALUES_MAX, "a matrix has up to 2^20 rows");
  invariant(
    isFloats(values) && values.length >= rows * VECTOR_VALUES,
    "a matrix has 256 values for every row",
  );
}

export function checkForward(
  plan: GpuNetworkPlan,
  parameters: Float32Array,
  inputs: Float32Array,
  rows: number,
  outputs: Float32Array,
): void {
  checkPlan(plan);
  invariant(isCount(rows), "a batch has a whole number of rows");
  invariant(rows * Math.max(plan.inputs, plan.outputs) <= VALUES_MAX, "a batch has at most 2^28 values");
  checkFloats(parameters, plan.parameters, "parameters");
  invariant(isFloats(inputs) && inputs.length >= rows * plan.inputs, "a batch has each input of each row");
  invariant(isFloats(outputs) && outputs.length >= rows * plan.outputs, "a batch has room for its outputs");
}

function checkPlan({ inputs, outputs, layers, parameters }: GpuNetworkPlan): void {
  let width = inputs;
  for (const layer of layers) {
    invariant(layer.inputs === width && isCount(layer.neurons), "a layer takes what the one before it gives");
    invariant(GPU_ACTIVATIONS.includes(layer.activation), "an activation is one of four");
    invariant(layer.weightsAt + width * layer.neurons <= parameters, "weights lie among the parameters");
    invariant(layer.biasesAt + layer.neurons <= parameters, "biases lie among the parameters");
    width = layer.neurons;
  }
  invariant(layers.length > 0 && width === outputs, "a network gives what its last layer gives");
}

function checkFloats(given: Float32Array, length: number, name: string): void {
  invariant(length <= VALUES_MAX, `${name} have at most 2^28 values`);
  invariant(isFloats(given) && given.length === length, `${name} have the length that their shape asks for`);
}

function isFloats(given: unknown): given is Float32Array {
  return given instanceof Float32Array;
}

function isCounts(given: unknown, length: number): boolean {
  return given instanceof Uint32Array && given.length === length;
}

function isCount(given: number): boolean {
  return Number.isInteger(given) && given >= 0;
}
