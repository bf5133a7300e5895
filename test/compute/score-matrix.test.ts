import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import type { ScoreMatrixEngine, ScoreMatrixInput } from "../../src/compute/score-matrix.js";
import { JsScoreMatrixEngine } from "../../src/compute/score-matrix-js.js";
import { NativeScoreMatrixEngine } from "../../src/compute/score-matrix-native.js";
import { makeSharedFloats } from "../../src/compute/shared-floats.js";
import { relativeError, scoreMatrixInputs, scoreMatrixPlainly } from "./score-matrix-scenes.js";

const RELATIVE_ERROR_MAX = 1e-5;
const { addon } = loadAddon();
const reference = new JsScoreMatrixEngine();
const engines: readonly ScoreMatrixEngine[] =
  addon === undefined ? [reference] : [new NativeScoreMatrixEngine(addon), reference];

/** Two tasks of two kinds, three agents, two capabilities. */
const GOLDEN: ScoreMatrixInput = {
  tasks: 2,
  agents: 3,
  capabilities: 2,
  kinds: 2,
  shares: Float32Array.of(0.5, 0, 0.25, 0.25),
  minima: Float32Array.of(0.5, 0.125, 0, 0),
  offsets: Float32Array.of(0, 0.125),
  kindOf: Uint32Array.of(0, 1),
  proficiency: Float32Array.of(1, 0.5, 0.25, 0.125, 0, 1),
  base: Float32Array.of(0.25, 0.25, 0.25, 0.5, 0.5, 0.5),
  eligible: Uint32Array.of(1, 1, 1),
};
const NEVER = Number.NEGATIVE_INFINITY;

describe.each(engines)("the matrix of scores on the $kind engine", (engine) => {
  const scoresOf = (input: ScoreMatrixInput) =>
    engine.scoreMatrix(input, new Float32Array(input.tasks * input.agents).fill(Number.NaN));

  it("adds base, offset and proficiency by its shares, and shuts out who is below a minimum", async () => {
    expect([...(await scoresOf(GOLDEN))]).toEqual([0.75, NEVER, NEVER, 0.90625, 0.75, 0.9375]);
  });

  it("shuts out who is not eligible for every task", async () => {
    const scores = await scoresOf({ ...GOLDEN, eligible: Uint32Array.of(0, 1, 8) });
    expect([...scores]).toEqual([NEVER, NEVER, NEVER, NEVER, 0.75, 0.9375]);
  });

  it("takes shapes that do not fit together for bugs", () => {
    const scores = new Float32Array(6);
    expect(() => engine.scoreMatrix(GOLDEN, new Float32Array(5))).toThrow("invariant broken");
    expect(() => engine.scoreMatrix({ ...GOLDEN, tasks: 3 }, scores)).toThrow("invariant broken");
    expect(() => engine.scoreMatrix({ ...GOLDEN, kindOf: Uint32Array.of(0, 2) }, scores)).toThrow(
      "invariant broken",
    );
    expect(() => engine.scoreMatrix({ ...GOLDEN, base: new Float32Array(3) }, scores)).toThrow(
      "invariant broken",
    );
  });

  it("gives, for any input, what the formula gives", async () => {
    const seed = Math.floor(Math.random() * 0x7fff_ffff);
    console.log(`score matrix: seed ${seed}`);
    const property = fc.asyncProperty(scoreMatrixInputs, async (input) => {
      const scores = await scoresOf(input);
      expect(relativeError(scores, scoreMatrixPlainly(input))).toBeLessThan(RELATIVE_ERROR_MAX);
    });
    await fc.assert(property, { seed, numRuns: 60 });
  });

  it("gives the bits that the reference gives", async () => {
    const property = fc.asyncProperty(scoreMatrixInputs, async (input) => {
      const expected = await reference.scoreMatrix(input, new Float32Array(input.tasks * input.agents));
      expect(relativeError(await scoresOf(input), expected)).toBe(0);
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it("keeps several matrices at work apart", async () => {
    const inputs = Array.from({ length: 12 }, (_, at) => ({
      ...GOLDEN,
      offsets: Float32Array.of(at, at + 0.125),
    }));
    const all = await Promise.all(inputs.map(scoresOf));
    expect(all.map(([first, , , , fifth]) => [first, fifth])).toEqual(
      inputs.map((_, at) => [0.75 + at, 0.75 + at]),
    );
  });

  it("gives the same bits, and writes in place, where the large arrays are shared memory", async () => {
    const shared = (values: Float32Array) => {
      const copy = makeSharedFloats(values.length);
      copy.set(values);
      return copy;
    };
    const property = fc.asyncProperty(scoreMatrixInputs, async (input) => {
      const { shares, minima, proficiency, base } = input;
      const inShared = {
        ...input,
        shares: shared(shares),
        minima: shared(minima),
        proficiency: shared(proficiency),
        base: shared(base),
      };
      const scores = makeSharedFloats(input.tasks * input.agents);
      expect(await engine.scoreMatrix(inShared, scores)).toBe(scores);
      expect(relativeError(scores, await scoresOf(input))).toBe(0);
    });
    await fc.assert(property, { numRuns: 20 });
  });
});

describe.runIf(addon !== undefined)("a matrix of scores at work on other threads", () => {
  const takeAway = ({ buffer }: Float32Array | Uint32Array) =>
    structuredClone(buffer as ArrayBuffer, { transfer: [buffer as ArrayBuffer] });
  const copyOf = (input: ScoreMatrixInput) => structuredClone(input);

  it("has copies of arrays that are not shared, so that taking those away changes nothing", async () => {
    const input = copyOf(GOLDEN);
    const scores = new Float32Array(6);
    const done = new NativeScoreMatrixEngine(addon!).scoreMatrix(input, scores);
    for (const array of [input.shares, input.minima, input.kindOf, input.proficiency, input.base])
      takeAway(array);
    await done;
    expect([...scores]).toEqual([0.75, NEVER, NEVER, 0.90625, 0.75, 0.9375]);
  });

  it("is refused by its promise when the array for the scores was taken away", async () => {
    const scores = new Float32Array(6);
    const done = new NativeScoreMatrixEngine(addon!).scoreMatrix(GOLDEN, scores);
    takeAway(scores);
    await expect(done).rejects.toThrow("scoreMatrix, at its end: expected `scores`");
  });

  it("never reads a row of `base` that is not there, whatever the kinds say", () => {
    const { shares, minima, offsets, proficiency, base, eligible } = GOLDEN;
    const call = (kindOf: Uint32Array) =>
      addon!.scoreMatrix(
        2,
        3,
        2,
        1,
        shares,
        minima,
        offsets,
        kindOf,
        proficiency,
        base,
        eligible,
        new Float32Array(6),
      );
    expect(() => call(Uint32Array.of(0, 2))).toThrow("expected `base` to be a Float32Array of at least 9");
    expect(() => call(Uint32Array.of(0, 2 ** 32 - 1))).toThrow("expected `base`");
  });
});
