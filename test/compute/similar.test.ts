import { once } from "node:events";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { EMBEDDING_DIMS } from "../../src/compute/embed.js";
import { makeSimilarResult, type SimilarEngine, type SimilarMatrix } from "../../src/compute/similar.js";
import { createSimilarEngine } from "../../src/compute/similar-engine.js";

const { addon } = loadAddon();
const engines = (addon === undefined ? [undefined] : [undefined, addon]).map(createSimilarEngine);
const ERROR_MAX = 1e-5;
const seed = Math.floor(Math.random() * 0x7fff_ffff);
console.log(`similar: seed ${seed}`);

/** A vector that is zero but for the given values, by dimension. */
function vector(values: Readonly<Record<number, number>>): Float32Array {
  const filled = new Float32Array(EMBEDDING_DIMS);
  for (const [dimension, value] of Object.entries(values)) filled[Number(dimension)] = value;
  return filled;
}

function matrixOf(rows: readonly Float32Array[], isUnit: boolean): SimilarMatrix {
  const values = new Float32Array(new SharedArrayBuffer(4 * EMBEDDING_DIMS * rows.length));
  for (const [row, given] of rows.entries()) values.set(given, EMBEDDING_DIMS * row);
  return { values, rows: rows.length, isUnit };
}

function search(engine: SimilarEngine, query: Float32Array, matrix: SimilarMatrix, k: number) {
  const result = makeSimilarResult();
  engine.similarTop(query, matrix, k, result);
  return pairsOf(result);
}

function pairsOf({
  rows,
  scores,
  count,
}: ReturnType<typeof makeSimilarResult>): [row: number, score: number][] {
  return Array.from({ length: count }, (_, place) => [rows[place]!, scores[place]!]);
}

function cosine(left: Float32Array, right: Float32Array): number {
  const product = (one: Float32Array, other: Float32Array) =>
    one.reduce((sum, value, index) => sum + value * other[index]!, 0);
  const lengths = Math.sqrt(product(left, left)) * Math.sqrt(product(right, right));
  return lengths === 0 ? 0 : product(left, right) / lengths;
}

/** Few distinct values make ties, zero rows and rows that are another's multiple common. */
const coarse = fc
  .array(fc.constantFrom(0, 0, 0, 1, -1, 2), { minLength: 4, maxLength: 4 })
  .map((values) => Float32Array.from({ length: EMBEDDING_DIMS }, (_, index) => values[index % 67] ?? 0));
const fine = fc
  .tuple(fc.integer(), fc.constantFrom(1e-6, 1, 1e6))
  .map(([start, scale]) =>
    Float32Array.from({ length: EMBEDDING_DIMS }, (_, index) => scale * Math.sin(start + index * index)),
  );
const anyRow = fc.oneof(coarse, fine);
const scene = fc.record({
  rows: fc.oneof(
    fc.array(anyRow, { maxLength: 10 }),
    fc.array(anyRow, { minLength: 60, maxLength: 200, size: "max" }),
  ),
  query: anyRow,
  k: fc.constantFrom(1, 3, 10, 256),
});

