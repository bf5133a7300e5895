// How fast English prose is embedded, in pieces as long as a task's text, on one thread.

import { hive, type Question } from "../question.js";

const TEXTS = 4_000;

export const embedQuestions: readonly Question[] = [
  {
    group: "compute",
    name: "embed",
    asks: "how much English prose does one thread embed, in texts of 2,000 characters?",
    unit: "MB/s",
    higherIsBetter: true,
    params: { chars: 2_000, source: "Moby Dick and State of the Union addresses", threads: 1 },
    goals: [{ kind: "at-least", atLeast: 50 }],
    where: "kept-process",
    contenders: (scale) => {
      const texts = scale.pieces(TEXTS);
      const load = () => import("./embed-contenders.js");
      return [
        hive({ texts }, async () => (await load()).openEmbedder(texts, "native")),
        {
          system: "the TypeScript engine",
          params: { texts },
          open: async () => (await load()).openEmbedder(texts, "js"),
        },
      ];
    },
  },
];
