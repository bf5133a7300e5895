// How many messages a second reach another thread, by what they carry.

import { type Contender, type Goal, hive, type Question, type Scale } from "../question.js";
import { bareCopies, bareRing } from "./bare.js";
import { postMessageOneWay } from "./post-message.js";
import { BINARY_BYTES, type Shape } from "./shapes.js";

interface OneWay {
  readonly name: string;
  readonly shape: Shape;
  readonly asks: string;
  readonly payload: string;
  readonly ours: number;
  readonly theirs: number;
  readonly goals: readonly Goal[];
}

const PER_SECOND: readonly OneWay[] = [
  {
    name: "tell-empty",
    shape: "empty",
    asks: "how many calls of a method without payload reach another thread each second?",
    payload: "none",
    ours: 2_000_000,
    theirs: 200_000,
    goals: [{ kind: "at-least", atLeast: 10e6 }],
  },
  {
    name: "tell-typed",
    shape: "typed",
    asks: "how many {type} messages reach another thread each second?",
    payload: "{type}",
    ours: 1_500_000,
    theirs: 200_000,
    goals: [{ kind: "at-least", atLeast: 5e6 }],
  },
  {
    name: "tell-fields",
    shape: "fields",
    asks: "how many messages of 4 fields with a 28-character text reach another thread each second?",
    payload: "4 fields, 28-char text",
    ours: 1_000_000,
    theirs: 150_000,
    goals: [{ kind: "at-least", atLeast: 2.5e6 }],
  },
];

const SIX_TIMES: Goal = { kind: "times", peer: "postMessage", atLeast: 6 };
const BINARY_COUNTS = { ours: 10_000, theirs: 4_000 };
const GIGABYTES = (perSecond: number): number => (perSecond * BINARY_BYTES) / 1e9;
const MESSAGES = (perSecond: number): number => perSecond;

function ourselves(shape: Shape, count: number, value: (perSecond: number) => number): Contender {
  return hive({ messages: count }, async () => {
    const { openOneWay } = await import("./hive.js");
    return openOneWay(shape, count, value);
  });
}

const perSecondQuestions = PER_SECOND.map(
  ({ name, shape, asks, payload, ours, theirs, goals }): Question => ({
    group: "cross-thread",
    name,
    asks,
    unit: "msg/s",
    higherIsBetter: true,
    params: { payload, threads: 1, durability: "memory" },
    where: "kept-process",
    goals: [...goals, SIX_TIMES],
    bound: "bare ring",
    contenders: (scale: Scale) => [
      ourselves(shape, scale.pieces(ours), MESSAGES),
      bareRing(shape, scale.pieces(ours)),
      postMessageOneWay(shape, scale.pieces(theirs), MESSAGES),
    ],
  }),
);

const binaryQuestion: Question = {
  group: "cross-thread",
  name: "tell-binary",
  asks: "how many gigabytes a second of 64 KiB binaries reach another thread?",
  unit: "GB/s",
  higherIsBetter: true,
  params: { payload: "64 KiB binary", threads: 1, durability: "memory" },
  goals: [{ kind: "at-least", atLeast: 3 }, SIX_TIMES],
  bound: "bare copies",
  where: "fresh-process",
  contenders: (scale) => [
    ourselves("binary", scale.pieces(BINARY_COUNTS.ours), GIGABYTES),
    bareCopies(scale.pieces(BINARY_COUNTS.ours), GIGABYTES),
    postMessageOneWay("binary", scale.pieces(BINARY_COUNTS.theirs), GIGABYTES),
  ],
};

export const oneWayQuestions: readonly Question[] = [...perSecondQuestions, binaryQuestion];
