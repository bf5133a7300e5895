// What it is worth to learn more about an agent, beside what its work is worth by itself.
//
// The knowledge gradient with the best look-ahead (Frazier & Powell 2010, "KG(*)"): if w more outcomes of it were seen,
// its expected value would move by about r = spread·√(w / (w + n)), n being the outcomes behind it. That pays only
// where it may change who is best, so against the best rival at a distance d:
//
//   gradient(w) = r·(φ(d / r) − (d / r)·Φ(−d / r)) / w            per outcome, the best of several w
//   bonus       = horizon · max over w of gradient(w)
//
// `horizon` is how many tasks of the kind will profit. Nothing is spent on an agent that is known well, nor on one that
// could not be best even if it did better than believed; that is what Thompson sampling and UCB do waste.

import type { Random } from "../base/random.js";

/** Tasks that profit from what is learned now. */
export const HORIZON = 100;
const LOOK_AHEADS = [2, 5, 10, 20] as const;

/**
 * The bonus of an agent in units of its value. `spread` is the standard deviation of its value, `outcomes` how many are
 * behind that, `rival` the value of the best other one (of the second best for the best itself).
 */
export function knowledgeBonus(value: number, spread: number, outcomes: number, rival: number): number {
  const distance = Math.abs(value - rival);
  let best = 0;
  for (const ahead of LOOK_AHEADS) {
    const reach = spread * Math.sqrt(ahead / (ahead + outcomes));
    const z = distance / reach;
    const gradient = (reach * (density(z) - z * upperTail(z))) / ahead;
    if (gradient > best) best = gradient;
  }
  return HORIZON * best;
}

/** Of the normal distribution. */
function density(z: number): number {
  return 0.3989422804014327 * Math.exp(-0.5 * z * z);
}

/** Φ(−z) by the tanh approximation of Page (1977); within 2e-4. */
function upperTail(z: number): number {
  return 0.5 * (1 - Math.tanh(0.7978845608028654 * (z + 0.044715 * z * z * z)));
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
