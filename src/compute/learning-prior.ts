// How much a declared proficiency says about success, learned from every outcome of every agent.
//
//   prior of an agent that declares d:   mean m(d) = centre + slope·(d − ½), as if `strength` outcomes had been seen
//   prior of anybody, after a change:    mean m(mean declared), as if CROWD_STRENGTH outcomes had been seen
//
// Three numbers (centre, slope, ln strength) follow the gradient of the predictive likelihood of each outcome, in steps
// of the inverse of the information gathered so far; empirical Bayes, one outcome at a time (Robbins 1956; the steps
// are those of stochastic Fisher scoring, Titterington 1984). With n outcomes of an agent behind it, S = strength:
//
//   p = (m·S + good) / (S + n)      ∂p/∂m = S / (S + n)      ∂p/∂ln S = S·(m·n − good) / (S + n)²
//
// Why the likelihood and not the mean of what was seen: who does well is asked more often, which would lift a mean and
// leaves a likelihood of one outcome given those before it as it is.

import type { Prior } from "./belief.js";

const CROWD_STRENGTH = 3;
const CENTRE = 0.5;
const SLOPE = 0.8;
/** What the start is worth, in units of information: deviations of 0.2 of the centre, 0.4 of the slope, 0.3 of ln S. */
const INFORMATION = [25, 6, 12] as const;
const MEAN_MIN = 0.03;
const NUMBERS = 9;

export class LearningPrior {
  /** centre, slope, ln strength, their information (cc, ss, cs, ll), sum and count of declared proficiencies. */
  readonly #numbers = new Float64Array(NUMBERS);
  readonly #crowd = { mean: CENTRE, strength: CROWD_STRENGTH };

  /** `strength` is how many outcomes a declared proficiency is worth until the hub knows better. */
  constructor(strength: number) {
    const [cc, ss, ll] = INFORMATION;
    this.#numbers.set([CENTRE, SLOPE, Math.log(strength), cc, ss, 0, ll, 0, 0]);
  }

  /** Of anybody of whom nothing else is known. */
  get crowd(): Prior {
    return this.#crowd;
  }

  /** Of an agent that declares this proficiency; that of the crowd's mean for NaN. */
  declared(declared: number): Prior {
    const strength = Math.exp(this.#numbers[2]!);
    return { mean: Number.isNaN(declared) ? this.#crowd.mean : this.#meanAt(declared), strength };
  }

  /** An agent is met for the first time at some kind of task. */
  meet(declared: number): void {
    if (Number.isNaN(declared)) return;
    this.#numbers[7]! += declared;
    this.#numbers[8]! += 1;
    this.#setCrowd();
  }

  /** An outcome of an agent that had `good` and `bad` ones before, as far as (`weight`) these are still believed. */
  learn(declared: number, outcome: number, weight: number, good: number, bad: number): void {
    const at = this.#numbers;
    const { mean, strength } = this.declared(declared);
    const size = strength + good + bad;
    const expected = (mean * strength + good) / size;
    const variance = Math.max(1e-4, expected * (1 - expected));
    const offset = Number.isNaN(declared) ? 0 : declared - 0.5;
    const byMean = strength / size;
    const byStrength = (strength * (mean * (good + bad) - good)) / (size * size);
    const surprise = (weight * (outcome - expected)) / variance;
    const information = (weight * byMean * byMean) / variance;
    at[3]! += information;
    at[4]! += information * offset * offset;
    at[5]! += information * offset;
    at[6]! += (weight * byStrength * byStrength) / variance;
    const determinant = at[3]! * at[4]! - at[5]! * at[5]!;
    const push = surprise * byMean;
    at[0] = clamp(at[0]! + (push * (at[4]! - at[5]! * offset)) / determinant, 0.05, 0.95);
    at[1] = clamp(at[1]! + (push * (at[3]! * offset - at[5]!)) / determinant, 0, 1.2);
    at[2] = clamp(at[2]! + (surprise * byStrength) / at[6]!, 0, 4);
    this.#setCrowd();
  }

  /** Everything, for a checkpoint. */
  dump(): Float64Array {
    return this.#numbers.slice();
  }

  restore(numbers: Float64Array): void {
    this.#numbers.set(numbers.subarray(0, NUMBERS));
    this.#setCrowd();
  }

  #setCrowd(): void {
    const met = this.#numbers[8]!;
    this.#crowd.mean = met === 0 ? this.#meanAt(0.5) : this.#meanAt(this.#numbers[7]! / met);
  }

  #meanAt(declared: number): number {
    return clamp(this.#numbers[0]! + this.#numbers[1]! * (declared - 0.5), MEAN_MIN, 1 - MEAN_MIN);
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