describe.each(engines)("similarTop on the $kind engine", (engine) => {
  const rows = [vector({ 0: 1 }), vector({ 1: 1 }), vector({ 0: 0.6, 1: 0.8 }), vector({ 0: -1 })];

  it("gives the rows that point the way the query points, best first", () => {
    const found = search(engine, vector({ 0: 5 }), matrixOf(rows, true), 3);
    expect(found).toEqual([
      [0, 1],
      [2, Math.fround(0.6)],
      [1, 0],
    ]);
  });

  it("gives ties to the lower row", () => {
    const same = [vector({ 3: 1 }), vector({ 2: 1 }), vector({ 3: 1 }), vector({ 2: 1 }), vector({ 2: 1 })];
    expect(search(engine, vector({ 2: 1 }), matrixOf(same, true), 2)).toEqual([
      [1, 1],
      [3, 1],
    ]);
  });

  it("scales rows that are not of unit length, and only where it is not told that they are", () => {
    const long = [vector({ 7: 1, 8: 1 }), vector({ 7: 1e6 }), vector({ 255: 3 })];
    const scaled = search(engine, vector({ 7: 2 }), matrixOf(long, false), 10);
    expect(scaled.map(([row]) => row)).toEqual([1, 0, 2]);
    expect(scaled.map(([, score]) => score)).toEqual([1, Math.fround(1 / Math.sqrt(2)), 0]);
    expect(search(engine, vector({ 7: 2 }), matrixOf(long, true), 1)).toEqual([[1, 1e6]]);
  });

  it("has score 0 for a zero row and for a zero query, and none for a row that is not a number", () => {
    const odd = [vector({}), vector({ 0: Number.NaN }), vector({ 0: -1 })];
    for (const isUnit of [true, false]) {
      const matrix = matrixOf(odd, isUnit);
      expect(search(engine, vector({ 0: 1 }), matrix, 3)).toEqual([
        [0, 0],
        [2, -1],
      ]);
      expect(search(engine, vector({}), matrix, 3).map(([row, score]) => [row, Math.abs(score)])).toEqual([
        [0, 0],
        [2, 0],
      ]);
    }
  });

  it("finds nothing among no rows, and fewer than k where there are fewer", () => {
    expect(search(engine, vector({ 0: 1 }), matrixOf([], true), 5)).toEqual([]);
    expect(search(engine, vector({ 0: 1 }), matrixOf(rows, true), 256)).toHaveLength(4);
  });

  it("takes shapes that do not fit for bugs", async () => {
    const matrix = matrixOf(rows, true);
    const query = vector({ 0: 1 });
    expect(() => search(engine, query.subarray(1), matrix, 1)).toThrow("invariant broken");
    expect(() => search(engine, query, matrix, 0)).toThrow("invariant broken");
    expect(() => search(engine, query, matrix, 257)).toThrow("invariant broken");
    expect(() => search(engine, query, { ...matrix, rows: 5 }, 1)).toThrow("invariant broken");
    expect(() => engine.similarTop(query, matrix, 2, makeSimilarResult(1))).toThrow("invariant broken");
    const movable = { ...matrix, values: matrix.values.slice() };
    await expect(engine.similarTopAsync(query, movable, 1)).rejects.toThrow("SharedArrayBuffer");
  });

  it("answers asynchronously what it answers at once, and has read the query by then", async () => {
    const matrix = matrixOf(
      Array.from({ length: 20_000 }, (_, row) => vector({ [row % 256]: 1, [(row * 7) % 256]: row % 5 })),
      false,
    );
    const queries = [vector({ 1: 1, 7: 1 }), vector({ 100: 1, 188: -2 })];
    const expected = queries.map((query) => search(engine, query, matrix, 50));
    const pending = queries.map((query) => engine.similarTopAsync(query, matrix, 50));
    for (const query of queries) query.fill(9);
    expect((await Promise.all(pending)).map(pairsOf)).toEqual(expected);
  });

  it("agrees with cosines in 64 bits within a hundred-thousandth", () => {
    const agrees = fc.property(scene, ({ rows: given, query, k }) => {
      const expected = given.map((row) => cosine(query, row)).sort((left, right) => right - left);
      const found = search(engine, query, matrixOf(given, false), k);
      expect(found).toHaveLength(Math.min(k, given.length));
      for (const [place, [row, score]] of found.entries()) {
        expect(Math.abs(score - cosine(query, given[row]!))).toBeLessThan(ERROR_MAX);
        expect(Math.abs(score - expected[place]!)).toBeLessThan(ERROR_MAX);
      }
    });
    fc.assert(agrees, { seed, numRuns: 100 });
  });
});

describe("the engines of similarTop", () => {
  it.runIf(addon !== undefined)("give the same rows and the same bits", () => {
    const [js, native] = engines;
    const same = fc.property(scene, fc.boolean(), ({ rows, query, k }, isUnit) => {
      const matrix = matrixOf(rows, isUnit);
      expect(search(native!, query, matrix, k)).toEqual(search(js!, query, matrix, k));
    });
    fc.assert(same, { seed, numRuns: 300 });
  });

  it.runIf(addon !== undefined)("let a thread end in the midst of their work", async () => {
    for (let round = 0; round < 3; round++) {
      const thread = new Worker(new URL("./similar-thread.js", import.meta.url));
      expect(await once(thread, "message")).toEqual(["running"]);
      expect(await thread.terminate()).toBe(1);
    }
  });
});
