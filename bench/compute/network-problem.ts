// What the questions about networks compute: a network of 64-64-32-2, its data and what it should learn, all from one
// seed.

import { loadAddon } from "../../src/base/addon.js";
import { seededRandom } from "../../src/base/random.js";
import { createNetwork, createNetworkEngine, type Network } from "../../src/compute/network.js";
import type { NetworkShape } from "../../src/compute/network-shape.js";

export const ROWS = 1024;
const SEED = 20_261_121;

const SHAPE: NetworkShape = {
  inputs: 64,
  layers: [
    { neurons: 64, activation: "sigmoid" },
    { neurons: 32, activation: "sigmoid" },
    { neurons: 2, activation: "sigmoid" },
  ],
};

export interface NetworkProblem {
  readonly network: Network;
  readonly rows: number;
  readonly learningRate: number;
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
}

/** Inputs lie evenly between -1 and 1; whether the sums of their first half and of all are above 0 is to be learnt. */
export function makeProblem(): NetworkProblem {
  const random = seededRandom(SEED);
  const inputs = Float32Array.from({ length: ROWS * SHAPE.inputs }, () => 2 * random.next() - 1);
  const targets = new Float32Array(ROWS * 2);
  for (let row = 0; row < ROWS; row++) {
    const own = inputs.subarray(row * SHAPE.inputs, (row + 1) * SHAPE.inputs);
    const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
    targets[2 * row] = sum(own.subarray(0, SHAPE.inputs / 2)) > 0 ? 1 : 0;
    targets[2 * row + 1] = sum(own) > 0 ? 1 : 0;
  }
  const engine = createNetworkEngine(loadAddon().addon);
  return { network: createNetwork(SHAPE, SEED, engine), rows: ROWS, learningRate: 0.1, inputs, targets };
}
