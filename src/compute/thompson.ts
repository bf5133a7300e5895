// One sample of Beta(alpha, beta) for an agent: how a ranking explores. The randomness is a seed handed in, and the
// sample follows from seed and row alone: the same for every engine, in whatever order rows are looked at.
// Source: Cheng, "Generating beta variates with nonintegral shape parameters" (1978), algorithms BB and BC.
// Why: one implementation for all engines. It is scalar work on the few rows that may have a task, and V8's logarithm
// and exponential are the same on every machine.

const UINT32_COUNT = 2 ** 32;
const GOLDEN_RATIO = 0x9e3779b9;
const EXPONENT_MAX = 700;
const LOG_4 = Math.log(4);
const BB_SQUEEZE = 1 + Math.log(5);

/** How a call explores. */
export interface Exploration {
  /** Any 32-bit integer; another one for each call. */
  readonly seed: number;
  /** 1 = a sample of the posterior, 0 = its mean, between them a sample drawn that much towards the mean. Default 1. */
  readonly spread?: number;
}

/** Draws samples; holds nothing but the state of the draw at hand. */
export class SuccessSampler {
  #state = 0;

  /** The sample for one row, 0 … 1, rounded to 32 bits. `alpha` and `beta` are above 0. */
  sample(alpha: number, beta: number, row: number, { seed, spread = 1 }: Exploration): number {
    this.#state = Math.imul(seed ^ Math.imul(row + 1, 0x85ebca6b), 0xc2b2ae35) ^ seed;
    const drawn = Math.min(alpha, beta) > 1 ? this.#bb(alpha, beta) : this.#bc(alpha, beta);
    const mean = alpha / (alpha + beta);
    return Math.fround(Math.min(1, Math.max(0, mean + spread * (drawn - mean))));
  }

  /** Uniform in (0, 1), never 0 or 1: splitmix32. */
  #uniform(): number {
    this.#state = (this.#state + GOLDEN_RATIO) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (((mixed ^ (mixed >>> 15)) >>> 0) + 0.5) / UINT32_COUNT;
  }

  /** Both shapes above 1. */
  #bb(alpha: number, beta: number): number {
    const a = Math.min(alpha, beta);
    const b = Math.max(alpha, beta);
    const sum = a + b;
    const lambda = Math.sqrt((sum - 2) / (2 * a * b - sum));
    const gamma = a + 1 / lambda;
    for (;;) {
      const first = this.#uniform();
      const second = this.#uniform();
      const v = lambda * Math.log(first / (1 - first));
      const w = v > EXPONENT_MAX ? Number.MAX_VALUE : a * Math.exp(v);
      const z = first * first * second;
      const r = gamma * v - LOG_4;
      const s = a + r - w;
      const accepted =
        s + BB_SQUEEZE >= 5 * z || s >= Math.log(z) || r + sum * Math.log(sum / (b + w)) >= Math.log(z);
      if (accepted) return a === alpha ? ratio(a, b, v) : 1 - ratio(a, b, v);
    }
  }

  /** The smaller shape at most 1. */
  #bc(alpha: number, beta: number): number {
    const a = Math.max(alpha, beta);
    const b = Math.min(alpha, beta);
    const sum = a + b;
    const lambda = 1 / b;
    const delta = 1 + a - b;
    const kappa1 = (delta * (0.0138889 + 0.0416667 * b)) / (a * lambda - 0.777778);
    const kappa2 = 0.25 + (0.5 + 0.25 / delta) * b;
    for (;;) {
      const first = this.#uniform();
      const second = this.#uniform();
      const y = first * second;
      const z = first * y;
      if (first < 0.5 && 0.25 * second + z - y >= kappa1) continue;
      const v = lambda * Math.log(first / (1 - first));
      const isSure = first >= 0.5 && z <= 0.25;
      if (!isSure && first >= 0.5 && z >= kappa2) continue;
      const w = v > EXPONENT_MAX ? Number.MAX_VALUE : a * Math.exp(v);
      if (isSure || sum * (Math.log(sum / (b + w)) + v) - LOG_4 >= Math.log(z)) {
        return a === alpha ? ratio(a, b, v) : 1 - ratio(a, b, v);
      }
    }
  }
}

/** a·e^v / (b + a·e^v), also where e^v is too large for a number. */
function ratio(from: number, other: number, exponent: number): number {
  if (exponent > EXPONENT_MAX) return 1;
  const weight = from * Math.exp(exponent);
  return weight / (other + weight);
}
