import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { AgentTable } from "../../src/compute/agent-table.js";
import { createEmbedder } from "../../src/compute/embedder.js";
import { createEngines } from "../../src/compute/engines.js";
import { Likeness } from "../../src/compute/likeness.js";
import { createScorer } from "../../src/compute/scorer.js";
import { profile } from "./golden-vectors.js";

const { addon } = loadAddon();
const engines = addon === undefined ? (["js"] as const) : (["native", "js"] as const);
const TEXTS = [
  "books invoices and taxes",
  "looks after patients",
  "books invoices and taxes",
  "",
  "bakes bread",
];
const ROWS = [4, 1, 7, 2, 0];
const TASK = "the taxes on these invoices";

describe.each(engines)("the likeness of a task's words to those of agents on the %s engine", (engine) => {
  const likeness = new Likeness(createEngines({ addon: engine === "native" ? addon : undefined }));

  it("is the term that a scorer finds between their embeddings, the same for agents who say the same", () => {
    const voices = likeness.voicesOf(ROWS, TEXTS)!;
    const found = likeness.compare(TASK, voices, 8)!;
    const table = new AgentTable();
    const embedder = createEmbedder(undefined);
    for (const text of TEXTS) {
      table.upsert(text, profile({ x: 1 }, { embedding: embedder.embed(text) }));
    }
    const weights = { fitness: 0, success: 0, headroom: 0, speed: 0, semantic: 1 };
    const needs = { capabilities: [], embedding: embedder.embed(TASK) };
    const terms = createScorer(table, undefined).topK(needs, 10, { weights });
    for (const {
      key,
      terms: { semantic },
    } of terms) {
      expect(found[ROWS[TEXTS.indexOf(key)]!]).toBeCloseTo(semantic!, 6);
    }
    expect(found[4]).toBe(found[7]);
    expect(voices.bits.length).toBe(4);
  });

  it("is not there where all agents say the same, or the task says nothing", () => {
    expect(likeness.voicesOf([1, 2], ["same", "same"])).toBeUndefined();
    expect(likeness.voicesOf([], [])).toBeUndefined();
    expect(likeness.compare("?!", likeness.voicesOf(ROWS, TEXTS)!, 8)).toBeUndefined();
  });
});
