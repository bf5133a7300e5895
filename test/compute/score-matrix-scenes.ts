// Inputs for matrices of scores: any shape, coarse values so that minima are met exactly, and what is to come out.

import fc from "fast-check";
import type { ScoreMatrixInput } from "../../src/compute/score-matrix.js";

const share = fc.oneof(fc.constantFrom(0, 0, 0.25, 0.5, 1), fc.float({ min: 0, max: 1, noNaN: true }));

function values(length: number): fc.Arbitrary<Float32Array> {
  return fc
    .array(share, { minLength: length, maxLength: length })
    .map((list) => Float32Array.from(list, (value) => value + 0));
}

function counts(length: number, max: number): fc.Arbitrary<Uint32Array> {
  return fc
    .array(fc.nat({ max }), { minLength: length, maxLength: length })
    .map((list) => Uint32Array.from(list));
}

const shape = fc.record({
  tasks: fc.integer({ min: 0, max: 7 }),
  agents: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1000, max: 1100 })),
  capabilities: fc.integer({ min: 0, max: 9 }),
  kinds: fc.integer({ min: 1, max: 3 }),
});

export const scoreMatrixInputs: fc.Arbitrary<ScoreMatrixInput> = shape.chain((one) =>
  fc.record({
    tasks: fc.constant(one.tasks),
    agents: fc.constant(one.agents),
    capabilities: fc.constant(one.capabilities),
    kinds: fc.constant(one.kinds),
    shares: values(one.tasks * one.capabilities),
    minima: values(one.tasks * one.capabilities),
    offsets: values(one.tasks),
    kindOf: counts(one.tasks, one.kinds - 1),
    proficiency: values(one.capabilities * one.agents),
    base: values(one.kinds * one.agents),
    eligible: counts(one.agents, 2),
  }),
);

/** The formula of score-matrix.ts, value by value in 64 bits. */
export function scoreMatrixPlainly(input: ScoreMatrixInput): Float64Array {
  const { tasks, agents, capabilities } = input;
  const scores = new Float64Array(tasks * agents);
  for (let task = 0; task < tasks; task++) {
    for (let agent = 0; agent < agents; agent++) {
      let score = input.base[input.kindOf[task]! * agents + agent]! + input.offsets[task]!;
      let may = input.eligible[agent] !== 0;
      for (let index = 0; index < capabilities; index++) {
        const value = input.proficiency[index * agents + agent]!;
        const minimum = input.minima[task * capabilities + index]!;
        score += input.shares[task * capabilities + index]! * value;
        if (minimum > 0 && value < minimum) may = false;
      }
      scores[task * agents + agent] = may ? score : Number.NEGATIVE_INFINITY;
    }
  }
  return scores;
}
