// How long the outcome predictor takes to learn all it keeps.

import { hive, type Question } from "../question.js";

const OUTCOMES = 4096;

export const predictorQuestions: readonly Question[] = [
  {
    group: "compute",
    name: "predictor-training",
    asks: "how long does a training on all outcomes take, until it predicts chances it never saw to within 0.07?",
    unit: "ms",
    higherIsBetter: false,
    params: { outcomes: OUTCOMES, threads: 1 },
    goals: [{ kind: "verified" }],
    where: "kept-process",
    contenders: () => [
      hive({}, async () => (await import("./predictor-runs.js")).openTraining("hive", OUTCOMES)),
      {
        system: "js engine",
        open: async () => (await import("./predictor-runs.js")).openTraining("js engine", OUTCOMES),
      },
    ],
  },
];
