import { describe, expect, test } from "vitest";

import { seededRandom } from "../../src/base/random.js";
import { LEARNED_TERM_WEIGHTS } from "../../src/compute/chooser.js";
import { createEngines } from "../../src/compute/engines.js";
import { Learner } from "../../src/compute/learner.js";
import { chooseAction } from "../../src/hub/actions.js";
import type { AgentRow } from "../../src/hub/agent-row.js";
import { ByteSlab } from "../../src/hub/byte-slab.js";
import { Matcher } from "../../src/hub/match.js";
import { firstMatched, packMatched, unpackMatched } from "../../src/hub/matched.js";
import { WaitingRoom } from "../../src/hub/queue.js";
import { Roster } from "../../src/hub/roster.js";
import type { RequiredCapability } from "../../src/wire/task-shapes.js";
import { makeRecord, makeRow, StillClock } from "./rig.js";

const SLAB = new ByteSlab();

function need(name: string, min = 0): RequiredCapability {
  return { name, min_proficiency: min, weight: 1 };
}

function hubOf(...rows: readonly AgentRow[]) {
  return weighedHub({}, rows);
}

function weighedHub(weights: Partial<typeof LEARNED_TERM_WEIGHTS>, rows: readonly AgentRow[]) {
  const roster = new Roster();
  const matcher = new Matcher(createEngines({ addon: undefined }), new Learner(), {
    clock: new StillClock(),
    random: seededRandom(1),
    exploration: "index",
    weights: { ...LEARNED_TERM_WEIGHTS, ...weights },
  });
  for (const row of rows) {
    roster.add(row);
    matcher.add(row);
  }
  const room = new WaitingRoom(60_000, (kind) => roster.eligible(kind));
  return { roster, matcher, room };
}

const ACTIONS = [
  {
    name: "profile",
    types: ["profile_table", "profile"],
    accepts: ["text/csv", "application/*"],
    isDefault: false,
  },
  { name: "chart", types: ["chart"], accepts: [], isDefault: false },
  { name: "anything", types: ["anything"], accepts: [], isDefault: true },
];

describe("which action runs a task", () => {
  test.each([
    ["the task's action", { type: "chart", action: "profile", mediaType: null }, "profile", false],
    ["else its type", { type: "profile_table", action: null, mediaType: null }, "profile", false],
    [
      "else the media type of its input",
      { type: "x", action: null, mediaType: "text/csv; charset=utf-8" },
      "profile",
      false,
    ],
    ["also by family", { type: "x", action: null, mediaType: "application/json" }, "profile", false],
    ["else the default action", { type: "x", action: null, mediaType: "image/png" }, "anything", true],
  ])("is %s", (_, wanted, name, asDefault) => {
    expect(chooseAction(ACTIONS, wanted)).toEqual({ name, asDefault });
  });

  test("is none when the task names one that is not there, or when nothing fits and there is no default", () => {
    expect(chooseAction(ACTIONS, { type: "chart", action: "fly", mediaType: null })).toBeUndefined();
    expect(chooseAction(ACTIONS.slice(0, 2), { type: "x", action: null, mediaType: null })).toBeUndefined();
  });
});

