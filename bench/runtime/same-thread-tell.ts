// How many messages a second actors of one thread exchange.

import { hive, type Question } from "../question.js";
import { count } from "../savina/count.js";
import { nactActors } from "../savina/peers/nact.js";
import { plainContender } from "../savina/peers/plain-programs.js";
import { pingpong } from "../savina/pingpong.js";

const COUNT = 3_000_000;
const ROUNDS = 1_000_000;

const common = {
  group: "runtime",
  unit: "msg/s",
  higherIsBetter: true,
  where: "kept-process",
  params: { thread: "main", durability: "memory" },
  goals: [{ kind: "times", peer: "nact", atLeast: 2 }],
} as const;

export const sameThreadQuestions: readonly Question[] = [
  {
    ...common,
    name: "same-thread-tell",
    asks: "how many messages a second does one actor count that are told from the same thread?",
    contenders: (scale) => [
      hive({ messages: scale.pieces(COUNT) }, async () =>
        (await import("./hive-same-thread.js")).openCounting(scale.pieces(COUNT)),
      ),
      plainContender("nact", nactActors, count),
    ],
  },
  {
    ...common,
    name: "ping-pong",
    asks: "how many messages a second do two actors of one thread send each other in turn?",
    contenders: (scale) => [
      hive({ rounds: scale.pieces(ROUNDS) }, async () =>
        (await import("./hive-same-thread.js")).openPingPong(scale.pieces(ROUNDS)),
      ),
      plainContender("nact", nactActors, pingpong),
    ],
  },
];
