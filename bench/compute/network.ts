// How fast a small network computes and learns, beside libfann, after which these networks were made.

import { type Contender, hive, type Params, type Question, type Session } from "../question.js";
import { ROWS } from "./network-problem.js";
import type { Side } from "./network-runs.js";

const PASSES = 200;
/** The others do the same in a smaller piece. */
const SMALLER = 10;

/** So many epochs from the first weights; network-runs.ts says what error they must come to. */
const EPOCHS = 30;

const common = {
  group: "compute",
  higherIsBetter: true,
  params: { network: "64-64-32-2", rows: ROWS, threads: 1 },
  goals: [{ kind: "times", peer: "libfann", atLeast: 4 }],
  where: "kept-process",
} as const;

export const networkQuestions: readonly Question[] = [
  {
    ...common,
    name: "network-forward",
    asks: "how many rows a second does a network of 64-64-32-2 compute, in batches of 1,024?",
    unit: "rows/s",
    contenders: (scale) => {
      const passes = scale.pieces(PASSES);
      const small = Math.ceil(passes / SMALLER);
      return sides("js engine", { passes }, { passes: small }, async (side) =>
        (await import("./network-runs.js")).openForward(side, side === "hive" ? passes : small),
      );
    },
  },
  epochQuestion("rprop", "iRPROP-, an update after all rows"),
  epochQuestion("incremental", "incremental back-propagation, an update after each row"),
];

function epochQuestion(rule: "rprop" | "incremental", by: string): Question {
  return {
    ...common,
    name: `network-epoch-${rule}`,
    asks: `how many epochs of 1,024 rows a second, by ${by}, to no larger an error than libfann's?`,
    unit: "epochs/s",
    contenders: () =>
      sides(undefined, { epochs: EPOCHS }, { epochs: EPOCHS }, async (side) =>
        (await import("./network-runs.js")).openEpochs(side, rule, EPOCHS),
      ),
  };
}

/** Ours, ours without the addon where that is asked, and libfann. */
function sides(
  reference: "js engine" | undefined,
  ours: Params,
  theirs: Params,
  open: (side: Side) => Promise<Session>,
): readonly Contender[] {
  const others = [...(reference === undefined ? [] : [reference]), "libfann" as const];
  return [
    hive(ours, () => open("hive")),
    ...others.map((system) => ({ system, params: theirs, open: () => open(system) })),
  ];
}
