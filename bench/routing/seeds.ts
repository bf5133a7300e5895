// Many lives of a world as one figure: the median over seeds, with the lowest and the highest, and the time of choices.
// Why these seeds: everything that was tuned was tuned on others.

import { median } from "../figures.js";
import type { Measured, Session } from "../question.js";

export const SEEDS: readonly number[] = Array.from({ length: 12 }, (_, index) => index + 1);

/** One life: its figure, and the microseconds of each choice. */
export interface Life {
  readonly figure: number;
  readonly decisionUs: Float64Array;
}

/** Each run lives all lives anew; the same figures come out, which is what makes it verified. */
export function seededSession(seeds: readonly number[], live: (seed: number) => Life): Session {
  let before: number | undefined;
  return {
    run: async (): Promise<Measured> => {
      const lives = seeds.map(live);
      const figures = lives.map(({ figure }) => figure);
      const value = median(figures);
      const same = before === undefined || before === value;
      before = value;
      const times = Float64Array.from(lives.flatMap(({ decisionUs }) => [...decisionUs])).sort();
      return {
        value,
        verified: same && figures.every(Number.isFinite),
        spread: { min: Math.min(...figures), max: Math.max(...figures) },
        p50Us: times[Math.floor(times.length * 0.5)]!,
        p99Us: times[Math.floor(times.length * 0.99)]!,
      };
    },
    close: async () => undefined,
  };
}
