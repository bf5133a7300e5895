// What counts when an agent is chosen for a task: the weights of the terms as settings name them, and which of them
// make sense.

import { CodedError } from "../base/errors.js";
import { LEARNED_TERM_WEIGHTS } from "../compute/chooser.js";
import type { TermWeights } from "../compute/scorer.js";

/** Weights of at least 0, of which only the proportions matter. */
export interface MatchingOptions {
  /** Of what an agent declares for the required capabilities, beside its part in success. Default 0. */
  readonly fitness_weight?: number;
  /** Of how likely it succeeds; begins with what it declares. Above 0. Default 0.65. */
  readonly success_weight?: number;
  /** Of its free capacity. Default 0.15. */
  readonly headroom_weight?: number;
  /** Default 0.1. */
  readonly speed_weight?: number;
  /** Of how like the words of the task are to those of its definition. Default 0.1. */
  readonly semantic_weight?: number;
  /** Of its cost as a share of the highest, which is taken away. Default 0. */
  readonly cost_weight?: number;
}

export function termWeights(given: MatchingOptions = {}): Required<TermWeights> {
  return {
    fitness: given.fitness_weight ?? LEARNED_TERM_WEIGHTS.fitness,
    success: given.success_weight ?? LEARNED_TERM_WEIGHTS.success,
    headroom: given.headroom_weight ?? LEARNED_TERM_WEIGHTS.headroom,
    speed: given.speed_weight ?? LEARNED_TERM_WEIGHTS.speed,
    semantic: given.semantic_weight ?? LEARNED_TERM_WEIGHTS.semantic,
    cost: given.cost_weight ?? LEARNED_TERM_WEIGHTS.cost,
  };
}

/** Why success above 0: without it, what is learned of agents would change nothing. */
export function checkWeights(weights: Required<TermWeights>): void {
  const values = Object.values(weights);
  if (values.every((weight) => Number.isFinite(weight) && weight >= 0) && weights.success > 0) return;
  const given = Object.entries(weights).map(([term, weight]) => `${term} ${weight}`);
  const message = `the weights of matching are ${given.join(", ")}; each is at least 0, and that of success above 0`;
  throw new CodedError("WRONG_WEIGHTS", message, { data: weights });
}
