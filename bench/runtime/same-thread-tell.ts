// How many messages a second actors of one thread exchange.

import { hive, type Question } from "../question.js";
import { nactCounting, nactPingPong } from "./nact.js";

const COUNTS = { ours: 3_000_000, theirs: 200_000 };
const ROUNDS = { ours: 1_000_000, theirs: 100_000 };

const common = {
  group: "runtime",
  unit: "msg/s",
  higherIsBetter: true,
  where: "this-process",
  params: { thread: "main", durability: "memory" },
  goals: [{ kind: "times", peer: "nact", atLeast: 2 }],
} as const;

export const sameThreadQuestions: readonly Question[] = [
  {
    ...common,
    name: "same-thread-tell",
    asks: "how many messages a second does one actor count that are told from the same thread?",
    contenders: (scale) => [
      hive({ messages: scale.pieces(COUNTS.ours) }, async () =>
        (await import("./hive-same-thread.js")).openCounting(scale.pieces(COUNTS.ours)),
      ),
      nactCounting(scale.pieces(COUNTS.theirs)),
    ],
  },
  {
    ...common,
    name: "ping-pong",
    asks: "how many messages a second do two actors of one thread send each other in turn?",
    contenders: (scale) => [
      hive({ rounds: scale.pieces(ROUNDS.ours) }, async () =>
        (await import("./hive-same-thread.js")).openPingPong(scale.pieces(ROUNDS.ours)),
      ),
      nactPingPong(scale.pieces(ROUNDS.theirs)),
    ],
  },
];
