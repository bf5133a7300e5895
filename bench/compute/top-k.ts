// How fast the best agents for one task are found.

import { hive, type Question } from "../question.js";
import { nativeAddon } from "./native-addon.js";

const SHAPE = { agents: 100_000, capabilities: 8, held: 6, required: 3, k: 10 } as const;
const ROUNDS = { native: 1000, js: 100, objects: 15 } as const;
const LIMIT_S = 0.25e-3;

export const topKQuestions: readonly Question[] = [
  {
    group: "compute",
    name: "top-k",
    asks: "how often a second are the best 10 of 100,000 agents found for a task, on one thread?",
    unit: "rankings/s",
    higherIsBetter: true,
    params: SHAPE,
    where: "kept-process",
    goals: [
      { kind: "times", peer: "object loop", atLeast: 15 },
      { kind: "times", peer: "js engine", atLeast: 4 },
      { kind: "times", peer: "memory read", atLeast: 0.6 },
      { kind: "at-least", atLeast: 1 / LIMIT_S },
    ],
    contenders: (scale) => [
      hive({ rounds: scale.pieces(ROUNDS.native) }, async () =>
        (await import("./top-k-runs.js")).openScorerTopK(SHAPE, scale.pieces(ROUNDS.native), nativeAddon()),
      ),
      {
        system: "js engine",
        params: { rounds: scale.pieces(ROUNDS.js) },
        open: async () =>
          (await import("./top-k-runs.js")).openScorerTopK(SHAPE, scale.pieces(ROUNDS.js), undefined),
      },
      {
        system: "object loop",
        params: { rounds: scale.pieces(ROUNDS.objects) },
        open: async () =>
          (await import("./top-k-runs.js")).openObjectTopK(SHAPE, scale.pieces(ROUNDS.objects)),
      },
      {
        system: "memory read",
        params: { rounds: scale.pieces(ROUNDS.native) },
        open: async () =>
          (await import("./top-k-runs.js")).openMemoryRead(SHAPE, scale.pieces(ROUNDS.native)),
      },
    ],
  },
];
