// How fast a stream is: elements made on another thread, taken here one by one, a bounded number of them under way.

import { hive, type Question } from "../question.js";
import { postMessageStream } from "./post-message.js";

/** What both sides allow: our default. */
export const WINDOW = 64;
const OURS = 400_000;
const THEIRS = 100_000;

export const streamQuestions: readonly Question[] = [
  {
    group: "cross-thread",
    name: "stream",
    asks: "how many elements of 4 fields a second does a stream bring from another thread, at most 64 under way?",
    unit: "elements/s",
    higherIsBetter: true,
    params: { payload: "4 fields, 28-char text", window: WINDOW, threads: 1, durability: "memory" },
    where: "kept-process",
    goals: [],
    contenders: (scale) => {
      const [ours, theirs] = [scale.pieces(OURS), scale.pieces(THEIRS)];
      return [
        hive({ elements: ours, generator: "sync" }, async () => {
          const { openStream } = await import("./hive.js");
          return openStream(ours, WINDOW);
        }),
        postMessageStream(theirs, WINDOW),
      ];
    },
  },
];
