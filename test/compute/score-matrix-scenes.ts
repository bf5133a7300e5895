// Inputs for matrices of scores: any shape, coarse values so that minima are met exactly, and what is to come out.
// Why a seed and no arrays of arbitraries: shapes are what shrinks; thousands of values would take minutes.

import fc from "fast-check";
import { seededRandom } from "../../src/base/random.js";
import type { ScoreMatrixInput } from "../../src/compute/score-matrix.js";

const COARSE = [0, 0, 0.25, 0.5, 1];

const shape = fc.record({
  tasks: fc.oneof(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 60, max: 130 })),
  agents: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1000, max: 1100 })),
  capabilities: fc.integer({ min: 0, max: 9 }),
  kinds: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer(),
});

export const scoreMatrixInputs: fc.Arbitrary<ScoreMatrixInput> = shape.map(({ seed, ...counts }) => {
  const random = seededRandom(seed);
  const share = () => (random.next() < 0.5 ? COARSE[random.below(COARSE.length)]! : random.next());
  const values = (length: number) => Float32Array.from({ length }, share);
  const { tasks, agents, capabilities, kinds } = counts;
  return {
    ...counts,
    shares: values(tasks * capabilities),
    minima: values(tasks * capabilities),
    offsets: values(tasks),
    kindOf: Uint32Array.from({ length: tasks }, () => random.below(kinds)),
    proficiency: values(capabilities * agents),
    base: values(kinds * agents),
    eligible: Uint32Array.from({ length: agents }, () => random.below(3)),
  };
});

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

/** The largest relative difference of two lists of scores. */
export function relativeError(scores: Float32Array, expected: ArrayLike<number>): number {
  let worst = 0;
  for (let at = 0; at < scores.length; at++) {
    if (scores[at] === expected[at]) continue;
    worst = Math.max(worst, Math.abs(scores[at]! - expected[at]!) / Math.abs(expected[at]!));
  }
  return worst;
}
