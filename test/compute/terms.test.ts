import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { seededRandom } from "../../src/base/random.js";
import {
  AgentTable,
  ELIGIBLE,
  ELIGIBLE_ALL,
  makeOutcomes,
  writeOutcomes,
} from "../../src/compute/agent-table.js";
import { EMBEDDING_LENGTH } from "../../src/compute/rank-query.js";
import { createScorer, type RankOptions, type Scorer, type TermWeights } from "../../src/compute/scorer.js";
import type { TaskNeeds } from "../../src/compute/task-needs.js";
import { needing, profile } from "./golden-vectors.js";

const { addon } = loadAddon();
const engines = addon === undefined ? (["js"] as const) : (["native", "js"] as const);
const ONLY = { fitness: 0, success: 0, headroom: 0, speed: 0 };
const DIGITS = 6;

/** 1 at the given places. */
function pointing(...places: readonly number[]): Float32Array {
  const embedding = new Float32Array(EMBEDDING_LENGTH);
  for (const place of places) embedding[place] = 1;
  return embedding;
}

function scoresOf(scorer: Scorer, needs: TaskNeeds, options: RankOptions): Record<string, number> {
  return Object.fromEntries(scorer.topK(needs, 10, options).map(({ key, score }) => [key, score]));
}

describe.each(engines)("the terms of a score on the %s engine", (engine) => {
  const scorerOf = (table: AgentTable) => createScorer(table, engine === "native" ? addon : undefined);

  it("takes success and speed from what is known of the task's kind, and else from what is known of all kinds", () => {
    const table = new AgentTable();
    const old = table.upsert("old", profile({ x: 1 }, { outcomes: { alpha: 1, beta: 3 }, latencyMs: 300 }));
    const young = table.upsert("new", profile({ x: 1 }, { outcomes: { alpha: 3, beta: 1 }, latencyMs: 100 }));
    const mail = makeOutcomes(2);
    writeOutcomes(mail, old, 9, 1);
    writeOutcomes(mail, young, 3, 1);
    mail.latencyMs.set([50, 100]);
    const mails = { ...needing({ x: 0 }), outcomes: mail };
    const scorer = scorerOf(table);
    const success = { weights: { ...ONLY, success: 1 } };
    const speed = { weights: { ...ONLY, speed: 1 } };
    expect(scoresOf(scorer, mails, success).old).toBeCloseTo(0.9, DIGITS);
    expect(scoresOf(scorer, mails, success).new).toBe(0.75);
    expect(scoresOf(scorer, needing({ x: 0 }), success).old).toBe(0.25);
    expect(scoresOf(scorer, mails, speed).new).toBeCloseTo(1 / 3, DIGITS);
    expect(scoresOf(scorer, needing({ x: 0 }), speed).new).toBe(0.5);
    const latencyMs = Float32Array.of(100, 300);
    expect(scoresOf(scorer, { ...needing({ x: 0 }), outcomes: { latencyMs } }, speed).old).toBe(0.5);
  });

  it("maps the cosine of task and agent to 0..1, one half for an agent that has no embedding", () => {
    const table = new AgentTable();
    table.upsert("same", profile({ x: 1 }, { embedding: pointing(3, 250).map((value) => 7 * value) }));
    table.upsert("half", profile({ x: 1 }, { embedding: pointing(3, 9) }));
    table.upsert("opposite", profile({ x: 1 }, { embedding: pointing(3, 250).map((value) => -value) }));
    table.upsert("none", profile({ x: 1 }));
    const needs = { ...needing({ x: 0 }), embedding: pointing(3, 250) };
    const scores = scoresOf(scorerOf(table), needs, { weights: { ...ONLY, semantic: 1 } });
    expect(scores.same).toBeCloseTo(1, DIGITS);
    expect(scores.half).toBeCloseTo(0.75, DIGITS);
    expect(scores.opposite).toBeCloseTo(0, DIGITS);
    expect(scores.none).toBe(0.5);
  });

  it("leaves likeness out, and divides by the weights in use, when there is nothing to compare", () => {
    const table = new AgentTable();
    table.upsert("a", profile({ x: 1 }));
    const scorer = scorerOf(table);
    const weights = { ...ONLY, fitness: 0.3, semantic: 0.7 };
    expect(scoresOf(scorer, needing({ x: 0 }), { weights }).a).toBe(1);
    expect(scoresOf(scorer, { ...needing({ x: 0 }), embedding: pointing(1) }, { weights }).a).toBe(1);
    table.setEmbedding(table.row("a")!, pointing(1));
    expect(scoresOf(scorer, { ...needing({ x: 0 }), embedding: pointing() }, { weights }).a).toBe(1);
    const [ranked] = scorer.topK({ ...needing({ x: 0 }), embedding: pointing(1) }, 1, { weights });
    expect(ranked?.terms.semantic).toBe(1);
  });

  it("takes away an agent's cost as a share of the highest, also after the dearest has left", () => {
    const table = new AgentTable();
    table.upsert("dear", profile({ x: 0.5 }, { cost: 8 }));
    table.upsert("cheap", profile({ x: 0.5 }, { cost: 2 }));
    table.upsert("free", profile({ x: 0.5 }));
    const scorer = scorerOf(table);
    const options = { weights: { ...ONLY, fitness: 1, cost: 1 } };
    expect(scoresOf(scorer, needing({ x: 0 }), options)).toEqual({ free: 0.5, cheap: 0.25, dear: -0.5 });
    expect(scorer.topK(needing({ x: 0 }), 3, options)[2]?.terms.costShare).toBe(1);
    table.remove("dear");
    expect(scoresOf(scorer, needing({ x: 0 }), options)).toEqual({ free: 0.5, cheap: -0.5 });
    table.setCost(table.row("cheap")!, 0);
    expect(scoresOf(scorer, needing({ x: 0 }), options)).toEqual({ free: 0.5, cheap: 0.5 });
  });

  it("explores by samples that follow from the seed, and tells them as the term", () => {
    const table = new AgentTable();
    for (let index = 0; index < 50; index++) table.upsert(`agent-${index}`, profile({ x: 1 }));
    const scorer = scorerOf(table);
    const weights: TermWeights = { ...ONLY, success: 1 };
    const draw = (seed: number, spread?: number) => {
      const explore = spread === undefined ? { seed } : { seed, spread };
      return scorer.topK(needing({ x: 0 }), 50, { weights, explore });
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7).map(({ key }) => key)).not.toEqual(draw(8).map(({ key }) => key));
    for (const { score, terms } of draw(9)) expect(terms.success).toBe(score);
    expect(new Set(draw(9, 0).map(({ score }) => score))).toEqual(new Set([0.5]));
    for (const { row, score } of draw(9, 0.5)) {
      const whole = draw(9).find((one) => one.row === row)!.score;
      expect(score).toBeCloseTo(0.5 + 0.5 * (whole - 0.5), DIGITS);
    }
  });

  it("draws its samples from what is known of the task's kind", () => {
    const table = new AgentTable();
    const agents = 2_000;
    for (let index = 0; index < agents; index++) table.upsert(`agent-${index}`, profile({ x: 1 }));
    const mail = makeOutcomes(agents);
    for (let row = 0; row < agents; row++) writeOutcomes(mail, row, 30, 10);
    const options = { weights: { ...ONLY, success: 1 }, explore: { seed: 4 } };
    const drawn = scorerOf(table).topK({ ...needing({ x: 0 }), outcomes: mail }, 256, options);
    // The best of many samples of Beta(30, 10), of mean 0.75 and deviation 0.07; those of Beta(1, 1) reach 1.
    expect(drawn[0]?.score).toBeLessThan(0.97);
    expect(drawn[255]?.score).toBeGreaterThan(0.78);
    expect(drawn[255]?.score).toBeLessThan(0.9);
  });
});