describe("matching", () => {
  test("gives a task to the most proficient free agent, with the terms behind it", () => {
    const good = makeRow({ number: 1, capabilities: { sums: 0.9 } });
    const better = makeRow({ number: 2, capabilities: { sums: 1 } });
    const { matcher, room } = hubOf(good, better);
    const record = makeRecord({ number: 1, capabilities: [need("sums", 0.5)] });
    const lane = room.lane(record.kind);
    const pick = matcher.pickFree(lane, record, SLAB);
    expect(pick?.agent).toBe(better);
    const kept = unpackMatched(pick?.matched ?? new Uint8Array(0));
    expect(kept.map((one) => one.agent)).toEqual([2, 1]);
    expect(kept[0]?.terms).toMatchObject({ fitness: 1, success: 0.9, headroom: 1, speed: 0.5 });
    better.leases.add(1);
    matcher.refresh(better);
    expect(matcher.pickFree(lane, record, SLAB)?.agent).toBe(good);
    expect(matcher.rankAll(lane, record).map((one) => one.agent)).toHaveLength(2);
  });

  test("prefers another agent to the one that failed last, if there is one", () => {
    const { matcher, room } = hubOf(
      makeRow({ number: 1, capabilities: { a: 1 } }),
      makeRow({ number: 2, capabilities: { a: 0.5 } }),
    );
    const retry = makeRecord({ number: 1, capabilities: [need("a")] });
    retry.history = [[1, 1, 0, 1, "failed", null]];
    expect(matcher.pickFree(room.lane(retry.kind), retry, SLAB)?.agent.number).toBe(2);
    const { matcher: alone, room: aloneRoom } = hubOf(makeRow({ number: 1, capabilities: { a: 1 } }));
    expect(alone.pickFree(aloneRoom.lane(retry.kind), retry, SLAB)?.agent.number).toBe(1);
  });

  test("asks for the action as well as for the skill, also with as many capabilities as a task may require", () => {
    const names = Array.from({ length: 32 }, (_, at) => `skill ${at}`);
    const skills = Object.fromEntries(names.map((name) => [name, 0.8]));
    const able = makeRow({ number: 1, capabilities: skills, actions: [{ name: "knit" }] });
    const wrongAction = makeRow({ number: 2, capabilities: skills, actions: [{ name: "sew" }] });
    const { matcher, room } = hubOf(wrongAction, able);
    const record = makeRecord({
      number: 1,
      type: "knit",
      capabilities: names.map((name) => need(name, 0.8)),
    });
    expect(matcher.pickFree(room.lane(record.kind), record, SLAB)?.agent.number).toBe(1);
  });

  test("says why nobody can do a task, by the agent that comes closest", () => {
    const { roster } = hubOf(
      makeRow({
        number: 1,
        name: "weaver",
        capabilities: { weave: 0.4, spin: 0.9 },
        actions: [{ name: "cloth" }],
      }),
      makeRow({ number: 2, name: "spinner", capabilities: { spin: 0.9 }, actions: [{ name: "cloth" }] }),
    );
    const why = (wishes: Omit<Parameters<typeof makeRecord>[0], "number">) =>
      roster.ineligibility(makeRecord({ number: 1, ...wishes }).kind);
    expect(new Roster().ineligibility(makeRecord({ number: 1 }).kind).reason).toBe("no-agents");
    expect(why({ type: "cloth", agent: "nobody" }).reason).toBe("no-such-agent");
    expect(why({ type: "bread" }).reason).toBe("no-action");
    expect(why({ type: "cloth", capabilities: [need("bake")] }).reason).toBe("no-capability");
    const below = why({ type: "cloth", capabilities: [need("weave", 0.6), need("spin", 0.6)] });
    expect(below.reason).toBe("below-minimum");
    expect(below.nearest).toMatchObject({ capability: "weave", proficiency: 0.4, minimum: 0.6 });
  });

  test("knows an agent that is failed from one that is merely busy", () => {
    const row = makeRow({ number: 1 });
    const { roster } = hubOf(row);
    const { kind } = makeRecord({ number: 1 });
    row.leases.add(1);
    expect(roster.eligible(kind)).toEqual({ agents: [1], reason: undefined });
    row.condition = "failed";
    expect(roster.eligible(kind)).toEqual({ agents: [], reason: "breaker-open" });
  });

  test("keeps the best five of an assignment in a few bytes", () => {
    const numbers = [0.9, 0.5, 1, 0.25, Number.NaN, Number.NaN, 1 / 9, 0.6, Number.NaN, 0, 0.5];
    const ranking = Float64Array.from(
      [0, 1, 2, 3, 4].flatMap((at) => [at + 100_000, 0.9 - at / 10, ...numbers]),
    );
    const bytes = packMatched(ranking, 5, SLAB);
    expect(bytes.length).toBeLessThan(100);
    const kept = unpackMatched(bytes);
    expect(kept.map((one) => one.agent)).toEqual([100_000, 100_001, 100_002, 100_003, 100_004]);
    const terms = { fitness: 0.9, success: 0.5, headroom: 1, speed: 0.25 };
    const learned = { alpha: 4, beta: 4, mean: 0.5, sample: 0.6 };
    expect(kept[0]).toEqual({ agent: 100_000, score: 0.9, terms, learned });
    const older = Uint8Array.from([4, ...bytes.subarray(1, 15)]);
    expect(unpackMatched(older)).toEqual([{ agent: 100_000, score: 0.9, terms, learned: undefined }]);
    expect(firstMatched(bytes)).toEqual(kept[0]);
  });

  test("keeps what was foreseen, beside likeness or without it, and the belief that it was mixed into", () => {
    for (const semantic of [Number.NaN, 0.3]) {
      const numbers = [0.9, 0.7, 1, 0.25, semantic, Number.NaN, 1 / 9, 0.8, 0.9, 0.5, 0.5];
      const kept = firstMatched(packMatched(Float64Array.from([7, 0.9, ...numbers]), 1, SLAB));
      const terms = { fitness: 0.9, success: 0.7, headroom: 1, speed: 0.25 };
      expect(kept).toEqual({
        agent: 7,
        score: 0.9,
        terms: Number.isNaN(semantic) ? terms : { ...terms, semantic },
        learned: { alpha: 4, beta: 4, mean: 0.5, sample: 0.8 },
        predicted: { success: 0.9, weight: 0.5 },
      });
    }
  });

  test("keeps likeness and cost share only where one of them counted, and then also a score below nothing", () => {
    const numbers = (semantic: number, costShare: number) =>
      Float64Array.from([7, -0.25, 0.9, 0.5, 1, 0.25, semantic, costShare, 1 / 9, 0.6, Number.NaN, 0, 0.5]);
    const keptOf = (ranking: Float64Array) => firstMatched(packMatched(ranking, 1, SLAB));
    const both = keptOf(numbers(0.7, 0));
    expect(both).toMatchObject({
      agent: 7,
      score: -0.25,
      terms: { semantic: 0.7, cost_share: 0, speed: 0.25 },
    });
    expect(both?.learned).toEqual({ alpha: 4, beta: 4, mean: 0.5, sample: 0.6 });
    expect(keptOf(numbers(Number.NaN, 1))?.terms).not.toHaveProperty("semantic");
    expect(keptOf(numbers(0, Number.NaN))?.terms).toMatchObject({ semantic: 0 });
    expect(keptOf(numbers(0, Number.NaN))?.terms).not.toHaveProperty("cost_share");
  });
});

