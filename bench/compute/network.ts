// How fast a small network computes and learns, beside libfann, after which these networks were made.

import { hive, type Question } from "../question.js";
import { ROWS } from "./network-problem.js";

const PASSES = 200;
/** The js engine does the same in a smaller piece. */
const JS_SHARE = 10;

export const networkQuestions: readonly Question[] = [
  {
    group: "compute",
    name: "network-forward",
    asks: "how many rows a second does a network of 64-64-32-2 compute, in batches of 1,024?",
    unit: "rows/s",
    higherIsBetter: true,
    params: { network: "64-64-32-2", batch: ROWS, threads: 1 },
    goals: [{ kind: "times", peer: "libfann", atLeast: 4 }],
    where: "kept-process",
    contenders: (scale) => {
      const passes = scale.pieces(PASSES);
      const small = Math.ceil(passes / JS_SHARE);
      return [
        hive({ passes }, async () => (await import("./network-runs.js")).openForward("hive", passes)),
        {
          system: "js engine",
          params: { passes: small },
          open: async () => (await import("./network-runs.js")).openForward("js engine", small),
        },
        {
          system: "libfann",
          params: { passes: small },
          open: async () => (await import("./network-runs.js")).openForward("libfann", small),
        },
      ];
    },
  },
];
