import { describe, expect, it } from "vitest";
import { DistinctCounter, EXACT_DISTINCT } from "../../../actors/stream/distinct.js";
import { hashNumber, hashText } from "../../../actors/stream/hash.js";
import { COUNTED_VALUES, TopValues } from "../../../actors/stream/top-values.js";
import { seededRandom } from "../../../src/base/random.js";

function countTexts(different: number, times: number): DistinctCounter {
  const counter = new DistinctCounter();
  for (let round = 0; round < times; round += 1) {
    for (let index = 0; index < different; index += 1) {
      hashText(`value ${index}`);
      counter.addHashed();
    }
  }
  return counter;
}

describe("distinct counter", () => {
  it("is exact while few values are different", () => {
    for (const different of [0, 1, 1000, EXACT_DISTINCT]) {
      const counter = countTexts(different, 3);
      expect(counter.count()).toBe(different);
      expect(counter.estimated).toBe(false);
    }
  });

  it("stays within five standard errors beyond", () => {
    for (const different of [EXACT_DISTINCT + 1, 20_000, 300_000]) {
      const counter = countTexts(different, 1);
      expect(counter.estimated).toBe(true);
      expect(Math.abs(counter.count() / different - 1)).toBeLessThan(5 * 0.0163);
    }
  });

  it("takes 1, 1.0 and -0 and 0 for what they are", () => {
    const counter = new DistinctCounter();
    for (const value of [1, Number("1.0"), 0, -0, 1e-300, 2 ** 60]) {
      hashNumber(value, 1);
      counter.addHashed();
    }
    expect(counter.count()).toBe(4);
  });
});

describe("top values", () => {
  it("is exact while few values are different", () => {
    const top = new TopValues();
    for (let index = 0; index < 10_000; index += 1) top.add(`k${Math.floor(Math.sqrt(index))}`);
    expect(top.top(2)).toEqual([
      { value: "k99", count: 199 },
      { value: "k98", count: 197 },
    ]);
    expect(top.undercount).toBe(0);
  });

  it("finds every frequent value in a long stream of rare ones, within its stated error", () => {
    const seed = 20_260;
    const random = seededRandom(seed);
    const top = new TopValues();
    const exact = new Map<string, number>();
    for (let index = 0; index < 200_000; index += 1) {
      const value = random.below(10) === 0 ? `often ${random.below(5)}` : `rare ${random.below(1_000_000)}`;
      exact.set(value, (exact.get(value) ?? 0) + 1);
      top.add(value);
    }
    const found = top.top(5);
    expect(found.map(({ value }) => value).sort(), `seed ${seed}`).toEqual(
      [0, 1, 2, 3, 4].map((n) => `often ${n}`),
    );
    for (const { value, count } of found) {
      expect(count).toBeLessThanOrEqual(exact.get(value) ?? 0);
      expect(count + top.undercount).toBeGreaterThanOrEqual(exact.get(value) ?? 0);
    }
    expect(top.undercount).toBeLessThanOrEqual(200_000 / (COUNTED_VALUES / 2));
  });

  it("gives up on a column of which no value is frequent", () => {
    const top = new TopValues();
    for (let index = 0; index < 50_000; index += 1) top.add(`id-${index}`);
    expect(top.top(5)).toEqual([]);
  });
});
