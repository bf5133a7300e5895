// How long the three kernels of the compute process take, in the first mode that works on this machine (webgpu, webasm,
// cpu), what goes over and comes back included. The native and the js engine answer the same questions elsewhere.

import { hive, type Question, type Scale } from "../question.js";

const CALLS = 10;
const common = {
  group: "compute",
  unit: "ms a call",
  higherIsBetter: false,
  where: "kept-process",
  goals: [{ kind: "verified" }],
} as const;

const ours = (scale: Scale, kernel: "openScoring" | "openSearching" | "openForward") => [
  hive({ engine: "gpu", calls: scale.pieces(CALLS) }, async () =>
    (await import("./hive-gpu.js"))[kernel](scale.pieces(CALLS)),
  ),
];

export const gpuQuestions: readonly Question[] = [
  {
    ...common,
    name: "gpu-score-matrix",
    asks: "how long does the compute process take to score tasks for agents?",
    params: { tasks: 1_000, agents: 10_000, capabilities: 64 },
    contenders: (scale) => ours(scale, "openScoring"),
  },
  {
    ...common,
    name: "gpu-similar-top",
    asks: "how long does the compute process take to find the rows most like a query in a matrix that it keeps?",
    params: { rows: 100_000, values: 256, k: 10 },
    contenders: (scale) => ours(scale, "openSearching"),
  },
  {
    ...common,
    name: "gpu-forward",
    asks: "how long does the compute process take to run a batch through a network that it keeps?",
    params: { network: "64-64-32-2", rows: 1_024 },
    contenders: (scale) => ours(scale, "openForward"),
  },
];
