// Values far from the rest: fences from quantiles, a count, and the most extreme examples with their rows.
// Source of the fences: J. W. Tukey (1977), "Exploratory Data Analysis": 1.5 interquartile ranges beyond the quartiles.
// Why a second method: in a column that is mostly one value (rain on dry days) the interquartile range is 0 and the
// fences would call every other value an outlier; there, three standard deviations are used.

import { tidy } from "./figures.js";
import type { Moments } from "./moments.js";
import type { QuantileSketch } from "./quantiles.js";

/** Extreme values remembered at each end: fewer outliers than this at an end are counted exactly. */
export const EXTREMES = 16;
const SHOWN = 3;

export interface Extreme {
  readonly row: number;
  readonly value: number;
}

/** The smallest or the largest values of a stream, most extreme first. */
export class Extremes {
  readonly kept: Extreme[] = [];
  readonly #sign: 1 | -1;
  #threshold = Number.NEGATIVE_INFINITY;

  constructor(end: "low" | "high") {
    this.#sign = end === "high" ? 1 : -1;
  }

  add(value: number, row: number): void {
    const rank = value * this.#sign;
    if (this.kept.length === EXTREMES && rank <= this.#threshold) return;
    let at = this.kept.length;
    while (at > 0 && (this.kept[at - 1] as Extreme).value * this.#sign < rank) at -= 1;
    this.kept.splice(at, 0, { row, value });
    if (this.kept.length > EXTREMES) this.kept.pop();
    this.#threshold = (this.kept[this.kept.length - 1] as Extreme).value * this.#sign;
  }
}

export interface Outliers {
  method: "iqr" | "3-sigma";
  low_fence: number;
  high_fence: number;
  count: number;
  estimated: boolean;
  examples: Extreme[];
}

/** Judges a whole column; undefined when it has too few values or none of them varies. */
export function findOutliers(
  values: QuantileSketch,
  moments: Moments,
  low: Extremes,
  high: Extremes,
): Outliers | undefined {
  const std = moments.std();
  if (moments.count < 8 || std === undefined || std === 0) return undefined;
  const [q1, q3] = [values.quantile(0.25), values.quantile(0.75)];
  const method = q3 > q1 ? "iqr" : "3-sigma";
  const [from, to, width] =
    method === "iqr" ? [q1, q3, 1.5 * (q3 - q1)] : [moments.mean, moments.mean, 3 * std];
  // Rounded first: a value on the fence must not fall outside by the noise of floating point.
  const [lowFence, highFence] = [tidy(from - width), tidy(to + width)];
  const below = low.kept.filter(({ value }) => value < lowFence);
  const above = high.kept.filter(({ value }) => value > highFence);
  const countBelow = below.length < EXTREMES ? below.length : values.countBelow(lowFence);
  const countAbove = above.length < EXTREMES ? above.length : values.countAbove(highFence);
  const exact = !values.estimated || (below.length < EXTREMES && above.length < EXTREMES);
  const distance = ({ value }: Extreme): number => Math.max(lowFence - value, value - highFence);
  const examples = [...below, ...above].sort((a, b) => distance(b) - distance(a)).slice(0, SHOWN);
  return {
    method,
    low_fence: lowFence,
    high_fence: highFence,
    count: countBelow + countAbove,
    estimated: !exact,
    examples,
  };
}
