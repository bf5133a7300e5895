import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { type Random, seededRandom } from "../../src/base/random.js";
import {
  AgentTable,
  ELIGIBLE,
  ELIGIBLE_ALL,
  makeOutcomes,
  writeOutcomes,
} from "../../src/compute/agent-table.js";
import { EMBEDDING_LENGTH, type OutcomeColumns } from "../../src/compute/rank-query.js";
import { createScorer, type RankOptions } from "../../src/compute/scorer.js";
import type { TaskNeeds } from "../../src/compute/task-needs.js";
import { profile } from "./golden-vectors.js";

const { addon } = loadAddon();
const engines = addon === undefined ? (["js"] as const) : (["native", "js"] as const);
const NAMES = ["a", "b", "c", "d", "nobody has it"];

function someEmbedding(random: Random): Float32Array {
  return Float32Array.from({ length: EMBEDDING_LENGTH }, () => random.next() - 0.5);
}

function someTable(agents: number, random: Random): AgentTable {
  const table = new AgentTable();
  const described = random.next() < 0.7;
  for (let index = 0; index < agents; index++) {
    const proficiencies = Object.fromEntries(
      NAMES.slice(0, 4).flatMap((name) => (random.next() < 0.7 ? [[name, random.next()]] : [])),
    );
    const row = table.upsert(
      `agent-${index}`,
      profile(proficiencies, {
        eligible: random.next() < 0.3 ? ELIGIBLE_ALL & ~ELIGIBLE.idle : ELIGIBLE_ALL,
        load: random.next(),
        energy: random.next(),
        latencyMs: random.below(3) * 100 * random.next(),
        cost: random.below(3),
        outcomes: { alpha: 1 + random.below(9), beta: 1 + random.below(9) },
      }),
    );
    if (described && random.next() < 0.8) table.setEmbedding(row, someEmbedding(random));
  }
  for (let index = 0; index < agents; index += 5) table.remove(`agent-${index}`);
  return table;
}

function someOutcomes(rows: number, random: Random): OutcomeColumns {
  const outcomes = makeOutcomes(rows);
  for (let row = 0; row < rows; row++) {
    writeOutcomes(outcomes, row, 1 + random.below(9), 1 + random.below(9));
    outcomes.latencyMs[row] = random.below(99);
  }
  return outcomes;
}

function someNeeds(rows: number, random: Random): TaskNeeds {
  const count = random.below(4);
  const likeness = () => Float32Array.from({ length: rows }, () => random.next());
  return {
    capabilities: Array.from({ length: count }, () => {
      const capability = NAMES[random.next() < 0.05 ? 4 : random.below(4)]!;
      return { capability, min: 0.5 * random.next(), weight: random.below(3) };
    }),
    ...(random.next() < 0.5 ? {} : { eligible: ELIGIBLE_ALL & ~ELIGIBLE.idle }),
    ...(random.next() < 0.5 ? {} : { outcomes: someOutcomes(rows, random) }),
    ...(random.next() < 0.8 ? {} : { likeness: likeness() }),
    ...(random.next() < 0.5 ? {} : { embedding: someEmbedding(random) }),
  };
}

function someOptions(random: Random): RankOptions {
  const weight = () => random.next() + 0.01;
  return {
    ...(random.next() < 0.3
      ? {}
      : {
          weights: {
            fitness: weight(),
            success: weight(),
            headroom: weight(),
            speed: weight(),
            semantic: random.below(2) * weight(),
            cost: random.below(2) * weight(),
          },
        }),
    ...(random.next() < 0.5 ? {} : { explore: { seed: random.below(1000) } }),
  };
}

describe.each(engines)("a batch of tasks on the %s engine", (engine) => {
  it("has for every task and agent the score that a ranking finds, and none where that finds none", async () => {
    const shape = fc.record({ agents: fc.nat({ max: 60 }), tasks: fc.nat({ max: 12 }), seed: fc.integer() });
    const property = fc.asyncProperty(shape, async ({ agents, tasks, seed }) => {
      const random = seededRandom(seed);
      const table = someTable(agents, random);
      const scorer = createScorer(table, engine === "native" ? addon : undefined);
      const kinds = Array.from({ length: Math.ceil(tasks / 2) }, () => someNeeds(table.rowsUsed, random));
      const batch = Array.from({ length: tasks }, () => kinds[random.below(kinds.length)]!);
      const options = someOptions(random);
      const matrix = await scorer.scoreMatrix(batch, options);
      expect(matrix).toMatchObject({ tasks, agents: table.rowsUsed });
      for (const [task, needs] of batch.entries()) {
        const scores = matrix.scores.subarray(task * matrix.agents, (task + 1) * matrix.agents);
        const ranked = scorer.topK(needs, 256, options);
        for (const { row, score } of ranked) expect(Math.abs(scores[row]! - score)).toBeLessThan(1e-5);
        expect(scores.filter((score) => score > Number.NEGATIVE_INFINITY)).toHaveLength(ranked.length);
      }
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it("is refused with the count when a task requires more capabilities than can be matched", async () => {
    const scorer = createScorer(someTable(5, seededRandom(1)), engine === "native" ? addon : undefined);
    const capabilities = Array.from({ length: 33 }, (_, index) => ({ capability: `skill ${index}`, min: 0 }));
    await expect(scorer.scoreMatrix([{ capabilities }])).rejects.toThrow("requires 33 capabilities");
  });
});
