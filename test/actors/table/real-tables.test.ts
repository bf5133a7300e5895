// Known answers on real tables: each figure is computed a second time here, plainly and with all values in memory.

import { describe, expect, it } from "vitest";
import { columnOf, profile, vega } from "../inputs.js";

type Row = Readonly<Record<string, string | number | null>>;

function numbers(rows: readonly Row[], name: string): number[] {
  return rows.map((row) => row[name]).filter((value): value is number => typeof value === "number");
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function std(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(position)] as number, sorted[Math.ceil(position)] as number];
  return low + (position - Math.floor(position)) * (high - low);
}

function correlation(rows: readonly Row[], a: string, b: string): { r: number; n: number } {
  const both = rows.filter((row) => typeof row[a] === "number" && typeof row[b] === "number");
  const [x, y] = [numbers(both, a), numbers(both, b)];
  const [mx, my] = [mean(x), mean(y)];
  const covariance = x.reduce((sum, value, index) => sum + (value - mx) * ((y[index] as number) - my), 0);
  return { r: covariance / ((both.length - 1) * std(x) * std(y)), n: both.length };
}

/** Splits a plain CSV without quotes; numbers become numbers, empty cells null. */
function plainRows(csv: string): Row[] {
  const [header, ...lines] = csv.trimEnd().split(/\r?\n/);
  const names = (header as string).split(",");
  const cell = (text: string): string | number | null =>
    text === "" ? null : /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(names.map((name, index) => [name, cell(cells[index] ?? "")]));
  });
}

/** Equal but for the noise of floating point. */
function expectNear(actual: number | undefined, expected: number, what: string): void {
  expect(Math.abs((actual ?? Number.NaN) - expected), what).toBeLessThanOrEqual(
    1e-9 * Math.max(1, Math.abs(expected)),
  );
}

async function expectNumbers(
  rows: readonly Row[],
  csvOrJson: string,
  names: readonly string[],
): Promise<void> {
  const table = await profile(csvOrJson);
  expect(table.rows).toBe(rows.length);
  for (const name of names) {
    const values = numbers(rows, name);
    const column = columnOf(table, name);
    expect(column.count, name).toBe(values.length);
    expect(column.missing, name).toBe(rows.length - values.length);
    expect(column.distinct, name).toBe(new Set(values).size);
    expect([column.min, column.max], name).toEqual([Math.min(...values), Math.max(...values)]);
    expectNear(column.mean, mean(values), name);
    expectNear(column.std, std(values), name);
    for (const [key, q] of [
      ["p05", 0.05],
      ["p25", 0.25],
      ["p50", 0.5],
      ["p75", 0.75],
      ["p95", 0.95],
    ] as const) {
      expectNear(column.quantiles?.[key], quantile(values, q), `${name} ${key}`);
    }
    const [low, high] = [column.outliers?.low_fence ?? 0, column.outliers?.high_fence ?? 0];
    const [q1, q3] = [quantile(values, 0.25), quantile(values, 0.75)];
    const outside = values.filter((value) => value < low || value > high);
    if (column.outliers?.method === "iqr") expectNear(high, q3 + 1.5 * (q3 - q1), name);
    if (column.outliers !== undefined) expect(column.outliers.count, name).toBe(outside.length);
  }
  for (const pair of table.correlations) {
    const expected = correlation(rows, pair.a, pair.b);
    expect(pair.n, `${pair.a}, ${pair.b}`).toBe(expected.n);
    expect(pair.r, `${pair.a}, ${pair.b}`).toBeCloseTo(expected.r, 9);
  }
}

