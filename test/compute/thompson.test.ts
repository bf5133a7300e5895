import { describe, expect, it } from "vitest";
import { SuccessSampler } from "../../src/compute/thompson.js";

const DRAWS = 40_000;
const sampler = new SuccessSampler();

/** Mean and variance of samples for as many rows. */
function momentsOf(alpha: number, beta: number, spread: number) {
  const drawn = Array.from({ length: DRAWS }, (_, row) =>
    sampler.sample(alpha, beta, row, { seed: 5, spread }),
  );
  const mean = drawn.reduce((sum, value) => sum + value, 0) / DRAWS;
  const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS;
  return { mean, variance, drawn };
}

describe("a sample of Beta(alpha, beta)", () => {
  const shapes = [
    [1, 1],
    [0.2, 1.8],
    [0.5, 0.5],
    [2, 1.5],
    [30, 5],
    [5, 30],
    [1.001, 1.001],
    [900, 700],
    [0.001, 40],
  ] as const;

  it.each(shapes)("has the mean and the variance of Beta(%d, %d)", (alpha, beta) => {
    const { mean, variance, drawn } = momentsOf(alpha, beta, 1);
    const sum = alpha + beta;
    const trueVariance = (alpha * beta) / (sum ** 2 * (sum + 1));
    // Five standard errors of the mean; of the variance about as many.
    expect(Math.abs(mean - alpha / sum)).toBeLessThan(5 * Math.sqrt(trueVariance / DRAWS));
    if (alpha > 0.1) expect(Math.abs(variance / trueVariance - 1)).toBeLessThan(0.05);
    expect(drawn.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it("of the uniform one is uniform", () => {
    const { drawn } = momentsOf(1, 1, 1);
    for (let decile = 1; decile < 10; decile++) {
      const below = drawn.filter((value) => value < decile / 10).length / DRAWS;
      expect(Math.abs(below - decile / 10)).toBeLessThan(0.0125);
    }
  });

  it("is drawn towards the mean by the spread", () => {
    const whole = momentsOf(3, 2, 1);
    const half = momentsOf(3, 2, 0.5);
    expect(half.mean).toBeCloseTo(0.6, 2);
    expect(half.variance / whole.variance).toBeCloseTo(0.25, 2);
  });

  it("follows from seed and row alone", () => {
    const one = sampler.sample(3, 2, 17, { seed: 1 });
    sampler.sample(9, 1, 3, { seed: 99 });
    expect(sampler.sample(3, 2, 17, { seed: 1 })).toBe(one);
    expect(sampler.sample(3, 2, 18, { seed: 1 })).not.toBe(one);
    expect(sampler.sample(3, 2, 17, { seed: 2 })).not.toBe(one);
  });
});
