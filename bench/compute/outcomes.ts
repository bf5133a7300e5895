// Attempts of a made-up world, from a seed: their true chances are known, so that predictions can be held to them.
//
//   chance    0.05 + 0.9 · fitness · (1 - 0.5 · load), halved from midnight to six o'clock, UTC
//   latency   log-normal around 150 ms · e^(1.5 · load), with a spread of a third

import { seededRandom } from "../../src/base/random.js";
import type { Outcome } from "../../src/compute/predictor.js";
import type { OutcomeFeatures } from "../../src/compute/predictor-features.js";

export interface Attempt {
  readonly features: OutcomeFeatures;
  readonly outcome: Outcome;
  readonly chance: number;
  /** The geometric mean of what it may take. */
  readonly typicalMs: number;
}

const HOUR_MS = 3_600_000;
const NIGHT_HOURS = 6;
const SPREAD = 1 / 3;

export function makeAttempts(count: number, seed: number): readonly Attempt[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const features: OutcomeFeatures = {
      fitness: random.next(),
      load: random.next(),
      energy: random.next(),
      priority: random.below(4),
      attempt: 1 + random.below(3),
      similarity: random.next(),
      atMs: random.below(365 * 24) * HOUR_MS,
    };
    const isNight = (features.atMs / HOUR_MS) % 24 < NIGHT_HOURS;
    const chance = (0.05 + 0.9 * features.fitness * (1 - 0.5 * features.load)) * (isNight ? 0.5 : 1);
    const typicalMs = 150 * Math.exp(1.5 * features.load);
    // The sum of twelve even ones less six is normal enough (Irwin & Hall, 1927).
    const normal = Array.from({ length: 12 }, () => random.next()).reduce((sum, one) => sum + one, -6);
    const outcome = {
      success: random.next() < chance ? 1 : 0,
      latencyMs: typicalMs * Math.exp(SPREAD * normal),
    };
    return { features, outcome, chance, typicalMs };
  });
}