describe("real tables", () => {
  it("cars: 406 rows, with missing mileages, as known from the data set", async () => {
    const text = vega("cars.json");
    const table = await profile(text);
    expect(table.rows).toBe(406);
    expect(columnOf(table, "Miles_per_Gallon")).toMatchObject({
      type: "number",
      missing: 8,
      min: 9,
      max: 46.6,
    });
    expect(columnOf(table, "Horsepower").missing).toBe(6);
    expect(columnOf(table, "Origin").top).toEqual([
      { value: "USA", count: 254, share: 0.625615763547 },
      { value: "Japan", count: 79, share: 0.194581280788 },
      { value: "Europe", count: 73, share: 0.179802955665 },
    ]);
    expect(columnOf(table, "Year")).toMatchObject({ type: "date", min: "1970-01-01", max: "1982-01-01" });
    expect(table.finding).toBe(
      "406 rows × 9 columns: Cylinders rises with Displacement (r = 0.95 over 406 rows).",
    );
  });

  it.each([
    ["cars.json", ["Miles_per_Gallon", "Horsepower", "Weight_in_lbs", "Acceleration"]],
    ["penguins.json", ["Beak Length (mm)", "Body Mass (g)"]],
    ["barley.json", ["yield"]],
    ["movies.json", ["US Gross", "IMDB Rating", "Running Time min"]],
    ["unemployment-across-industries.json", ["count", "rate"]],
  ])("%s has the figures of a plain computation", async (file, names) => {
    await expectNumbers(JSON.parse(vega(file)) as Row[], vega(file), names);
  });

  it.each([
    ["seattle-weather.csv", ["precipitation", "temp_max", "temp_min", "wind"]],
    ["weather.csv", ["precipitation", "temp_max"]],
    ["stocks.csv", ["price"]],
    ["co2-concentration.csv", ["CO2"]],
    ["us-employment.csv", ["nonfarm", "construction"]],
    ["disasters.csv", ["Deaths"]],
  ])("%s has the figures of a plain computation", async (file, names) => {
    await expectNumbers(plainRows(vega(file)), vega(file), names);
  });

  it("airports: quotes, codes and five countries", async () => {
    const table = await profile(vega("airports.csv"));
    expect(table.rows).toBe(3376);
    expect(columnOf(table, "iata")).toMatchObject({ type: "text", distinct: 3376, missing: 0 });
    expect(columnOf(table, "country")).toMatchObject({ distinct: 5 });
    expect(columnOf(table, "country").top?.[0]).toMatchObject({ value: "USA", count: 3372 });
    expect(table.ragged).toBeUndefined();
  });

  it("zip codes stay text, with their leading zeros", async () => {
    const table = await profile(vega("zipcodes.csv"));
    expect(columnOf(table, "zip_code")).toMatchObject({ type: "text", length: { min: 5, max: 5, mean: 5 } });
    const distinct = columnOf(table, "zip_code");
    expect(distinct.distinct_estimated).toBe(true);
    expect(Math.abs(distinct.distinct / table.rows - 1)).toBeLessThan(0.08);
  });

  it("200,000 flights: exact moments, quantiles within half a percent of rank", async () => {
    const text = vega("flights-200k.json");
    const delays = numbers(JSON.parse(text) as Row[], "delay").sort((a, b) => a - b);
    const column = columnOf(await profile(text), "delay");
    expect(column).toMatchObject({
      count: delays.length,
      quantiles_estimated: true,
      min: delays[0],
      max: delays.at(-1),
    });
    expect(column.mean).toBeCloseTo(mean(delays), 8);
    for (const [key, q] of [
      ["p05", 0.05],
      ["p50", 0.5],
      ["p95", 0.95],
    ] as const) {
      const value = column.quantiles?.[key] ?? Number.NaN;
      expect(delays.findIndex((delay) => delay >= value) / delays.length).toBeLessThanOrEqual(q + 0.005);
      expect(delays.findLastIndex((delay) => delay <= value) / delays.length).toBeGreaterThanOrEqual(
        q - 0.005,
      );
    }
    const outliers = column.outliers;
    const fences = [outliers?.low_fence ?? 0, outliers?.high_fence ?? 0] as const;
    const exact = delays.filter((delay) => delay < fences[0] || delay > fences[1]).length;
    expect(Math.abs((outliers?.count ?? 0) / exact - 1)).toBeLessThan(0.05);
  });

  it("earthquakes: the features of a GeoJSON, nested properties and points", async () => {
    const text = vega("earthquakes.json");
    const features = (
      JSON.parse(text) as { features: { properties: Row; geometry: { coordinates: number[] } }[] }
    ).features;
    const table = await profile(text);
    expect(table.format.table).toBe("features");
    expect(table.rows).toBe(features.length);
    const magnitudes = numbers(
      features.map(({ properties }) => properties),
      "mag",
    );
    expect(columnOf(table, "properties.mag").mean).toBeCloseTo(mean(magnitudes), 9);
    const longitudes = features.map(({ geometry }) => geometry.coordinates[0] as number);
    expect(columnOf(table, "geometry.longitude")).toMatchObject({
      min: Math.min(...longitudes),
      max: Math.max(...longitudes),
    });
  });
});
