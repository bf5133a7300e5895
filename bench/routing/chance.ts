// What the simulated worlds draw.

import type { Random } from "../../src/base/random.js";
import { sampleBeta, sampleNormal } from "../../src/compute/explore.js";

export const BUSY = 0.3;

/** The true success of an agent at a kind, p ~ Beta(2, 1.5). */
export function drawSuccess(random: Random): number {
  return sampleBeta(random, 2, 1.5);
}

/** What an agent of this success says of itself. */
export function drawDeclared(random: Random, success: number): number {
  return Math.min(1, Math.max(0, success + 0.2 * sampleNormal(random)));
}

/** Time until the next event of a Poisson process with this many a unit of time. */
export function drawGap(random: Random, rate: number): number {
  return -Math.log(1 - random.next()) / rate;
}
