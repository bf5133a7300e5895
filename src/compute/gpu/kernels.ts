// The kernels, in the part of JavaScript that gpu.js turns into shaders and WebAssembly. In each `this.thread.x` is the
// column and `this.thread.y` the row of the result that is computed.

import type { GpuActivation } from "./protocol.js";

/**
 * Stands for −Infinity, and whatever lies below SCORES_ABOVE is read as it. Why: not every device has infinities.
 */
export const NO_SCORE = -3e38;
export const SCORES_ABOVE = -1e38;

/**
 * Scores of one task (y) for one agent (x). `columns` are the capabilities that the task requires; `base` is NO_SCORE
 * where the agent is not eligible; `slack` is by how much the tightest minimum is exceeded.
 * Why not a question for each minimum: with one the loop takes twice as long.
 */
export const SCORE = `function score(columns, shares, minima, offsets, kinds, proficiency, base, required) {
  let sum = base[kinds[0][this.thread.y]][this.thread.x] + offsets[0][this.thread.y];
  let slack = 1;
  for (let r = 0; r < required; r++) {
    const value = proficiency[columns[this.thread.y][r]][this.thread.x];
    slack = Math.min(slack, value - minima[this.thread.y][r]);
    sum += shares[this.thread.y][r] * value;
  }
  if (slack < 0) {
    sum = ${NO_SCORE};
  }
  return sum;
}`;

/** So many partial sums of a dot product: neighbouring threads then read neighbouring numbers. */
export const LANES = 16;

/** Σ query·row (y) over the values x, x + 16, x + 32, …  */
export const PARTIAL_DOTS = `function partialDots(query) {
  let sum = 0;
  for (let step = 0; step < 16; step++) {
    sum += query[step][this.thread.x] * this.constants.matrix[this.thread.y][step * 16 + this.thread.x];
  }
  return sum;
}`;

/** e^x is taken of -87 … 88 only: beyond, 32 bits have no room for it. */
const ENDINGS: Readonly<Record<GpuActivation, string>> = {
  linear: "return sum;",
  relu: "return Math.max(sum, 0);",
  sigmoid: "return 1 / (1 + Math.exp(Math.min(Math.max(-sum, -87), 88)));",
  // Near 0 the formula with e^x cancels, and some devices' own tanh does. Polynomial: Cephes (Moshier, 1989), tanhf.
  tanh: `const size = Math.abs(sum);
  const square = sum * sum;
  let small = -5.70498872745e-3;
  small = small * square + 2.06390887954e-2;
  small = small * square - 5.37397155531e-2;
  small = small * square + 1.33314422036e-1;
  small = small * square - 3.33332819422e-1;
  let result = small * square * sum + sum;
  if (size >= 0.625) {
    result = 1 - 2 / (Math.exp(Math.min(size + size, 88)) + 1);
    if (sum < 0) {
      result = -result;
    }
  }
  return result;`,
};

/** One neuron (x) of a layer for one row (y). */
export function layerKernel(activation: GpuActivation): string {
  return `function layer(rows) {
  let sum = this.constants.biases[0][this.thread.x];
  for (let i = 0; i < this.constants.inputs; i++) {
    sum += rows[this.thread.y][i] * this.constants.weights[i][this.thread.x];
  }
  ${ENDINGS[activation]}
}`;
}
