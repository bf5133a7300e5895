import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { EMBEDDING_DIMS } from "../../src/compute/embed.js";
import { createSimilarEngine } from "../../src/compute/similar-engine.js";
import { SimilarIndex } from "../../src/compute/similar-index.js";

const { addon } = loadAddon();
const engines = (addon === undefined ? [undefined] : [undefined, addon]).map(createSimilarEngine);

/** Points between the first two axes, and as long as you like. */
function pointing(degrees: number, length = 1): Float32Array {
  const vector = new Float32Array(EMBEDDING_DIMS);
  vector[0] = length * Math.cos((degrees / 180) * Math.PI);
  vector[1] = length * Math.sin((degrees / 180) * Math.PI);
  return vector;
}

describe.each(engines)("an index of embeddings on the $kind engine", (engine) => {
  it("finds the keys whose embeddings are most like the query, whatever their length", () => {
    const index = new SimilarIndex(engine);
    index.upsert("east", pointing(0, 100));
    index.upsert("north", pointing(90, 0.01));
    index.upsert("west", pointing(180));
    const [first, second] = index.top(pointing(30), 2);
    expect([first?.key, second?.key]).toEqual(["east", "north"]);
    expect(first?.score).toBeCloseTo(Math.cos(Math.PI / 6), 5);
  });

  it("forgets what is removed or replaced, and gives the row to the next", () => {
    const index = new SimilarIndex(engine);
    index.upsert("a", pointing(0));
    index.upsert("b", pointing(90));
    expect(index.remove("a")).toBe(true);
    expect(index.remove("a")).toBe(false);
    expect(index.top(pointing(0), 5).map(({ key }) => key)).toEqual(["b"]);
    index.upsert("c", pointing(10));
    index.upsert("b", pointing(5));
    expect(index.top(pointing(0), 5).map(({ key }) => key)).toEqual(["b", "c"]);
    expect(index.size).toBe(2);
  });

  it("refuses an embedding that is not finite", () => {
    const index = new SimilarIndex(engine);
    expect(() => index.upsert("a", pointing(Number.NaN))).toThrow("invariant broken");
    expect(index.size).toBe(0);
  });

  it("leaves out of an asynchronous answer what was changed while it was looked for", async () => {
    const index = new SimilarIndex(engine);
    for (let degrees = 0; degrees < 90; degrees++) index.upsert(`${degrees}°`, pointing(degrees));
    const pending = index.topAsync(pointing(0), 6);
    index.remove("1°");
    index.upsert("newcomer", pointing(90));
    index.upsert("3°", pointing(80));
    for (let extra = 0; extra < 200; extra++) index.upsert(`extra ${extra}`, pointing(0));
    // The changed rows took two of the six places, or lost them in time to those that follow.
    const found = (await pending).map(({ key }) => key);
    expect(found.length).toBeGreaterThanOrEqual(4);
    expect(found).toEqual(["0°", "2°", "4°", "5°", "6°", "7°"].slice(0, found.length));
    expect(await index.topAsync(pointing(80), 3)).toEqual(index.top(pointing(80), 3));
  });

  it("holds, after any changes and growth, just what a map of embeddings holds", () => {
    const seed = Math.floor(Math.random() * 0x7fff_ffff);
    console.log(`similar index: seed ${seed}`);
    const change = fc.record({
      key: fc.nat({ max: 200 }).map((number) => `key ${number}`),
      degrees: fc.nat({ max: 3_590 }).map((tenths) => tenths / 10),
      isRemoval: fc.boolean(),
    });
    const holds = fc.property(fc.array(change, { maxLength: 500, size: "max" }), (changes) => {
      const index = new SimilarIndex(engine);
      const model = new Map<string, number>();
      for (const { key, degrees, isRemoval } of changes) {
        if (isRemoval) expect(index.remove(key)).toBe(model.delete(key));
        else index.upsert(key, pointing(degrees));
        if (!isRemoval) model.set(key, degrees);
      }
      expect(index.size).toBe(model.size);
      const found = index.top(pointing(45), 256);
      expect(new Set(found.map(({ key }) => key))).toEqual(new Set(model.keys()));
      for (const { key, score } of found) {
        expect(score).toBeCloseTo(Math.cos(((model.get(key)! - 45) / 180) * Math.PI), 4);
      }
      expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).sort((a, b) => b - a));
    });
    fc.assert(holds, { seed, numRuns: 40 });
  });
});
