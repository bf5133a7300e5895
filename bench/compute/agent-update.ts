// How long the change of one agent takes among many.

import { hive, type Question } from "../question.js";

const SHAPE = { agents: 100_000, capabilities: 64, held: 6 } as const;
const UPDATES = 500_000;

export const agentUpdateQuestions: readonly Question[] = [
  {
    group: "compute",
    name: "agent-update",
    asks: "how long does it take to note bits, load, energy, outcomes and latency of one agent among 100,000?",
    unit: "ns",
    higherIsBetter: false,
    params: SHAPE,
    where: "kept-process",
    goals: [{ kind: "at-most", atMost: 1000 }],
    contenders: (scale) => [
      hive({ updates: scale.pieces(UPDATES) }, async () =>
        (await import("./agent-update-runs.js")).openUpdates(SHAPE, scale.pieces(UPDATES)),
      ),
    ],
  },
];
