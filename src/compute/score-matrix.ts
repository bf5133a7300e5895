// The contract of scoring many tasks against many agents at once: plain typed arrays in, one matrix out. Every engine
// takes it: score-matrix-js.ts is the reference, score-matrix-native.ts gives the same bits, an engine on a graphics
// card answers within 1e-5.
//
//   T tasks · A agents · C capabilities · K kinds of task; matrices lie row after row
//
//                      c = 0 … C−1                    a = 0 … A−1                    a = 0 … A−1
//   shares   T×C   t | 0.2  0   0.1 |  proficiency C×A  c | 0.9  0   … |  base  K×A  k | 0.41  0.3  … |
//   minima   T×C   t | 0.5  0   0   |  eligible    A      |  1   0   … |  scores T×A t | 0.62 −∞  … |
//
//   scores[t,a] = (base[kindOf[t], a] + offsets[t]) + Σ_c shares[t,c] · proficiency[c,a]
//   scores[t,a] = −Infinity   where eligible[a] = 0, or minima[t,c] > 0 and proficiency[c,a] < minima[t,c] for some c
//
// A capability with share 0 and minimum 0 is not required; one with share 0 and a minimum only filters. The exact
// engines round every product and every sum to 32 bits, in the order written: base + offset, then c ascending.
// Why: what depends on the agent and the kind alone (success, headroom, speed, cost) is one number, `base`, computed
// once per kind and not once per task: what is left is a product of matrices with a filter, for which every kind of
// processor has a fast way.
// Why shared memory: an engine on other threads may only work where memory lies if nobody can take it away meanwhile,
// and only a SharedArrayBuffer is like that. Arrays of `makeSharedFloats` spare two copies of what may be a gigabyte.
// Why: shares are already multiplied by the weight of fitness, so that an engine knows nothing of terms.

import { invariant } from "../base/invariant.js";

export interface ScoreMatrixInput {
  readonly tasks: number;
  readonly agents: number;
  readonly capabilities: number;
  readonly kinds: number;
  /** T×C, at least 0: what proficiency 1 adds to the score. */
  readonly shares: Float32Array;
  /** T×C, at least 0: the least proficiency; 0 asks for none. */
  readonly minima: Float32Array;
  /** T: added to every score of the task. */
  readonly offsets: Float32Array;
  /** T: the row of `base`, below K. */
  readonly kindOf: Uint32Array;
  /** C×A, 0 … 1; 0 where the agent lacks the capability. */
  readonly proficiency: Float32Array;
  /** K×A, finite. */
  readonly base: Float32Array;
  /** A: 0 = the agent gets −Infinity for every task. */
  readonly eligible: Uint32Array;
}

/** Scores matrices off the calling thread where it can. */
export interface ScoreMatrixEngine {
  readonly kind: "native" | "gpu" | "js";
  /**
   * Fills `scores` (T×A) and resolves to it. Until then neither the input nor `scores` may be written, transferred or
   * resized. Arrays in a SharedArrayBuffer are worked on where they lie; the native engine copies all
   * others on the calling thread, the input at the call and `scores` at the end. Rejects where a device failed or
   * `scores` was taken away meanwhile; a wrong shape is a bug and throws at once.
   */
  scoreMatrix(input: ScoreMatrixInput, scores: Float32Array): Promise<Float32Array>;
}

/** The most values of one result: 1 GiB, and every index fits 32 bits. */
export const SCORE_VALUES_MAX = 2 ** 28;

/** Breaks an invariant when a shape is not what the contract says. */
export function checkScoreMatrix(input: ScoreMatrixInput, scores: Float32Array): void {
  const { tasks, agents, capabilities, kinds } = input;
  for (const count of [tasks, agents, capabilities, kinds]) {
    const isCount = Number.isInteger(count) && count >= 0 && count <= SCORE_VALUES_MAX;
    invariant(isCount, "tasks, agents, capabilities and kinds are counts up to 2^28");
  }
  invariant(tasks * agents <= SCORE_VALUES_MAX, "a matrix of scores has at most 2^28 values");
  checkLength(input.shares, tasks * capabilities, "shares");
  checkLength(input.minima, tasks * capabilities, "minima");
  checkLength(input.offsets, tasks, "offsets");
  checkLength(input.proficiency, capabilities * agents, "proficiency");
  checkLength(input.base, kinds * agents, "base");
  checkLength(scores, tasks * agents, "scores");
  invariant(input.kindOf instanceof Uint32Array && input.kindOf.length === tasks, "each task has a kind");
  invariant(
    input.eligible instanceof Uint32Array && input.eligible.length === agents,
    "each agent is eligible or not",
  );
  for (let task = 0; task < tasks; task++) invariant(input.kindOf[task]! < kinds, "a kind lies below K");
}

function checkLength(values: Float32Array, length: number, name: string): void {
  invariant(values instanceof Float32Array && values.length === length, `${name} has the shape of a matrix`);
}
