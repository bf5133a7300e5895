import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { AgentTable } from "../../src/compute/agent-table.js";
import { createScorer, DEFAULT_TERM_WEIGHTS } from "../../src/compute/scorer.js";
import { GOLDEN_RANKINGS, GOLDEN_REFUSALS, type GoldenVector, needing, profile } from "./golden-vectors.js";

const RELATIVE_ERROR_MAX = 1e-5;
const { addon } = loadAddon();
const engines = addon === undefined ? (["js"] as const) : (["native", "js"] as const);

function tableOf(agents: GoldenVector["agents"]): AgentTable {
  const table = new AgentTable();
  for (const [key, agent] of Object.entries(agents)) table.upsert(key, agent);
  return table;
}

describe.each(engines)("ranking on the %s engine", (engine) => {
  const scorerOf = (table: AgentTable) => createScorer(table, engine === "native" ? addon : undefined);

  it.each(GOLDEN_RANKINGS)("$says", ({ agents, needs, k = 10, weights = DEFAULT_TERM_WEIGHTS, ranked }) => {
    const scorer = scorerOf(tableOf(agents));
    expect(scorer.engine).toBe(engine);
    const found = scorer.topK(needs, k, { weights });
    expect(found.map(({ key }) => key)).toEqual(ranked.map(([key]) => key));
    for (const [place, [, score]] of ranked.entries()) {
      expect(Math.abs(found[place]!.score / score - 1)).toBeLessThan(RELATIVE_ERROR_MAX);
    }
    expect(scorer.explainNone(needs)).toBeUndefined();
  });

  it.each(GOLDEN_REFUSALS)("answers $says", ({ agents, needs, answer }) => {
    const scorer = scorerOf(tableOf(agents));
    expect(scorer.topK(needs, 10)).toEqual([]);
    expect(scorer.matched).toBe(0);
    expect(scorer.explainNone(needs)).toEqual(answer);
  });

  it("explains each score by the terms it is made of", () => {
    const table = tableOf({
      only: profile({ x: 0.5 }, { load: 0.25, outcomes: { alpha: 3, beta: 1 }, latencyMs: 40 }),
    });
    const [only] = scorerOf(table).topK(needing({ x: 0.1 }), 1);
    expect(only?.terms).toEqual({ fitness: 0.5, success: 0.75, headroom: 0.75, speed: 0.5 });
    expect(only?.row).toBe(table.row("only"));
  });

  it("counts all who may have the task, also beyond k", () => {
    const scorer = scorerOf(tableOf({ a: profile({ x: 1 }), b: profile({ x: 0.5 }), c: profile({ y: 1 }) }));
    scorer.topK(needing({ x: 0.1 }), 1);
    expect(scorer.matched).toBe(2);
  });

  it("sees every change of an agent at once, also after the table has grown", () => {
    const table = tableOf({ a: profile({ x: 0.9 }), b: profile({ x: 0.1 }) });
    const scorer = scorerOf(table);
    const best = () => scorer.topK(needing({ x: 0 }), 1)[0]?.key;
    expect(best()).toBe("a");
    table.upsert("b", profile({ x: 1 }));
    expect(best()).toBe("b");
    for (let index = 0; index < 200; index++) table.upsert(`late-${index}`, profile({ x: 0.3 }));
    expect(best()).toBe("b");
    table.remove("b");
    expect(best()).toBe("a");
    table.setLoad(table.row("a")!, 1);
    table.setOutcomes(table.row("a")!, 1, 99);
    expect(best()).toBe("late-0");
  });

  it("refuses more than 32 required capabilities with a code", () => {
    const names = Array.from({ length: 33 }, (_, index) => `c${index}`);
    const needs = needing(Object.fromEntries(names.map((name) => [name, 0.5])));
    expect(() => scorerOf(new AgentTable()).topK(needs, 1)).toThrow(
      expect.objectContaining({ code: "TOO_MANY_CAPABILITIES" }),
    );
  });

  it("takes it for a bug to be asked for no agents, for too many, or with weights that say nothing", () => {
    const scorer = scorerOf(tableOf({ a: profile({ x: 1 }) }));
    const nothing = { fitness: 0, success: 0, headroom: 0, speed: 0 };
    expect(() => scorer.topK(needing({}), 0)).toThrow("invariant broken");
    expect(() => scorer.topK(needing({}), 257)).toThrow("invariant broken");
    expect(() => scorer.topK(needing({}), 1, { weights: nothing })).toThrow("invariant broken");
    expect(() => scorer.topK(needing({}), 1, { weights: { ...nothing, fitness: -1 } })).toThrow(
      "invariant broken",
    );
  });
});
