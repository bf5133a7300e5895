// What the engine on a graphics card is compared with: the formulas of the contracts, in double precision.

import type { GpuMatrix, GpuNetworkPlan, GpuScoreInput } from "../../../src/compute/gpu/shapes.js";

export function scoresOf(input: GpuScoreInput): number[] {
  const { tasks, agents, capabilities, shares, minima, offsets, kindOf, proficiency, base, eligible } = input;
  const scores: number[] = [];
  for (let task = 0; task < tasks; task++) {
    for (let agent = 0; agent < agents; agent++) {
      let score = base[kindOf[task]! * agents + agent]! + offsets[task]!;
      if (eligible[agent] === 0) score = Number.NEGATIVE_INFINITY;
      for (let capability = 0; capability < capabilities; capability++) {
        const value = proficiency[capability * agents + agent]!;
        if (value < minima[task * capabilities + capability]!) score = Number.NEGATIVE_INFINITY;
        score += shares[task * capabilities + capability]! * value;
      }
      scores.push(score);
    }
  }
  return scores;
}

/** The score of each row; NaN for one that has none. */
export function cosinesOf(query: Float32Array, { values, rows, isUnit }: GpuMatrix): number[] {
  const length = Math.hypot(...query) || 1;
  return Array.from({ length: rows }, (_, row) => {
    const at = values.subarray(256 * row, 256 * (row + 1));
    const dot = at.reduce((sum, value, index) => sum + value * (query[index]! / length), 0);
    const rowLength = isUnit ? 1 : Math.sqrt(at.reduce((sum, value) => sum + value * value, 0));
    return rowLength === 0 ? 0 : dot / rowLength;
  });
}

export function outputsOf(
  plan: GpuNetworkPlan,
  parameters: Float32Array,
  inputs: Float32Array,
  rows: number,
): number[] {
  const outputs: number[] = [];
  for (let row = 0; row < rows; row++) {
    let values = [...inputs.subarray(row * plan.inputs, (row + 1) * plan.inputs)];
    for (const { neurons, weightsAt, biasesAt, activation } of plan.layers) {
      const given = values;
      values = Array.from({ length: neurons }, (_, neuron) => {
        let sum = parameters[biasesAt + neuron]!;
        for (const [index, value] of given.entries())
          sum += value * parameters[weightsAt + index * neurons + neuron]!;
        if (activation === "sigmoid") return 1 / (1 + Math.exp(-sum));
        if (activation === "tanh") return Math.tanh(sum);
        return activation === "relu" ? Math.max(0, sum) : sum;
      });
    }
    outputs.push(...values);
  }
  return outputs;
}
