import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import type { ScoreMatrixEngine, ScoreMatrixInput } from "../../src/compute/score-matrix.js";
import { JsScoreMatrixEngine } from "../../src/compute/score-matrix-js.js";
import { NativeScoreMatrixEngine } from "../../src/compute/score-matrix-native.js";
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
});
