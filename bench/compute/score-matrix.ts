// How fast a batch of tasks is scored against all agents.

import { hive, type Question } from "../question.js";
import { nativeAddon } from "./native-addon.js";
import type { MatrixShape } from "./score-matrix-runs.js";

const SHAPE = { tasks: 1000, agents: 10_000, capabilities: 64, required: 8 } as const;

export const scoreMatrixQuestions: readonly Question[] = [
  {
    group: "compute",
    name: "score-matrix",
    asks: "how many scores of a task for an agent a second, 1,000 tasks against 10,000 agents?",
    unit: "M scores/s",
    higherIsBetter: true,
    params: SHAPE,
    where: "kept-process",
    goals: [
      { kind: "times", peer: "object loop", atLeast: 20 },
      { kind: "times", peer: "js engine", atLeast: 6 },
    ],
    contenders: (scale) => {
      const shape: MatrixShape = { ...SHAPE, tasks: scale.pieces(SHAPE.tasks) };
      const params = { tasks: shape.tasks };
      return [
        hive(params, async () => {
          const { NativeScoreMatrixEngine } = await import("../../src/compute/score-matrix-native.js");
          const { openEngineMatrix } = await import("./score-matrix-runs.js");
          return openEngineMatrix(shape, new NativeScoreMatrixEngine(nativeAddon()));
        }),
        {
          system: "js engine",
          params,
          open: async () => {
            const { JsScoreMatrixEngine } = await import("../../src/compute/score-matrix-js.js");
            const { openEngineMatrix } = await import("./score-matrix-runs.js");
            return openEngineMatrix(shape, new JsScoreMatrixEngine());
          },
        },
        {
          system: "object loop",
          params,
          open: async () => (await import("./score-matrix-runs.js")).openObjectMatrix(shape),
        },
      ];
    },
  },
];
