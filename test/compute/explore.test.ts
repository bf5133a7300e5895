import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/base/random.js";
import { sampleBeta } from "../../src/compute/explore.js";

const DRAWS = 40_000;

/** Mean and variance of as many samples. */
function momentsOf(alpha: number, beta: number) {
  const random = seededRandom(5);
  const drawn = Array.from({ length: DRAWS }, () => sampleBeta(random, alpha, beta));
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
    const { mean, variance, drawn } = momentsOf(alpha, beta);
    const sum = alpha + beta;
    const trueVariance = (alpha * beta) / (sum ** 2 * (sum + 1));
    // Five standard errors of the mean; of the variance about as many.
    expect(Math.abs(mean - alpha / sum)).toBeLessThan(5 * Math.sqrt(trueVariance / DRAWS));
    if (alpha > 0.1) expect(Math.abs(variance / trueVariance - 1)).toBeLessThan(0.05);
    expect(drawn.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it("of the uniform one is uniform", () => {
    const { drawn } = momentsOf(1, 1);
    for (let decile = 1; decile < 10; decile++) {
      const below = drawn.filter((value) => value < decile / 10).length / DRAWS;
      expect(Math.abs(below - decile / 10)).toBeLessThan(0.0125);
    }
  });
});
