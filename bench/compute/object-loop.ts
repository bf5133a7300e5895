// The loop over an array of agent objects, as a user would write it who has no scorer: the peer of our engines.

import type { TaskNeeds } from "../../src/compute/task-needs.js";
import type { CrewAgent } from "./crew.js";

const ENERGY_MIN = 0.1;
const WEIGHTS = { fitness: 0.4, success: 0.25, headroom: 0.15, speed: 0.1 };
const WEIGHT_SUM = WEIGHTS.fitness + WEIGHTS.success + WEIGHTS.headroom + WEIGHTS.speed;

export interface Found {
  readonly agent: CrewAgent;
  readonly score: number;
}

/** The best `k` agents for a task, best first. */
export function topKOfObjects(crew: readonly CrewAgent[], needs: TaskNeeds, k: number): readonly Found[] {
  const candidates = crew.filter((agent) => mayHave(agent, needs));
  const median = medianOf(candidates.map(({ latencyMs }) => latencyMs));
  const found = candidates.map((agent) => ({ agent, score: scoreOf(agent, needs, median) }));
  found.sort((left, right) => right.score - left.score);
  return found.slice(0, k);
}

/** The scores of all agents for each task, row after row. */
export function matrixOfObjects(
  crew: readonly CrewAgent[],
  tasks: readonly TaskNeeds[],
  median: number,
  scores: Float32Array,
): void {
  let at = 0;
  for (const needs of tasks) {
    for (const agent of crew) {
      scores[at++] = mayHave(agent, needs) ? scoreOf(agent, needs, median) : Number.NEGATIVE_INFINITY;
    }
  }
}

export function medianOf(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[(values.length - 1) >> 1] ?? 1;
}

function mayHave(agent: CrewAgent, needs: TaskNeeds): boolean {
  if (!agent.isFree || agent.energy <= ENERGY_MIN) return false;
  for (const { capability, min } of needs.capabilities) {
    const proficiency = agent.capabilities.get(capability);
    if (proficiency === undefined || proficiency < min) return false;
  }
  return true;
}

function scoreOf(agent: CrewAgent, needs: TaskNeeds, median: number): number {
  let weighted = 0;
  let total = 0;
  for (const { capability, weight = 1 } of needs.capabilities) {
    weighted += weight * (agent.capabilities.get(capability) ?? 0);
    total += weight;
  }
  const score =
    WEIGHTS.fitness * (total > 0 ? weighted / total : 0.5) +
    (WEIGHTS.success * agent.alpha) / (agent.alpha + agent.beta) +
    WEIGHTS.headroom * (1 - agent.load) +
    WEIGHTS.speed / (1 + agent.latencyMs / median);
  return score / WEIGHT_SUM;
}
