// A network that computes: a shape, its parameters, and the engine that does the work. It never changes: training
// (network-training.ts) makes another one, so whoever computes with a network and whoever trains it need not know of
// each other. network-file.ts turns it into bytes and back.
//
// A new network starts from seeded random weights, spread so that signals keep their size from layer to layer:
//
//   relu                     uniform in ±√(6 / inputs)               (He et al., 2015)
//   sigmoid, tanh, linear    uniform in ±√(6 / (inputs + neurons))   (Glorot & Bengio, 2010)
//
// and biases of 0. The numbers are drawn in the order in which the weights lie (network-shape.ts), as 2u - 1 times the
// spread with u from `seededRandom(seed)`, and rounded to 32 bits: one seed is one network, everywhere.

import type { Addon } from "../base/addon.js";
import { refuse } from "../base/options.js";
import { seededRandom } from "../base/random.js";
import type { NetworkEngine } from "./network-engine.js";
import { JsNetworkEngine } from "./network-js.js";
import { NativeNetworkEngine } from "./network-native.js";
import {
  checkFloats,
  type ForwardEngine,
  type LayerPlan,
  type NetworkPlan,
  type NetworkShape,
  planNetwork,
} from "./network-shape.js";

/** The engine of this thread: native with the addon, else js. Networks of one thread share one. */
export function createNetworkEngine(addon: Addon | undefined): NetworkEngine {
  return addon === undefined ? new JsNetworkEngine() : new NativeNetworkEngine(addon);
}

/** A network of `shape` with random weights that follow from `seed`, any 32-bit integer. */
export function createNetwork(shape: NetworkShape, seed: number, engine: NetworkEngine): Network {
  const plan = planNetwork(shape);
  if (!Number.isInteger(seed)) refuse("seed", seed, "a whole number: the same seed gives the same network");
  return new Network(plan, drawParameters(plan, seed), engine);
}

/** A network with the given parameters, which are copied; network-shape.ts shows how they lie. */
export function networkOf(shape: NetworkShape, parameters: Float32Array, engine: NetworkEngine): Network {
  const plan = planNetwork(shape);
  checkFloats("parameters", parameters, plan.parameters, "weights and biases of all layers");
  return new Network(plan, parameters.slice(), engine);
}

/** Use `createNetwork`, `networkOf`, `loadNetwork` or `trainNetwork` to get one. */
export class Network {
  readonly plan: NetworkPlan;
  readonly engine: NetworkEngine;
  /** As network-shape.ts shows them. To be read only: engines rely on them. */
  readonly parameters: Float32Array;

  /** Takes what was checked, and owns `parameters` from here on. */
  constructor(plan: NetworkPlan, parameters: Float32Array, engine: NetworkEngine) {
    this.plan = plan;
    this.parameters = parameters;
    this.engine = engine;
  }

  get shape(): NetworkShape {
    return this.plan.shape;
  }

  /** How many rows `inputs` holds. Throws OPTIONS when it does not divide, or holds what is no finite number. */
  rowsOf(inputs: Float32Array): number {
    const rows = inputs.length / this.plan.inputs;
    const whole = Math.max(1, Math.ceil(rows)) * this.plan.inputs;
    checkFloats("inputs", inputs, whole, `rows of ${this.plan.inputs}, one after the other`);
    return rows;
  }

  /**
   * Computes one row or many: `inputs` holds the rows one after the other, the answer likewise. Give `outputs` to have
   * them written there without allocating. Above about a millisecond of work (a thousand rows of a small network)
   * `forwardLater` keeps the event loop free.
   * @throws CodedError OPTIONS for numbers that are not finite and lengths that do not fit.
   */
  forward(inputs: Float32Array, outputs?: Float32Array): Float32Array {
    const rows = this.rowsOf(inputs);
    const into = outputs ?? new Float32Array(rows * this.plan.outputs);
    if (into.length !== rows * this.plan.outputs || !(into instanceof Float32Array)) {
      const expected = `a Float32Array of ${rows * this.plan.outputs}: ${rows} rows of ${this.plan.outputs}`;
      refuse("outputs", `${into.length} numbers`, expected);
    }
    this.engine.forwardNow(this.plan, this.parameters, inputs, rows, into);
    return into;
  }

  /** `forward` on another thread or device where the engine can; the inputs are copied first. */
  async forwardLater(inputs: Float32Array, engine: ForwardEngine = this.engine): Promise<Float32Array> {
    const rows = this.rowsOf(inputs);
    const outputs = new Float32Array(rows * this.plan.outputs);
    await engine.forward(this.plan, this.parameters, inputs.slice(), rows, outputs);
    return outputs;
  }
}

function drawParameters(plan: NetworkPlan, seed: number): Float32Array {
  const random = seededRandom(seed);
  const parameters = new Float32Array(plan.parameters);
  for (const layer of plan.layers) {
    const spread = spreadOf(layer);
    for (let at = layer.weightsAt; at < layer.biasesAt; at++)
      parameters[at] = (2 * random.next() - 1) * spread;
  }
  return parameters;
}

function spreadOf({ activation, inputs, neurons }: LayerPlan): number {
  return Math.sqrt(6 / (activation === "relu" ? inputs : inputs + neurons));
}
