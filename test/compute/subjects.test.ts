import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { loadAddon } from "../../src/base/addon.js";
import { seededRandom } from "../../src/base/random.js";
import { makeStand } from "../../src/compute/belief.js";
import type { Crew } from "../../src/compute/chooser.js";
import { EMBEDDING_DIMS } from "../../src/compute/embed.js";
import { JsEmbedder } from "../../src/compute/embed-js.js";
import { type LearnedOutcome, Learner } from "../../src/compute/learner.js";
import type { SimilarEngine } from "../../src/compute/similar.js";
import { createSimilarEngine } from "../../src/compute/similar-engine.js";
import { JsSimilar } from "../../src/compute/similar-js.js";
import { SubjectLearner } from "../../src/compute/subject-learner.js";
import { Subjects } from "../../src/compute/subjects.js";
import { packPlain, unpackPlain } from "../../src/wire/codec.js";

const embedder = new JsEmbedder();
const embed = (text: string) => embedder.embed(text);
const INVOICES = [
  "invoice from Bern for March",
  "invoice from Basel for March",
  "invoice from Bern for April",
];
const POEMS = ["poem about rain in autumn", "poem about rain in winter", "poem about snow in winter"];

/** A unit vector in the plane of the first two axes, at an angle in degrees. */
function pointing(degrees: number): Float32Array {
  const vector = new Float32Array(EMBEDDING_DIMS);
  vector[0] = Math.cos((degrees * Math.PI) / 180);
  vector[1] = Math.sin((degrees * Math.PI) / 180);
  return vector;
}

function axis(index: number): Float32Array {
  const vector = new Float32Array(EMBEDDING_DIMS);
  vector[index % EMBEDDING_DIMS] = index < EMBEDDING_DIMS ? 1 : -1;
  return vector;
}

describe("the subjects of a kind", () => {
  test("hold texts together that are worded alike, and others apart", () => {
    const subjects = new Subjects(new JsSimilar());
    expect(subjects.find(embed("invoice from Bern for March"))).toBeUndefined();
    const invoices = INVOICES.map((text) => subjects.take(embed(text)).subject);
    const poems = POEMS.map((text) => subjects.take(embed(text)).subject);
    expect(invoices).toEqual([0, 0, 0]);
    expect(poems).toEqual([1, 1, 1]);
    expect(subjects.find(embed("invoice from Zug for April"))).toBe(0);
    expect(subjects.find(embed("a song of the sea"))).toBeUndefined();
  });

  test("are joined once their texts have brought them together, and the older stays", () => {
    const subjects = new Subjects(new JsSimilar());
    subjects.take(pointing(0));
    expect(subjects.take(pointing(70)).subject).toBe(1);
    const [joined] = [50, 45].map((degrees) => subjects.take(pointing(degrees)));
    expect(joined).toEqual({ subject: 0, joined: 1, forgotten: undefined });
    expect(subjects.size).toBe(1);
    expect(subjects.find(pointing(70))).toBe(0);
  });

  test("are at most 256: the one that was met least recently is forgotten", () => {
    const subjects = new Subjects(new JsSimilar());
    for (let index = 0; index < 256; index++) subjects.take(axis(index));
    subjects.take(axis(0));
    expect(subjects.take(axis(256)).forgotten).toBe(1);
    expect(subjects.size).toBe(256);
    expect(subjects.find(axis(1))).toBeUndefined();
    expect(subjects.find(axis(0))).toBe(0);
  });

  test("are the same on both engines, to the last bit", () => {
    const make = (engine: SimilarEngine) => {
      const random = seededRandom(4);
      const words = ["sum", "chart", "rain", "winter", "bill", "Bern", "sort", "draw", "sea", "list"];
      const subjects = new Subjects(engine);
      for (let turn = 0; turn < 300; turn++) {
        const text = Array.from({ length: 4 }, () => words[random.below(words.length)]).join(" ");
        subjects.take(embed(text));
      }
      return subjects.dump();
    };
    expect(make(createSimilarEngine(loadAddon().addon))).toEqual(make(new JsSimilar()));
  });
});

