import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { seededRandom } from "../../src/base/random.js";
import { AgentTable, ELIGIBLE } from "../../src/compute/agent-table.js";
import { makeStand } from "../../src/compute/belief.js";
import { type Candidate, Chooser, type Crew } from "../../src/compute/chooser.js";
import { horizonOf, indexBonus, sampleBeta } from "../../src/compute/explore.js";
import { betaOf, type LearnedOutcome, Learner } from "../../src/compute/learner.js";
import { createScorer } from "../../src/compute/scorer.js";
import { packPlain, unpackPlain } from "../../src/wire/codec.js";

const DAY_MS = 86_400_000;

function standOf(learner: Learner, agent = 1, nowMs = 0, declared = 0.9) {
  return betaOf(learner.stand("sums", agent, declared, nowMs, makeStand()));
}

function teach(learner: Learner, outcomes: readonly number[], agent = 1, atMs = 0, declared = 0.9): void {
  for (const value of outcomes) learner.learn({ kind: "sums", agent, declared, value, atMs });
}

const times = (count: number, value: number) => Array.from({ length: count }, () => value);

describe("what is learned of an agent", () => {
  test("starts from what it declares, and weighs that as several outcomes", () => {
    const learner = new Learner();
    const { alpha, beta, mean } = standOf(learner);
    expect(mean).toBeCloseTo(0.82, 5);
    expect(alpha + beta).toBeCloseTo(learner.settings.priorStrength, 5);
    expect(standOf(learner, 2, 0, 0.1).mean).toBeCloseTo(0.18, 5);
    expect(standOf(learner, 3, 0, Number.NaN).mean).toBeCloseTo(0.5, 5);
  });

  test("moves towards its outcomes, and a success of half the quality counts half", () => {
    const good = new Learner();
    const fair = new Learner();
    const bad = new Learner();
    teach(good, times(60, 1), 1, 0, 0.5);
    teach(fair, times(60, 0.5), 1, 0, 0.5);
    teach(bad, times(60, 0), 1, 0, 0.5);
    expect(standOf(good).mean).toBeGreaterThan(0.9);
    expect(standOf(fair).mean).toBeCloseTo(0.5, 1);
    expect(standOf(bad).mean).toBeLessThan(0.1);
  });

  test("a steady record is kept whole, and a change is seen after a handful of outcomes", () => {
    const learner = new Learner();
    teach(learner, times(300, 1));
    const before = standOf(learner);
    expect(before.alpha + before.beta).toBeGreaterThan(50);
    teach(learner, times(8, 0));
    expect(standOf(learner).mean).toBeLessThan(0.5);
    teach(learner, times(20, 1));
    expect(standOf(learner).mean).toBeGreaterThan(0.6);
  });

  test("is half forgotten after the half-life in executions, and after that in days", () => {
    const settings = { halfLifeExecutions: 400, halfLifeDays: 10, priorStrength: 6 };
    const learner = new Learner(settings);
    teach(learner, times(200, 1));
    const fresh = standOf(learner).mean;
    const crowd = standOf(learner, 7, 0, Number.NaN).mean;
    expect(standOf(learner, 1, 10 * DAY_MS).mean).toBeCloseTo((fresh + crowd) / 2, 5);
    teach(learner, times(400, 1), 2);
    const crowdLater = standOf(learner, 7, 0, Number.NaN).mean;
    expect(standOf(learner).mean).toBeCloseTo((fresh + crowdLater) / 2, 2);
  });

  test("what declared proficiencies are worth is learned from all: liars are believed less", () => {
    const random = seededRandom(5);
    const honest = new Learner();
    const boastful = new Learner();
    for (let agent = 1; agent <= 60; agent++) {
      const success = random.next();
      for (let turn = 0; turn < 10; turn++) {
        const value = random.next() < success ? 1 : 0;
        teach(honest, [value], agent, 0, success);
        teach(boastful, [value], agent, 0, random.next());
      }
    }
    const reach = (learner: Learner) => standOf(learner, 99, 0, 1).mean - standOf(learner, 99, 0, 0).mean;
    expect(reach(honest)).toBeGreaterThan(reach(boastful) + 0.3);
  });

  test("the same outcomes in the same order come to the same numbers, also through a checkpoint anywhere", () => {
    const outcome: fc.Arbitrary<LearnedOutcome> = fc.record({
      kind: fc.constantFrom("sums", "charts"),
      agent: fc.integer({ min: 1, max: 4 }),
      declared: fc.constantFrom(0.2, 0.9, Number.NaN),
      value: fc.constantFrom(0, 0.4, 1),
      atMs: fc.integer({ min: 0, max: 90 * DAY_MS }),
    });
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 80 }), fc.nat(80), (outcomes, cut) => {
        const straight = new Learner();
        const first = new Learner();
        const second = new Learner();
        for (const one of outcomes) straight.learn(one);
        for (const one of outcomes.slice(0, cut)) first.learn(one);
        second.restore(unpackPlain(packPlain(first.dump())) as ReturnType<Learner["dump"]>);
        for (const one of outcomes.slice(cut)) second.learn(one);
        expect(second.dump()).toEqual(straight.dump());
        for (const kind of ["sums", "charts"]) {
          const { mean, spread } = straight.stand(kind, 1, 0.5, 90 * DAY_MS, makeStand());
          expect(mean).toBeGreaterThan(0);
          expect(mean).toBeLessThan(1);
          expect(spread).toBeGreaterThan(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("an agent that is gone is forgotten, the others are not", () => {
    const learner = new Learner();
    teach(learner, times(20, 0), 1);
    teach(learner, times(20, 0), 2);
    learner.forget(1);
    expect(standOf(learner, 1, 0, 0.9).mean).toBeGreaterThan(standOf(learner, 2).mean);
  });
});

describe("exploring", () => {
  test("is worth most where little is known, and next to nothing where all is", () => {
    const bonus = indexBonus(0.6, 0.15, 200);
    expect(bonus).toBeGreaterThan(2 * indexBonus(0.6, 0.05, 200));
    expect(bonus).toBeLessThan(0.15);
    expect(indexBonus(0.6, 0.005, 200)).toBeLessThan(1e-3);
  });

  test("is worth more the more tasks of the kind there are, within bounds", () => {
    expect(indexBonus(0.6, 0.1, 200)).toBeGreaterThan(indexBonus(0.6, 0.1, 20));
    expect([0, 50, 1e6].map(horizonOf)).toEqual([20, 100, 200]);
  });

  test("is not worth more for a good agent because it may have become worse", () => {
    const learner = new Learner();
    teach(learner, times(200, 1));
    const later = learner.stand("sums", 1, 0.9, 3 * DAY_MS, makeStand());
    expect(later.upside).toBeLessThan(0.85 * later.spread);
  });

  test("draws of Beta(3, 2) have its mean and variance, and follow from the seed", () => {
    const random = seededRandom(3);
    const draws = Array.from({ length: 20_000 }, () => sampleBeta(random, 3, 2));
    const mean = draws.reduce((sum, one) => sum + one, 0) / draws.length;
    const variance = draws.reduce((sum, one) => sum + (one - mean) ** 2, 0) / draws.length;
    expect(mean).toBeCloseTo(0.6, 2);
    expect(variance).toBeCloseTo(0.04, 2);
    expect(sampleBeta(seededRandom(3), 0.5, 0.5)).toBe(sampleBeta(seededRandom(3), 0.5, 0.5));
  });
});

describe("choosing", () => {
  const crew: Crew = { agentAt: (row) => row, declaredAt: (row) => [0.9, 0.6, 0.3][row] ?? Number.NaN };

  function makeChooser(exploration?: "index" | "thompson" | "none") {
    const table = new AgentTable();
    const learner = new Learner();
    const rows = ["a", "b", "c"].map((key) => table.upsert(key, { capabilities: [] }));
    const chooser = new Chooser(table, createScorer(table, undefined), learner, seededRandom(1), exploration);
    const choose = () => chooser.choose("sums", { capabilities: [] }, crew, 0);
    const learn = (agent: number, value: number): void => {
      learner.learn({ kind: "sums", agent, declared: crew.declaredAt(agent), value, atMs: 0 });
      chooser.learned("sums", agent, crew, 0);
    };
    return { table, rows, chooser, choose, learn };
  }

  test("takes the most promising first, and another one once that has failed", () => {
    const { choose, learn } = makeChooser("none");
    expect(choose().map(({ row }) => row)).toEqual([0, 1, 2]);
    for (let turn = 0; turn < 10; turn++) learn(0, 0);
    expect(choose()[0]?.row).toBe(1);
  });

  test("tells the belief behind the choice", () => {
    const { choose, learn } = makeChooser("index");
    const [best] = choose();
    expect(best?.alpha).toBeCloseTo(0.82 * 6, 3);
    expect(best?.beta).toBeCloseTo(0.18 * 6, 3);
    expect(best?.terms[1]).toBeCloseTo(0.82, 5);
    expect(best?.sample).toBeCloseTo(0.82, 5);
    learn(0, 1);
    const tried = choose().find(({ row }) => row === 1);
    expect(tried?.sample).toBeGreaterThan(tried?.terms[1] ?? 1);
  });

  test("tries one of whom little is known where that can pay, and leaves it once it knows", () => {
    const { choose, learn } = makeChooser("index");
    for (let turn = 0; turn < 40; turn++) learn(0, turn % 5 < 2 ? 1 : 0);
    expect(choose()[0]?.row).toBe(1);
    for (let turn = 0; turn < 40; turn++) learn(1, turn % 5 === 0 ? 1 : 0);
    expect(choose()[0]?.row).not.toBe(1);
  });

  test("mixes what is foreseen into a score by the share that success has beside the likeness of words", () => {
    const { chooser } = makeChooser("none");
    const likeness = Float32Array.of(0.9, 0.5, 0.1, ...new Float32Array(61));
    const needs = { capabilities: [], likeness };
    const before = chooser.choose("sums", needs, crew, 0).map(({ row, score }) => ({ row, score }));
    const outlook = {
      weight: 0.5,
      foresee: (candidates: readonly Candidate[], _energy: Float32Array, expected: Float32Array) =>
        void expected.fill(1, 0, candidates.length),
    };
    for (const { row, mean, score } of chooser.choose("sums", needs, crew, 0, undefined, outlook)) {
      const known = before.find((one) => one.row === row)!;
      expect(score - known.score).toBeCloseTo(0.65 * 0.5 * (1 - mean), 6);
    }
  });

  test("mixes what is foreseen for the task at hand into what is believed of each", () => {
    const { table, chooser, choose } = makeChooser("none");
    const believed = choose().map(({ row, mean, score }) => ({ row, mean, score }));
    const seen: number[] = [];
    const outlook = {
      weight: 0.75,
      foresee: (candidates: readonly Candidate[], energy: Float32Array, expected: Float32Array) => {
        for (const [place, { row }] of candidates.entries()) expected[place] = [0, 0.2, 1][row]!;
        seen.push(...candidates.map(({ row }) => energy[row]!));
      },
    };
    table.setEnergy(table.upsert("b", { capabilities: [] }), 0.5);
    const chosen = chooser.choose("sums", { capabilities: [] }, crew, 0, undefined, outlook);
    expect(seen).toEqual([1, 0.5, 1]);
    expect(chosen.map(({ row }) => row)).toEqual([2, 1, 0]);
    for (const { row, mean, expected, score, terms, sample } of chosen) {
      const before = believed.find((one) => one.row === row)!;
      expect(mean).toBe(before.mean);
      expect(terms[1]).toBeCloseTo(mean + 0.75 * (expected - mean), 6);
      expect(sample).toBe(terms[1]);
      expect(score - before.score).toBeCloseTo((0.65 / 0.9) * 0.75 * (expected - mean), 6);
    }
    expect(choose().map(({ row }) => row)).toEqual([0, 1, 2]);
    expect(choose()[0]?.expected).toBeNaN();
  });

  test("goes by what each declares for the task at hand, also where others of its kind ask for something else", () => {
    const { chooser, choose, learn } = makeChooser("none");
    const other: Crew = { agentAt: (row) => row, declaredAt: (row) => [0.3, 0.6, 0.9][row] ?? Number.NaN };
    const chooseOther = () => chooser.choose("sums", { capabilities: [] }, other, 0).map(({ row }) => row);
    expect(choose().map(({ row }) => row)).toEqual([0, 1, 2]);
    expect(chooseOther()).toEqual([2, 1, 0]);
    for (let turn = 0; turn < 10; turn++) learn(2, 0);
    expect(chooseOther()[0]).toBe(1);
  });

  test("leaves out who is busy, and knows a newcomer at once", () => {
    const { table, rows, chooser, choose } = makeChooser("none");
    table.switchEligible(rows[0] as (typeof rows)[number], ELIGIBLE.idle, false);
    expect(choose().map(({ row }) => row)).toEqual([1, 2]);
    table.remove("c");
    table.upsert("d", { capabilities: [] });
    chooser.crewChanged();
    expect(choose()).toHaveLength(2);
  });
});