describe.runIf(addon !== undefined)("native and TypeScript engine with every term in use", () => {
  it("give the same bits among thousands of agents, where the native one finds the median in a window", () => {
    for (const [seed, sameLatency] of [
      [1, false],
      [2, true],
      [3, false],
    ] as const) {
      const random = seededRandom(seed);
      const table = new AgentTable();
      for (let index = 0; index < 20_000; index++) {
        const proficiencies = { a: random.next(), b: random.next(), c: random.next(), d: random.next() };
        const row = table.upsert(
          `agent-${index}`,
          profile(proficiencies, {
            eligible: random.next() < 0.2 ? ELIGIBLE_ALL & ~ELIGIBLE.idle : ELIGIBLE_ALL,
            load: random.below(5) / 4,
            energy: random.next(),
            // Sorted by row, the sample is far from the whole; all the same, the window is one point.
            latencyMs: sameLatency ? 20 : seed === 3 ? (index % 1250) + 1 : 1000 * random.next(),
            cost: random.below(4),
            idleSinceMs: random.below(3),
          }),
        );
        table.setOutcomes(row, 1 + random.below(9), 1 + random.below(9));
        if (index % 100 === 0)
          table.setEmbedding(
            row,
            Float32Array.from({ length: EMBEDDING_LENGTH }, () => random.next() - 0.5),
          );
      }
      const embedding = Float32Array.from({ length: EMBEDDING_LENGTH }, () => random.next() - 0.5);
      const weights = { fitness: 0.4, success: 0.2, headroom: 0.1, speed: 0.2, semantic: 0.1, cost: 0.1 };
      const js = createScorer(table, undefined);
      const native = createScorer(table, addon);
      for (const capabilities of [
        {},
        { a: 0.1 },
        { a: 0, b: 0.2, c: 0.1 },
        { a: 0.9, b: 0.9, c: 0.9, d: 0.5 },
      ]) {
        const needs = { ...needing(capabilities), embedding };
        for (const options of [{}, { weights }, { weights, explore: { seed } }]) {
          expect(native.topK(needs, 100, options)).toEqual(js.topK(needs, 100, options));
          expect(native.matched).toBe(js.matched);
        }
      }
    }
  });
});