describe("experience with texts", () => {
  function makeSubjects() {
    const learner = new Learner();
    return { learner, subjects: new SubjectLearner(learner, new JsSimilar()) };
  }

  const crew: Crew = { agentAt: (row) => row, declaredAt: () => 0.5 };

  function meanAt(
    { learner, subjects }: ReturnType<typeof makeSubjects>,
    text: string,
    agent: number,
  ): number {
    const name = subjects.kindOf("write", embed(text));
    const declared = subjects.crewOf("write", name, crew, 0).declaredAt(agent);
    return learner.stand(name, agent, declared, 0, makeStand()).mean;
  }

  test("counts for texts that are alike and little for others", () => {
    const made = makeSubjects();
    for (let turn = 0; turn < 30; turn++) {
      const outcome = { kind: "write", agent: 1, declared: 0.5, atMs: 0 };
      made.subjects.learn({ ...outcome, value: 1 }, embed(INVOICES[turn % 3] as string));
      made.subjects.learn({ ...outcome, value: 0 }, embed(POEMS[turn % 3] as string));
    }
    expect(meanAt(made, "invoice from Zug for April", 1)).toBeGreaterThan(0.85);
    expect(meanAt(made, "poem about snow in spring", 1)).toBeLessThan(0.15);
    expect(meanAt(made, "a song of the sea", 1)).toBeCloseTo(0.5, 1);
  });

  test("is asked for by the same crew each time, so that a chooser knows it again", () => {
    const { subjects } = makeSubjects();
    const first = subjects.crewOf("write", "write\u00001", crew, 0);
    expect(subjects.crewOf("write", "write\u00001", crew, 1)).toBe(first);
    expect(subjects.crewOf("write", "write\u00002", crew, 1)).not.toBe(first);
    expect(subjects.crewOf("write", "write", crew, 1)).toBe(crew);
  });

  test("at the whole kind is what a newcomer to a subject starts from", () => {
    const made = makeSubjects();
    const outcome = { kind: "write", declared: 0.5, atMs: 0 };
    made.subjects.learn({ ...outcome, agent: 9, value: 1 }, embed(POEMS[0] as string));
    for (let turn = 0; turn < 30; turn++) {
      made.subjects.learn({ ...outcome, agent: 1, value: 1 }, embed(INVOICES[turn % 3] as string));
      made.subjects.learn({ ...outcome, agent: 2, value: 0 }, embed(INVOICES[turn % 3] as string));
    }
    expect(meanAt(made, POEMS[1] as string, 1)).toBeGreaterThan(meanAt(made, POEMS[1] as string, 2) + 0.2);
  });

  test("of a text without words is experience with the kind alone, and people are shown kinds", () => {
    const { learner, subjects } = makeSubjects();
    const outcome = { kind: "write", agent: 1, declared: 0.5, value: 1, atMs: 0 };
    expect(subjects.learn(outcome, embed("…"))).toBe("write");
    expect(subjects.learn(outcome, embed(POEMS[0] as string))).not.toBe("write");
    expect(learner.kindsOf(1)).toEqual(["write"]);
    expect(learner.executions("write")).toBe(2);
  });

  test("stays when subjects are joined", () => {
    const { learner, subjects } = makeSubjects();
    const outcome = { kind: "write", declared: 0.5, atMs: 0 };
    subjects.learn({ ...outcome, agent: 1, value: 1 }, pointing(0));
    for (let turn = 0; turn < 9; turn++) subjects.learn({ ...outcome, agent: 2, value: 0 }, pointing(70));
    let name = "";
    for (const degrees of [50, 45])
      name = subjects.learn({ ...outcome, agent: 1, value: 1 }, pointing(degrees));
    expect(learner.knows(name, 1) && learner.knows(name, 2)).toBe(true);
    expect(learner.stand(name, 2, 0.5, 0, makeStand()).mean).toBeLessThan(0.25);
  });

  test("comes to the same numbers again from the same outcomes and texts, also through a checkpoint anywhere", () => {
    const told = fc.record({
      agent: fc.integer({ min: 1, max: 3 }),
      kind: fc.constantFrom("write", "draw"),
      value: fc.constantFrom(0, 1),
      text: fc.constantFrom(...INVOICES, ...POEMS, "", "a song of the sea", "rain in Bern"),
    });
    fc.assert(
      fc.property(fc.array(told, { maxLength: 60 }), fc.nat(60), (lessons, cut) => {
        const straight = makeSubjects();
        const first = makeSubjects();
        const second = makeSubjects();
        const learn = (made: typeof first, some: typeof lessons) => {
          for (const { text, ...lesson } of some) {
            const outcome: LearnedOutcome = { ...lesson, declared: 0.5, atMs: 0 };
            made.subjects.learn(outcome, embed(text));
          }
        };
        learn(straight, lessons);
        learn(first, lessons.slice(0, cut));
        const state = [first.learner.dump(), first.subjects.dump()];
        const [learner, subjects] = unpackPlain(packPlain(state)) as typeof state;
        second.learner.restore(learner as ReturnType<Learner["dump"]>);
        second.subjects.restore(subjects as ReturnType<SubjectLearner["dump"]>);
        learn(second, lessons.slice(cut));
        expect(second.learner.dump()).toEqual(straight.learner.dump());
        expect(second.subjects.dump()).toEqual(straight.subjects.dump());
      }),
      { numRuns: 40 },
    );
  });
});