describe("the words of tasks and agents", () => {
  const clerk = { number: 1, name: "clerk", description: "Books invoices, payments and taxes" };
  const nurse = { number: 2, name: "nurse", description: "Looks after patients, wounds and medicine" };

  test("decide between agents that are equally good otherwise, and are told as a term", () => {
    const { matcher, room } = hubOf(makeRow(clerk), makeRow(nurse));
    const pick = (wishes: { description?: string; parameters?: Record<string, unknown> }) => {
      const record = makeRecord({ number: 1, ...wishes });
      return matcher.pickFree(room.lane(record.kind), record, SLAB);
    };
    expect(pick({ description: "Pay the taxes on these invoices" })?.agent.number).toBe(1);
    expect(pick({ description: "Which medicine do these patients get?" })?.agent.number).toBe(2);
    expect(pick({ description: "Do it", parameters: { about: "a wound of a patient" } })?.agent.number).toBe(
      2,
    );
    const [best, other] = unpackMatched(pick({ description: "Pay the taxes" })?.matched ?? new Uint8Array(0));
    expect(best?.terms.semantic).toBeGreaterThan(other?.terms.semantic ?? 1);
  });

  test("are not looked at where all agents in question have the same, or their weight is 0", () => {
    const record = makeRecord({ number: 1, description: "Pay the taxes" });
    const alike = [1, 2].map((number) => makeRow({ ...clerk, number }));
    for (const { matcher, room } of [
      hubOf(...alike),
      weighedHub({ semantic: 0 }, [makeRow(clerk), makeRow(nurse)]),
    ]) {
      const pick = matcher.pickFree(room.lane(record.kind), record, SLAB);
      expect(firstMatched(pick?.matched ?? new Uint8Array(0))?.terms).not.toHaveProperty("semantic");
    }
  });

  test("say nothing for a task without words", () => {
    const { matcher, room } = hubOf(makeRow(clerk), makeRow(nurse));
    const record = makeRecord({ number: 1, description: "…" });
    expect(matcher.rankAll(room.lane(record.kind), record)[0]?.terms).not.toHaveProperty("semantic");
  });
});

test("an agent's cost counts against it as a share of the highest, once it has a weight", () => {
  const rows = [makeRow({ number: 1, name: "a", cost: 10 }), makeRow({ number: 2, name: "a", cost: 4 })];
  const record = makeRecord({ number: 1 });
  const ranked = (cost: number) => {
    const { matcher, room } = weighedHub({ cost }, rows);
    return matcher.rankAll(room.lane(record.kind), record);
  };
  expect(ranked(0).map(({ agent }) => agent)).toEqual([1, 2]);
  expect(ranked(0)[0]?.terms).not.toHaveProperty("cost_share");
  const [cheap, dear] = ranked(0.2);
  expect([cheap?.agent, cheap?.terms.cost_share, dear?.terms.cost_share]).toEqual([
    2,
    expect.closeTo(0.4, 6),
    1,
  ]);
  expect((cheap?.score ?? 0) - (dear?.score ?? 0)).toBeCloseTo((0.2 * 0.6) / 0.9, 6);
});

test("weights that make no sense are refused with what was given and what is expected", () => {
  const refused =
    "the weights of matching are fitness 0, success 0, headroom 0.15, speed 0.1, semantic 0.1, cost 0";
  expect(() => weighedHub({ success: 0 }, [])).toThrow(
    `${refused}; each is at least 0, and that of success above 0`,
  );
  expect(() => weighedHub({ cost: -1 }, [])).toThrow("cost -1; each is at least 0");
});

test("who asks for work that nobody does is told the types that agents take, or their actions", () => {
  const reader = { number: 1, actions: [{ name: "analyze", types: ["analyze_text", "summarize"] }] };
  const { roster } = hubOf(makeRow(reader), makeRow({ number: 2, actions: [{ name: "chart" }] }));
  const why = (wishes: { type?: string; action?: string; agent?: string }): string =>
    roster.ineligibility(makeRecord({ number: 1, ...wishes }).kind).detail;
  expect(why({ type: "bake" })).toBe(
    'no agent has an action for the type "bake", nor a default action; ' +
      "agents take the types analyze_text, summarize, chart",
  );
  expect(why({ type: "analyze" })).toMatch(
    /chart; "analyze" is an action, which a task names as its action$/,
  );
  expect(why({ type: "analyze", agent: "agent 2" })).toMatch(/agents take the types chart$/);
  expect(why({ action: "summarize" })).toMatch(/; agents have the actions analyze, chart$/);
});
