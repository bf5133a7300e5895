// What a network is made of, and how its numbers lie: the contract that every engine computes by.
//
// One array of 32-bit floats holds all parameters, layer after layer. A layer with n inputs and m neurons takes
// n * m + m of them, the weights by input, then the biases:
//
//   weightsAt                                                                  biasesAt
//   | w[0][0] w[0][1] … w[0][m-1] | w[1][0] … | … | w[n-1][0] … w[n-1][m-1] |  b[0] b[1] … b[m-1] | next layer
//
//   w[i][o] = parameters[weightsAt + i * m + o]        from input i to neuron o
//   b[o]    = parameters[biasesAt + o]                 biasesAt = weightsAt + n * m
//
// A batch of inputs is rows * n floats, one row after the other; its outputs are rows * m floats, likewise. For a row x
//
//   y[o] = activation(b[o] + x[0]·w[0][o] + x[1]·w[1][o] + … + x[n-1]·w[n-1][o])
//
//   linear   y = z                   relu   y = max(0, z)
//   sigmoid  y = 1 / (1 + e^-z)      tanh   y = (e^z - e^-z) / (e^z + e^-z)
//
// and y is the x of the next layer. js and native add in this order and round every product and every sum to 32 bits,
// so they give the same bits; another engine may add in another order and stays within a relative 1e-5 of them.
// Why weights by input: the m sums of one row then grow side by side over consecutive floats, for one row as for many.

import { inRange, refuse, refuseUnknown } from "../base/options.js";
import { isObject, show } from "../base/show.js";

export const ACTIVATIONS = ["linear", "sigmoid", "tanh", "relu"] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** A fully connected layer. */
export interface LayerShape {
  readonly neurons: number;
  readonly activation: Activation;
}

/** `inputs` numbers go in, `neurons` of the last layer come out. */
export interface NetworkShape {
  readonly inputs: number;
  readonly layers: readonly LayerShape[];
}

/** Bounds of a shape: so many layers, neurons in one of them, and parameters (64 MiB of them). */
export const LAYERS_MAX = 32;
export const NEURONS_MAX = 65_536;
export const PARAMETERS_MAX = 16 * 1024 * 1024;

/** A layer with the places of its parameters. */
export interface LayerPlan {
  readonly inputs: number;
  readonly neurons: number;
  readonly activation: Activation;
  readonly weightsAt: number;
  readonly biasesAt: number;
}

/** A shape worked out. */
export interface NetworkPlan {
  readonly shape: NetworkShape;
  readonly inputs: number;
  readonly outputs: number;
  readonly layers: readonly LayerPlan[];
  /** How many floats the parameters take. */
  readonly parameters: number;
  /** The widest layer, the inputs counting as one. */
  readonly widest: number;
  /**
   * For C++: how many layers, how many inputs, then neurons and the place in ACTIVATIONS of each layer; zeros up to the
   * place of the last layer there could be.
   */
  readonly layout: Uint32Array;
}

/** Computes a batch. All engines take and give the same arrays. */
export interface ForwardEngine {
  readonly kind: "native" | "gpu" | "js";
  /**
   * Writes `rows` rows of outputs. Whoever calls has checked the shapes and that all numbers are finite; nobody changes
   * `parameters`, ever, and nobody changes `inputs` or reads `outputs` before the promise resolves. An engine may keep
   * what it made of a `parameters` array (a copy on a device) for as long as the array itself lives.
   */
  forward(
    plan: NetworkPlan,
    parameters: Float32Array,
    inputs: Float32Array,
    rows: number,
    outputs: Float32Array,
  ): Promise<void>;
}

/** The plan of a shape. Throws OPTIONS with what was given and what would do. */
export function planNetwork(shape: NetworkShape): NetworkPlan {
  refuseUnknown("the shape of a network", shape, ["inputs", "layers"]);
  checkNeurons("inputs", shape.inputs);
  if (!Array.isArray(shape.layers)) refuse("layers", shape.layers, "a list of { neurons, activation }");
  inRange("the number of layers", shape.layers.length, 1, LAYERS_MAX);
  const layers: LayerPlan[] = [];
  let at = 0;
  let inputs = shape.inputs;
  for (const [index, layer] of (shape.layers as readonly LayerShape[]).entries()) {
    checkLayer(`layers[${index}]`, layer);
    const { neurons, activation } = layer;
    const biasesAt = at + inputs * neurons;
    layers.push({ inputs, neurons, activation, weightsAt: at, biasesAt });
    at = biasesAt + neurons;
    inputs = neurons;
  }
  if (at > PARAMETERS_MAX)
    refuse(
      "layers",
      `${at} parameters in all`,
      `fewer or smaller layers, up to ${PARAMETERS_MAX} parameters`,
    );
  return {
    shape: {
      inputs: shape.inputs,
      layers: layers.map(({ neurons, activation }) => ({ neurons, activation })),
    },
    inputs: shape.inputs,
    outputs: inputs,
    layers,
    parameters: at,
    widest: Math.max(shape.inputs, ...layers.map(({ neurons }) => neurons)),
    layout: layoutOf(shape.inputs, layers),
  };
}

function layoutOf(inputs: number, layers: readonly LayerPlan[]): Uint32Array {
  const layout = new Uint32Array(2 + 2 * LAYERS_MAX);
  const each = layers.flatMap(({ neurons, activation }) => [neurons, ACTIVATIONS.indexOf(activation)]);
  layout.set([layers.length, inputs, ...each]);
  return layout;
}

function checkLayer(name: string, layer: LayerShape): void {
  if (!isObject(layer)) refuse(name, layer, "an object { neurons, activation }");
  refuseUnknown(name, layer, ["neurons", "activation"]);
  checkNeurons(`${name}.neurons`, layer.neurons);
  if (!ACTIVATIONS.includes(layer.activation))
    refuse(`${name}.activation`, show(layer.activation), `one of ${ACTIVATIONS.join(", ")}`);
}

function checkNeurons(name: string, given: number): void {
  if (!Number.isInteger(given) || given < 1 || given > NEURONS_MAX)
    refuse(name, given, `a whole number from 1 to ${NEURONS_MAX}`);
}

/** Refuses an array that has another length, or holds what is no finite number. */
export function checkFloats(name: string, given: Float32Array, length: number, what: string): void {
  if (!(given instanceof Float32Array)) refuse(name, given, `a Float32Array of ${length}: ${what}`);
  if (given.length !== length) refuse(name, `${given.length} numbers`, `${length}: ${what}`);
  const at = firstNotFinite(given);
  if (at >= 0)
    refuse(`${name}[${at}]`, given[at], "finite numbers only; leave out rows with gaps, or fill them");
}

/** Where the first NaN or infinity stands; -1 when there is none. */
function firstNotFinite(values: Float32Array): number {
  // Why: a finite number minus itself is 0, and one sum of such zeros is quicker than a question for each number.
  let nothing = 0;
  for (let index = 0; index < values.length; index++) nothing += values[index]! - values[index]!;
  return nothing === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}
