// How long the best assignment of a whole batch takes.

import { type Goal, hive, type Question } from "../question.js";
import { nativeAddon } from "./native-addon.js";

function assignQuestion(name: string, tasks: number, agents: number, goals: readonly Goal[]): Question {
  return {
    group: "compute",
    name,
    asks: `how long does the best assignment of ${tasks} tasks to ${agents} agents take?`,
    unit: "ms",
    higherIsBetter: false,
    params: { tasks, agents },
    where: "kept-process",
    goals,
    contenders: () => [
      hive({}, async () => (await import("./assign-runs.js")).openAssign(tasks, agents, nativeAddon())),
      {
        system: "js engine",
        open: async () => (await import("./assign-runs.js")).openAssign(tasks, agents, undefined),
      },
    ],
  };
}

export const assignQuestions: readonly Question[] = [
  assignQuestion("assign", 256, 256, [{ kind: "at-most", atMost: 10 }]),
  assignQuestion("assign-batch", 1000, 10_000, [{ kind: "verified" }]),
];
