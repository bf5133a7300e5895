// How fast the rows most like a query are found among 100,000. The matrix is 102 MB, larger than any cache, so the
// limit is the memory and the unit is what is read of it.
// Why one thread for everybody: what a second one adds is a matter of the memory, not of who asks.

import { type Contender, hive, type Question, type Scale } from "../question.js";
import type { SimilarWork } from "./similar-contenders.js";

const ROWS = 100_000;
const QUERIES = 50;

const SGEMV = "OpenBLAS sgemv";
const READING = "reading alone";
const SLOWER = "the slower of sgemv and reading";
const SIMSIMD = "simsimd row by row";

function workOf(scale: Scale): SimilarWork {
  return { rows: ROWS, queries: scale.pieces(QUERIES) };
}

function contenders(scale: Scale): readonly Contender[] {
  const work = workOf(scale);
  const params = { queries: work.queries };
  const load = () => import("./similar-contenders.js");
  return [
    hive(params, async () => (await load()).openEngine(work, "native")),
    { system: SGEMV, params, open: async () => (await load()).openSgemv(work) },
    { system: READING, params, open: async () => (await load()).openReading(work) },
    {
      system: SLOWER,
      params,
      open: async () => {
        const { openReading, openSgemv, slowerOf } = await load();
        return slowerOf(await openSgemv(work), await openReading(work));
      },
    },
    { system: SIMSIMD, params, open: async () => (await load()).openSimsimd(work) },
    { system: "the TypeScript engine", params, open: async () => (await load()).openEngine(work, "js") },
  ];
}

export const similarQuestions: readonly Question[] = [
  {
    group: "compute",
    name: "similar-top",
    asks: "how fast are the ten rows most like a query found, exactly, among 100,000 of 256 floats?",
    unit: "GB/s",
    higherIsBetter: true,
    params: { rows: ROWS, dims: 256, k: 10, threads: 1 },
    goals: [
      { kind: "times", peer: SLOWER, atLeast: 0.9 },
      { kind: "times", peer: SIMSIMD, atLeast: 1 },
    ],
    where: "kept-process",
    contenders,
  },
];
