// What a life costs: to wait idle, to be asked, to fail and begin anew, to be lost with its thread.

import { hive, type Question, type Scale } from "../question.js";
import { erlang } from "../savina/peers/erlang.js";
import { restart } from "../savina/restart.js";
import type { LossEnd } from "./hive-lives.js";

const IDLE_ACTORS = 1_000_000;
const ASKS = 200_000;
const ACTORS_ON_THREAD = 1_000;
const THROWS = 200_000;

const common = { group: "runtime", params: { thread: "main", durability: "memory" } } as const;

function restarts(scale: Scale) {
  return { program: restart, size: scale.quick ? restart.quick : restart.full, repeats: 1 };
}

export const lifeQuestions: readonly Question[] = [
  {
    ...common,
    name: "idle-actors",
    asks: "how many bytes of heap does an idle actor take that has handled one message?",
    unit: "bytes",
    higherIsBetter: false,
    where: "fresh-process",
    goals: [{ kind: "at-most", atMost: 450 }],
    contenders: (scale) => [
      hive({ actors: scale.pieces(IDLE_ACTORS) }, async () =>
        (await import("./hive-lives.js")).openIdle(scale.pieces(IDLE_ACTORS)),
      ),
    ],
  },
  {
    ...common,
    name: "ask-same-thread",
    asks: "how long does an ask take between two actors of one thread?",
    unit: "µs (p50)",
    higherIsBetter: false,
    where: "kept-process",
    goals: [{ kind: "at-most", atMost: 0.8 }],
    contenders: (scale) => [
      hive({ asks: scale.pieces(ASKS) }, async () =>
        (await import("./hive-lives.js")).openAsking(scale.pieces(ASKS)),
      ),
      {
        system: "nact",
        params: { asks: scale.pieces(ASKS / 10) },
        open: async () => (await import("./nact-asking.js")).openNactAsking(scale.pieces(ASKS / 10)),
      },
    ],
  },
  {
    ...common,
    name: "restarts",
    asks: restart.asks,
    unit: "restarts/s",
    higherIsBetter: true,
    where: "kept-process",
    goals: [{ kind: "at-least", atLeast: 100_000 }],
    bound: "bare throw",
    contenders: (scale) => [
      hive(restarts(scale).size, async () => (await import("./hive-lives.js")).openRestarts(restarts(scale))),
      erlang("Erlang", restarts(scale), []),
      {
        system: "bare throw",
        params: { errors: scale.pieces(THROWS) },
        open: async () => (await import("./bare-throw.js")).openThrowing(scale.pieces(THROWS)),
      },
    ],
  },
  lossQuestion({
    name: "thread-loss",
    asks: "how long after a thread was found lost have all supervisors of its actors acted?",
    goals: [{ kind: "at-most", atMost: 250 }],
    until: "supervisors-acted",
  }),
  lossQuestion({
    name: "thread-loss-answers",
    asks: "how long after a thread was found lost do all its actors answer again, on the thread in its stead?",
    goals: [{ kind: "verified" }],
    until: "actors-answer",
  }),
];

function lossQuestion({
  until,
  ...question
}: Pick<Question, "name" | "asks" | "goals"> & { readonly until: LossEnd }): Question {
  return {
    ...common,
    ...question,
    unit: "ms",
    higherIsBetter: false,
    params: { actors: ACTORS_ON_THREAD, threads: 2, durability: "memory" },
    where: "kept-process",
    contenders: () => [
      hive({}, async () => (await import("./hive-lives.js")).openThreadLoss(ACTORS_ON_THREAD, until)),
    ],
  };
}
