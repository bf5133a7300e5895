// A batch through a network, a kernel for each layer. The parameters of a network never change, so they stay on the
// device until they are forgotten.
// Why layers as wide as a multiple of 4: vector instructions take four neurons at once. What is added has weights of 0
// on its way out, so it counts for nothing.

import type { Device, Kernel, Matrix } from "./device.js";
import { layerKernel } from "./kernels.js";
import type { NumberStream } from "./number-file.js";
import type { ForwardWork, GpuLayer } from "./protocol.js";
import { roomFor } from "./sizes.js";

/** Rows at a time: a card starts at most 65,535 groups of 8. */
const BATCH_ROWS = 2 ** 18;
/** Numbers between two layers at a time: 64 MiB. */
const BATCH_VALUES = 2 ** 24;

interface KeptLayer {
  readonly kernel: Kernel;
  /** Neurons, and some more. */
  readonly width: number;
}

export class ForwardDesk {
  readonly #device: Device;
  readonly #kept = new Map<number, readonly KeptLayer[]>();

  constructor(device: Device) {
    this.#device = device;
  }

  /** Leaves the outputs in the file. */
  async run(work: ForwardWork, input: NumberStream, output: NumberStream): Promise<void> {
    const { rows, inputs, layers, keep } = work;
    const kept = keep.isHere ? this.#kept.get(keep.key) : this.#take(work, input);
    if (kept === undefined) throw new Error(`network ${keep.key} is not kept here`);
    const given = input.floats(rows * inputs);
    const outputs = layers.at(-1)!.neurons;
    const result = new Float32Array(rows * outputs);
    const widest = Math.max(inputs, ...kept.map(({ width }) => width));
    const step = Math.min(BATCH_ROWS, Math.ceil(BATCH_VALUES / widest));
    for (let first = 0; first < rows; first += step) {
      const count = Math.min(step, rows - first);
      const batch = given.subarray(first * inputs, (first + count) * inputs);
      const { values, width } = await through(kept, batch, count, inputs);
      for (let row = 0; row < count; row++)
        result.set(values.subarray(row * width, row * width + outputs), (first + row) * outputs);
    }
    output.write(result);
  }

  forget(key: number): void {
    for (const { kernel } of this.#kept.get(key) ?? []) kernel.close();
    this.#kept.delete(key);
  }

  #take({ layers, parameters: count, inputs, keep }: ForwardWork, input: NumberStream): readonly KeptLayer[] {
    this.forget(keep.key);
    const parameters = input.floats(count);
    let inputWidth = inputs;
    const kept = layers.map((layer) => {
      const width = Math.ceil(layer.neurons / 4) * 4;
      const kernel = this.#layer(layer, parameters, inputWidth, width);
      inputWidth = width;
      return { kernel, width };
    });
    this.#kept.set(keep.key, kept);
    return kept;
  }

  #layer(layer: GpuLayer, parameters: Float32Array, inputWidth: number, width: number): Kernel {
    const { inputs, neurons, weightsAt, biasesAt } = layer;
    const weights = new Float32Array(inputWidth * width);
    for (let from = 0; from < inputs; from++) {
      const at = weightsAt + from * neurons;
      weights.set(parameters.subarray(at, at + neurons), from * width);
    }
    const biases = new Float32Array(width);
    biases.set(parameters.subarray(biasesAt, biasesAt + neurons));
    return this.#device.kernel(layerKernel(layer.activation), {
      weights: { values: weights, width, height: inputWidth },
      biases: { values: biases, width, height: 1 },
      inputs: inputWidth,
    });
  }
}

/** The results have the width of the last layer. Why rows are rounded up: a kernel is built anew for each size. */
async function through(
  layers: readonly KeptLayer[],
  batch: Float32Array,
  rows: number,
  inputs: number,
): Promise<Matrix> {
  const height = roomFor(rows);
  const values = new Float32Array(height * inputs);
  values.set(batch);
  let matrix: Matrix = { values, width: inputs, height };
  for (const { kernel, width } of layers)
    matrix = { values: await kernel.run(width, height, matrix), width, height };
  return matrix;
}
