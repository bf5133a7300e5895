// How long an actor on another thread takes to answer, and how many answers a second there are.

import type { Contender, Goal, Question } from "../question.js";
import { type Asker, asking, IN_FLIGHT, type Manner } from "./asking.js";
import { bareAsker } from "./bare.js";
import { comlinkAsker, piscinaAsker } from "./libraries.js";
import { postMessageAsker } from "./post-message.js";

interface Asking {
  readonly name: string;
  readonly manner: Manner;
  readonly asks: string;
  readonly unit: string;
  readonly inFlight: number;
  readonly count: number;
  readonly peers: readonly (readonly [system: string, open: () => Promise<Asker>])[];
  readonly goals: readonly Goal[];
  readonly bound?: string;
}

const OURS = ["hive", async () => (await import("./hive.js")).openAsker()] as const;
const POST_MESSAGE = ["postMessage", postMessageAsker] as const;
const LIBRARIES = [
  ["comlink", comlinkAsker],
  ["piscina", piscinaAsker],
] as const;

const ASKING: readonly Asking[] = [
  {
    name: "ask-asleep",
    manner: "asleep",
    asks: "how long does an ask take when both threads sleep?",
    unit: "µs (p50)",
    inFlight: 1,
    count: 200,
    peers: [OURS, ["bare bells", bareAsker], POST_MESSAGE, ...LIBRARIES],
    bound: "bare bells",
    goals: [{ kind: "at-most", atMost: 20 }],
  },
  {
    name: "ask-polling",
    manner: "polling",
    asks: "how long does an ask take when both threads poll?",
    unit: "µs (p50)",
    inFlight: 1,
    count: 20_000,
    peers: [OURS, ["bare memory", bareAsker], POST_MESSAGE],
    bound: "bare memory",
    goals: [{ kind: "at-most", atMost: 4 }],
  },
  {
    name: "ask-64",
    manner: "crowded",
    asks: "how many asks a second are answered with 64 in flight?",
    unit: "asks/s",
    inFlight: IN_FLIGHT,
    count: 100_000,
    peers: [OURS, POST_MESSAGE, ...LIBRARIES],
    goals: [{ kind: "at-least", atLeast: 0.8e6 }],
  },
];

export const askQuestions: readonly Question[] = ASKING.map(
  ({ name, manner, asks, unit, inFlight, count, peers, goals, bound }): Question => ({
    group: "cross-thread",
    name,
    asks,
    unit,
    higherIsBetter: manner === "crowded",
    params: { inFlight, threads: 1, durability: "memory" },
    where: "kept-process",
    goals,
    ...(bound === undefined ? {} : { bound }),
    contenders: (scale): readonly Contender[] =>
      peers.map(([system, open]) => asking(system, manner, scale.pieces(count), open)),
  }),
);
