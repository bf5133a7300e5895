import { describe, expect, it } from "vitest";
import { Pacer } from "../../../actors/stream/pacing.js";
import { ColumnSamples, RowCorrelations } from "../../../actors/table/correlation.js";
import { Moments } from "../../../actors/table/moments.js";
import { Extremes, findOutliers } from "../../../actors/table/outliers.js";
import { EXACT_VALUES, QuantileSketch } from "../../../actors/table/quantiles.js";
import { seededRandom } from "../../../src/base/random.js";

const SHAPES: Readonly<Record<string, (uniform: () => number) => number>> = {
  uniform: (uniform) => uniform(),
  normal: (uniform) => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  "heavy-tailed": (uniform) => (1 - uniform()) ** -1.2,
  "mostly zero": (uniform) => (uniform() < 0.9 ? 0 : uniform()),
};

describe("quantiles", () => {
  it("are exact, interpolated between neighbours, while values are few", () => {
    const sketch = new QuantileSketch();
    for (let value = EXACT_VALUES; value >= 1; value -= 1) sketch.add(value);
    expect(sketch.estimated).toBe(false);
    expect([sketch.quantile(0), sketch.quantile(0.5), sketch.quantile(1)]).toEqual([1, 2048.5, 4096]);
    expect(sketch.countBelow(100)).toBe(99);
  });

  it.each(Object.keys(SHAPES))("of many %s values have a rank within 0.5 % of the one asked for", (shape) => {
    const seed = 77;
    const random = seededRandom(seed);
    const sketch = new QuantileSketch();
    const values = Float64Array.from({ length: 200_000 }, () =>
      (SHAPES[shape] as (u: () => number) => number)(random.next),
    );
    for (const value of values) sketch.add(value);
    values.sort();
    expect(sketch.estimated).toBe(true);
    for (const q of [0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999]) {
      const value = sketch.quantile(q);
      const below = values.findIndex((one) => one >= value) / values.length;
      const upTo = values.findLastIndex((one) => one <= value) / values.length;
      expect(below, `seed ${seed}, q ${q}`).toBeLessThanOrEqual(q + 0.005);
      expect(upTo, `seed ${seed}, q ${q}`).toBeGreaterThanOrEqual(q - 0.005);
    }
    expect([sketch.min, sketch.max]).toEqual([values[0], values[values.length - 1]]);
  });

  it("of values that come in order are as good as of values that do not", () => {
    const sketch = new QuantileSketch();
    for (let value = 0; value < 100_000; value += 1) sketch.add(value);
    for (const q of [0.01, 0.5, 0.99]) expect(Math.abs(sketch.quantile(q) / 100_000 - q)).toBeLessThan(0.005);
  });
});

describe("moments", () => {
  it("keep their precision far from zero", () => {
    const moments = new Moments();
    for (const value of [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]) moments.add(value);
    expect(moments.mean).toBe(1e9 + 10);
    expect(moments.std()).toBeCloseTo(Math.sqrt(30), 9);
  });
});

describe("outliers", () => {
  function judge(values: readonly number[]) {
    const [sketch, moments, low, high] = [
      new QuantileSketch(),
      new Moments(),
      new Extremes("low"),
      new Extremes("high"),
    ];
    values.forEach((value, index) => {
      sketch.add(value);
      moments.add(value);
      low.add(value, index + 1);
      high.add(value, index + 1);
    });
    return findOutliers(sketch, moments, low, high);
  }

  it("lie beyond one and a half interquartile ranges and are shown with their rows, farthest first", () => {
    const outliers = judge([1, 2, 3, 4, 5, 6, 7, 8, 9, 100, -50]);
    expect(outliers).toMatchObject({
      method: "iqr",
      low_fence: -5,
      high_fence: 15,
      count: 2,
      estimated: false,
    });
    expect(outliers?.examples).toEqual([
      { row: 10, value: 100 },
      { row: 11, value: -50 },
    ]);
  });

  it("are judged by deviations where most values are the same", () => {
    const values = Array.from({ length: 200 }, (_, index) => (index === 150 ? 9 : 0));
    expect(judge(values)).toMatchObject({ method: "3-sigma", count: 1, examples: [{ row: 151, value: 9 }] });
  });

  it("do not exist where nothing varies", () => {
    expect(judge(new Array(50).fill(3))).toBeUndefined();
  });

  it("are counted exactly in a long column as long as they are few", () => {
    const values = Array.from({ length: 50_000 }, (_, index) => index % 1000);
    for (const at of [10, 20_000, 49_999]) values[at] = 1e6;
    expect(judge(values)).toMatchObject({ count: 3, estimated: false });
  });
});

describe("correlations", () => {
  it("by rows leave out rows in which one side is missing", () => {
    const rows = new RowCorrelations();
    for (let index = 0; index < 20; index += 1) {
      rows.add(0, index);
      if (index % 2 === 0) rows.add(1, -3 * index + 1);
      rows.add(2, 5);
      rows.endRow();
    }
    expect(rows.strongest()).toEqual([{ a: 0, b: 1, r: -1, n: 10 }]);
  });

  it("by columns come from the same rows of both, also when these are a sample", async () => {
    const columns = new ColumnSamples();
    const rows = 50_000;
    for (let row = 0; row < rows; row += 1) columns.add(0, row, Math.sin(row));
    for (let row = 0; row < rows; row += 1) if (row % 3 !== 0) columns.add(1, row, 2 * Math.sin(row));
    const [pair] = await columns.strongest(new Pacer());
    expect(columns.sampled).toBe(true);
    expect(pair?.r).toBeCloseTo(1, 12);
    expect(pair?.n).toBeGreaterThan(1000);
  });
});
