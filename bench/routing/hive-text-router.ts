// Hive's router where all tasks are of one kind and only their texts differ: the parts of the hub, and its subjects.

import { loadAddon } from "../../src/base/addon.js";
import type { Crew } from "../../src/compute/chooser.js";
import { createEmbedder } from "../../src/compute/embedder.js";
import { createSimilarEngine } from "../../src/compute/similar-engine.js";
import { SubjectLearner } from "../../src/compute/subject-learner.js";
import { HiveParts, NOW_MS } from "./hive-router.js";
import type { MakeTextRouter } from "./text-world.js";

const KIND = "write";

export const hiveTextRouter: MakeTextRouter = ({ agents, declared, random }) => {
  const { addon } = loadAddon();
  const parts = new HiveParts(agents, random);
  const subjects = new SubjectLearner(parts.learner, createSimilarEngine(addon));
  const embedder = createEmbedder(addon);
  const embedding = embedder.embed("");
  const crew: Crew = { agentAt: (row) => row, declaredAt: (row) => declared[row]! };
  return {
    choose({ text }, busy) {
      const name = subjects.kindOf(KIND, embedder.embed(text, embedding));
      return parts.choose(name, busy, subjects.crewOf(KIND, name, crew, NOW_MS)).row;
    },
    learn({ text }, agent, outcome) {
      const lesson = { kind: KIND, agent, declared: declared[agent]!, value: outcome, atMs: NOW_MS };
      const name = subjects.learn(lesson, embedder.embed(text, embedding));
      parts.chooser.learned(KIND, agent, crew, NOW_MS);
      if (name === KIND) return;
      parts.chooser.learned(name, agent, subjects.crewOf(KIND, name, crew, NOW_MS), NOW_MS);
    },
  };
};
