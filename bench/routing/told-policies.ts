// How much there is to know in R1: policies that are told what no router can be. They are no contenders but the frame.
//
//   told the law        the distribution of success, the noise of what is declared and the rate of changes, but not who
//                       changes when: what Hive would be if it had nothing left to learn about the world itself
//   told the changes    the law, who changes when, and how many tasks are still to come
//   told, and eager     the same, but it pays with regret for knowing the best in the end
//
// Why no router can do much better: a posterior over p on a grid is exact under the law, so nobody can expect success
// better from the same outcomes, and a change that others find by failures is known here before the next task. What
// is open is whom to try. Nobody can compute the optimum of that, so this is a measurement and no proof. Of what was
// tried on up to 48 other seeds (greedy, Thompson at 0.3 to 1 of the spread, information-directed sampling, knowledge
// gradients with horizons of 30 to 1,000 tasks and of shares of what is to come, with and without regard to who else
// may be free, indices with horizons of 20 to 800 and of such shares, quantiles of 0.7 to 0.98) the best knowledge
// gradients, indices and quantiles lie within 5 % of each other in regret, and all others behind.
//
//   posterior(p) ∝ p·√(1 − p) · (density of what is declared, given p) · Π over outcomes (p or 1 − p)
//   a change     posterior ← p·√(1 − p); not told of it: (1 − h)·posterior + h·p·√(1 − p) at each task of the kind

import { upperTail } from "../../src/compute/belief.js";
import { indexBonus } from "../../src/compute/explore.js";
import type { MakeRouter } from "./router.js";

const POINTS = 100;
/** Beta(2, 1.5) */
const LAW = scaled(grid((p) => p * Math.sqrt(1 - p)));
const NOISE = 0.2;
/** A change with probability 0.3 each 500 / 8 tasks of the kind, of one of 20. */
const CHANGE_RATE = 0.3 / 20 / (500 / 8);
const TASKS_OF_KIND = 1_000;
const LEAST_TO_COME = 20;
const HORIZON_SHARE = 1 / 3;
const HORIZON_UNTOLD = 200;
const EAGERNESS = 6;

interface Told {
  readonly changes: boolean;
  readonly rate: number;
  /** What an agent is taken for, when so many tasks of the kind are still to come. */
  value(posterior: Posterior, toCome: number): number;
}

class Posterior {
  #weights: Float64Array;
  mean = 0;
  #spread = 0;

  constructor(declared: number) {
    this.#weights = scaled(LAW.map((weight, index) => weight * declaredDensity(declared, pointAt(index))));
    this.#measure();
  }

  get spread(): number {
    return this.#spread;
  }

  learn(outcome: number): void {
    this.#weights = scaled(
      this.#weights.map((weight, at) => weight * (outcome === 1 ? pointAt(at) : 1 - pointAt(at))),
    );
    this.#measure();
  }

  /** It has changed with this probability. */
  change(chance: number): void {
    for (let at = 0; at < POINTS; at++)
      this.#weights[at] = (1 - chance) * this.#weights[at]! + chance * LAW[at]!;
    this.#measure();
  }

  /** What p is above with this probability. */
  exceededBy(chance: number): number {
    let left = chance;
    for (let at = POINTS - 1; at >= 0; at--) {
      const weight = this.#weights[at]!;
      if (weight >= left) return (at + 1 - left / weight) / POINTS;
      left -= weight;
    }
    return 0;
  }

  #measure(): void {
    let mean = 0;
    let square = 0;
    for (let at = 0; at < POINTS; at++) {
      mean += this.#weights[at]! * pointAt(at);
      square += this.#weights[at]! * pointAt(at) * pointAt(at);
    }
    this.mean = mean;
    this.#spread = Math.sqrt(Math.max(1e-9, square - mean * mean));
  }
}

function told({ changes, rate, value }: Told): MakeRouter {
  return ({ agents, kinds, declared }) => {
    const posteriors = Array.from(declared, (one) => new Posterior(one));
    const done = new Float64Array(kinds);
    return {
      choose(kind, busy) {
        const toCome = Math.max(LEAST_TO_COME, TASKS_OF_KIND - done[kind]!);
        let agent = -1;
        let most = Number.NEGATIVE_INFINITY;
        for (let one = 0; one < agents; one++) {
          const posterior = posteriors[one * kinds + kind] as Posterior;
          if (rate > 0) posterior.change(rate);
          if (busy[one] === 1) continue;
          const worth = value(posterior, toCome);
          if (worth <= most) continue;
          agent = one;
          most = worth;
        }
        return { agent, expected: (posteriors[agent * kinds + kind] as Posterior).mean };
      },
      learn(kind, agent, outcome) {
        posteriors[agent * kinds + kind]!.learn(outcome);
        done[kind]! += 1;
      },
      changed: (kind, agent) => {
        if (changes) posteriors[agent * kinds + kind]!.change(1);
      },
    };
  };
}

/** In a world that changes or in one that does not, which they are told as well. */
export function toldPolicies(changes: boolean): Readonly<Record<string, MakeRouter>> {
  const known = { changes, rate: 0 };
  const index = ({ mean, spread }: Posterior, horizon: number) => mean + indexBonus(mean, spread, horizon);
  return {
    "told the law": told({
      changes: false,
      rate: changes ? CHANGE_RATE : 0,
      value: (posterior) => index(posterior, HORIZON_UNTOLD),
    }),
    "told the changes": told({ ...known, value: (one, toCome) => index(one, HORIZON_SHARE * toCome) }),
    "told, and eager": told({ ...known, value: (one, toCome) => one.exceededBy(EAGERNESS / toCome) }),
  };
}

function pointAt(index: number): number {
  return (index + 0.5) / POINTS;
}

function grid(density: (p: number) => number): Float64Array {
  return Float64Array.from({ length: POINTS }, (_, index) => density(pointAt(index)));
}

function scaled(weights: Float64Array): Float64Array {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Of clamp(p + N(0, 0.2)): a density between 0 and 1, a probability at both ends. */
function declaredDensity(declared: number, p: number): number {
  if (declared <= 0) return upperTail(p / NOISE);
  if (declared >= 1) return upperTail((1 - p) / NOISE);
  return Math.exp(-0.5 * ((declared - p) / NOISE) ** 2);
}
