import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { type AgentProfile, AgentTable, ELIGIBLE_ALL, ENERGY_MIN } from "../../src/compute/agent-table.js";
import { createScorer, DEFAULT_TERM_WEIGHTS, type TermWeights } from "../../src/compute/scorer.js";
import type { TaskNeeds } from "../../src/compute/task-needs.js";

const { addon } = loadAddon();
const RELATIVE_ERROR_MAX = 1e-5;
const CAPABILITIES = ["a", "b", "c", "d"];
/** Coarse steps make ties and values exactly at a minimum common. */
const share = fc.oneof(
  fc.integer({ min: 0, max: 4 }).map((quarter) => quarter / 4),
  fc.double({ min: 0, max: 1, noNaN: true }),
);
const positive = fc.double({ min: 0.01, max: 100, noNaN: true });

const agent: fc.Arbitrary<AgentProfile> = fc.record({
  capabilities: fc.uniqueArray(fc.record({ name: fc.constantFrom(...CAPABILITIES), proficiency: share }), {
    selector: ({ name }) => name,
  }),
  eligible: fc.oneof(
    { weight: 4, arbitrary: fc.constant(ELIGIBLE_ALL) },
    fc.integer({ min: 0, max: ELIGIBLE_ALL }),
  ),
  load: share,
  energy: share,
  outcomes: fc.record({ alpha: positive, beta: positive }),
  latencyMs: fc.oneof(
    fc.constant(0),
    fc.constantFrom(10, 20, 50),
    fc.double({ min: 0.001, max: 1e6, noNaN: true }),
  ),
  idleSinceMs: fc.integer({ min: 0, max: 3 }),
});

const needs: fc.Arbitrary<TaskNeeds> = fc.record({
  capabilities: fc.array(
    fc.record({
      capability: fc.constantFrom(...CAPABILITIES),
      min: share,
      weight: fc.constantFrom(0, 1, 2.5),
    }),
    { maxLength: 4 },
  ),
  eligible: fc.oneof(fc.constant(ELIGIBLE_ALL), fc.integer({ min: 0, max: ELIGIBLE_ALL })),
});

const weights: fc.Arbitrary<TermWeights> = fc.oneof(
  fc.constant(DEFAULT_TERM_WEIGHTS),
  fc.record({ fitness: positive, success: share, headroom: share, speed: share }),
);

const scene = fc.record({
  agents: fc.oneof(fc.array(agent, { maxLength: 12 }), fc.array(agent, { minLength: 100, maxLength: 300 })),
  removed: fc.array(fc.nat({ max: 20 }), { maxLength: 4 }),
  needs,
  weights,
  k: fc.constantFrom(1, 3, 10, 256),
});
type Scene = typeof scene extends fc.Arbitrary<infer Value> ? Value : never;

function tableOf({ agents, removed }: Scene): AgentTable {
  const table = new AgentTable();
  for (const [index, profile] of agents.entries()) table.upsert(`agent-${index}`, profile);
  for (const index of removed) table.remove(`agent-${index}`);
  return table;
}

/** A loop over agent objects in 64-bit arithmetic, as a user would write it: key and score of all who may. */
function scoreNaively({ agents, removed, needs, weights }: Scene): Map<string, number> {
  const may = [...agents.entries()].filter(
    ([index, candidate]) => !removed.includes(index) && mayHave(candidate, needs),
  );
  const latencies = may.map(([, { latencyMs = 0 }]) => latencyMs).filter((latencyMs) => latencyMs > 0);
  const median = latencies.sort((left, right) => left - right)[(latencies.length - 1) >> 1] ?? 1;
  const sum = weights.fitness + weights.success + weights.headroom + weights.speed;
  return new Map(
    may.map(([index, { capabilities, load = 0, outcomes, latencyMs = 0 }]) => {
      const total = needs.capabilities.reduce((before, { weight = 1 }) => before + weight, 0);
      const weighted = needs.capabilities.reduce(
        (before, { capability, weight = 1 }) =>
          before + weight * (capabilities.find(({ name }) => name === capability)?.proficiency ?? 0),
        0,
      );
      const fitness = total > 0 ? weighted / total : 0.5;
      const { alpha, beta } = outcomes ?? { alpha: 1, beta: 1 };
      const speed = latencyMs > 0 ? 1 / (1 + latencyMs / median) : 0.5;
      const score =
        weights.fitness * fitness +
        (weights.success * alpha) / (alpha + beta) +
        weights.headroom * (1 - load) +
        weights.speed * speed;
      return [`agent-${index}`, score / sum];
    }),
  );
}

function mayHave(candidate: AgentProfile, { capabilities, eligible = ELIGIBLE_ALL }: TaskNeeds): boolean {
  if (((candidate.eligible ?? ELIGIBLE_ALL) & eligible) !== eligible) return false;
  if (Math.fround(candidate.energy ?? 1) <= Math.fround(ENERGY_MIN)) return false;
  return capabilities.every(({ capability, min }) => {
    const proficiency = candidate.capabilities.find(({ name }) => name === capability)?.proficiency ?? 0;
    return Math.fround(proficiency) >= 2 ** -126 && Math.fround(proficiency) >= Math.fround(min);
  });
}

function check(property: fc.IProperty<[Scene]>, numRuns: number): void {
  const seed = Math.floor(Math.random() * 0x7fff_ffff);
  console.log(`engines: seed ${seed}`);
  fc.assert(property, { seed, numRuns });
}

describe("the engines of ranking", () => {
  it.runIf(addon !== undefined)("give the same ranking down to the last tie and the last bit", () => {
    const same = fc.property(scene, (given) => {
      const table = tableOf(given);
      const native = createScorer(table, addon);
      const js = createScorer(table, undefined);
      const expected = js.topK(given.needs, given.k, { weights: given.weights });
      expect(native.topK(given.needs, given.k, { weights: given.weights })).toEqual(expected);
      expect(native.matched).toBe(js.matched);
    });
    check(same, 400);
  });

  it("agree with a plain loop over agent objects within a hundred-thousandth", () => {
    const agrees = fc.property(scene, (given) => {
      const expected = scoreNaively(given);
      const scorer = createScorer(tableOf(given), undefined);
      const ranked = scorer.topK(given.needs, given.k, { weights: given.weights });
      expect(scorer.matched).toBe(expected.size);
      expect(ranked).toHaveLength(Math.min(given.k, expected.size));
      expect(scorer.explainNone(given.needs) === undefined).toBe(expected.size > 0);
      let weakest = Number.POSITIVE_INFINITY;
      for (const { key, score } of ranked) {
        const wanted = expected.get(key)!;
        expect(Math.abs(score - wanted)).toBeLessThanOrEqual(RELATIVE_ERROR_MAX * wanted + 1e-12);
        expect(score).toBeLessThanOrEqual(weakest);
        weakest = score;
        expected.delete(key);
      }
      for (const left of expected.values())
        expect(left).toBeLessThanOrEqual(weakest * (1 + RELATIVE_ERROR_MAX));
    });
    check(agrees, 400);
  });
});
