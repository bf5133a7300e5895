// What it is worth to learn more about an agent, beside what its work is worth by itself.
//
// An agent's index is the success that a well-known one must have to be preferred, when what is learned now serves the
// next `horizon` tasks as well (Gittins 1979), by the closed form of Brezzi & Lai (2002):
//
//   index = mean + bonus,   bonus = upside · ψ(upside² · horizon / (mean · (1 − mean)))
//   ψ(x)  = √(x/2) up to 0.2 · 0.49 − 0.11/√x up to 1 · 0.63 − 0.26/√x up to 5 · 0.77 − 0.58/√x up to 15 · beyond
//           √(2·ln x − ln ln x − ln 16π)
//
// `upside` is the deviation of what the success may be above its mean. Why not the whole one: of a good agent that may
// have changed it is known that it may be worse, which is no reason to ask it more often.
// The horizon grows with the tasks that there were of the kind, so that a kind that is seen seldom is not explored for
// a future that it may not have. Nothing is spent on an agent that is known well.
// Why an index and not the knowledge gradient: it needs no rival, so it is as right when the best are busy, which is
// when the second best are met.

import type { Random } from "../base/random.js";

/** Tasks that profit from what is learned now, at most; then they have changed too much. */
const HORIZON_MAX = 200;
const HORIZON_MIN = 20;
/** For each task that there was. */
const HORIZON_GROWTH = 2;
const VARIANCE_MIN = 1e-4;
const LOG_16_PI = Math.log(16 * Math.PI);

/** How many tasks profit from what is learned now of a kind that there were so many of. */
export function horizonOf(executions: number): number {
  return Math.min(HORIZON_MAX, Math.max(HORIZON_MIN, HORIZON_GROWTH * executions));
}

/** What knowing an agent better adds to its mean, in the same units. */
export function indexBonus(mean: number, upside: number, horizon: number): number {
  return upside * psi((upside * upside * horizon) / Math.max(VARIANCE_MIN, mean * (1 - mean)));
}

function psi(x: number): number {
  if (x <= 0.2) return Math.sqrt(x / 2);
  if (x <= 1) return 0.49 - 0.11 / Math.sqrt(x);
  if (x <= 5) return 0.63 - 0.26 / Math.sqrt(x);
  if (x <= 15) return 0.77 - 0.58 / Math.sqrt(x);
  return Math.sqrt(2 * Math.log(x) - Math.log(Math.log(x)) - LOG_16_PI);
}

/** One draw from Beta(alpha, beta): x / (x + y) of two gamma draws. */
export function sampleBeta(random: Random, alpha: number, beta: number): number {
  const x = sampleGamma(random, alpha);
  const y = sampleGamma(random, beta);
  return x + y === 0 ? 0.5 : x / (x + y);
}

/** Marsaglia & Tsang (2000); below a shape of 1 by their boost. */
export function sampleGamma(random: Random, shape: number): number {
  if (shape < 1) return sampleGamma(random, shape + 1) * (1 - random.next()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = sampleNormal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Box & Muller (1958). */
export function sampleNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
