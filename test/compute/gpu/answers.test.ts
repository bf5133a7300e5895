import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { systemClock, systemTimers } from "../../../src/base/clock.js";
import { seededRandom, systemRandom } from "../../../src/base/random.js";
import { GpuEngine } from "../../../src/compute/gpu/engine.js";
import { GPU_ACTIVATIONS, type GpuActivation } from "../../../src/compute/gpu/protocol.js";
import type { GpuNetworkPlan, GpuScoreInput } from "../../../src/compute/gpu/shapes.js";
import { cosinesOf, outputsOf, scoresOf } from "./reference.js";

const RELATIVE_ERROR_MAX = 1e-5;
const ports = { clock: systemClock(), timers: systemTimers(), random: systemRandom() };

/** Numbers from −1 to 1 that follow from a seed. */
function drawn(seed: number, length: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => 2 * random.next() - 1);
}

function drawnScores(
  seed: number,
  shape: Pick<GpuScoreInput, "tasks" | "agents" | "capabilities" | "kinds">,
) {
  const { tasks, agents, capabilities, kinds } = shape;
  const random = seededRandom(seed);
  const shares = (length: number) =>
    Float32Array.from({ length }, () => (random.next() < 0.6 ? 0 : random.next()));
  const counts = (length: number, bound: number) => Uint32Array.from({ length }, () => random.below(bound));
  return {
    ...shape,
    shares: shares(tasks * capabilities),
    minima: shares(tasks * capabilities).map((value) => (value > 0.3 ? 0 : value)),
    offsets: drawn(seed + 1, tasks),
    kindOf: counts(tasks, kinds),
    proficiency: shares(capabilities * agents).map((value) => Math.min(1, value + 0.3)),
    base: drawn(seed + 2, kinds * agents),
    eligible: counts(agents, 6),
  };
}

function planOf(widths: readonly number[], activations: readonly GpuActivation[]): GpuNetworkPlan {
  let at = 0;
  const layers = activations.map((activation, index) => {
    const [inputs, neurons] = [widths[index]!, widths[index + 1]!];
    const layer = { inputs, neurons, activation, weightsAt: at, biasesAt: at + inputs * neurons };
    at += (inputs + 1) * neurons;
    return layer;
  });
  return { inputs: widths[0]!, outputs: widths.at(-1)!, layers, parameters: at };
}

/** Sums of terms of either sign are compared by the size of the terms, as rounding is. */
function expectClose(given: ArrayLike<number>, expected: readonly number[]): void {
  expect(given.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) {
    const tolerance = RELATIVE_ERROR_MAX * Math.max(1, Math.abs(value));
    if (Number.isFinite(value)) expect(Math.abs(given[index]! - value)).toBeLessThanOrEqual(tolerance);
    else expect(given[index]).toBe(value);
  }
}

// The first works with a graphics card where there is one.
describe.each([
  ["webgpu or else webasm", ["webgpu", "webasm"]],
  ["cpu", ["cpu"]],
] as const)("an engine with %s", (_, modes) => {
  const engine = new GpuEngine({ ports, modes, deadlineMs: 60_000 });
  const seed = fc.integer({ min: 0, max: 2 ** 30 });

  afterAll(() => engine.close());

  it("scores tasks for agents as the formula does", async () => {
    const shape = fc.record({
      tasks: fc.integer({ min: 0, max: 20 }),
      agents: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 300, max: 500 })),
      capabilities: fc.integer({ min: 0, max: 9 }),
      kinds: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(seed, shape, async (first, size) => {
        const input = drawnScores(first, size);
        const scores = await engine.scoreMatrix(input, new Float32Array(size.tasks * size.agents));
        expectClose(scores, scoresOf(input));
      }),
      { numRuns: 25 },
    );
    expect(modes).toContain(engine.status.mode);
  });

  it("finds the rows most like a query, best first, and leaves out rows with NaN", async () => {
    const rowCounts = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 250, max: 400 }));
    await fc.assert(
      fc.asyncProperty(seed, rowCounts, fc.integer({ min: 1, max: 256 }), async (first, rows, k) => {
        const matrix = { values: drawn(first, 256 * rows), rows, isUnit: false };
        if (rows > 2) matrix.values[256] = Number.NaN;
        if (rows > 3) matrix.values.fill(0, 512, 768);
        const query = drawn(first + 1, 256);
        const { rows: found, scores, count } = await engine.similarTopAsync(query, matrix, k);
        const cosines = cosinesOf(query, matrix);
        const best = cosines.filter((score) => !Number.isNaN(score)).toSorted((a, b) => b - a);
        expect(count).toBe(Math.min(k, best.length));
        expectClose(scores.subarray(0, count), best.slice(0, count));
        expectClose(
          scores.subarray(0, count),
          Array.from(found.subarray(0, count), (row) => cosines[row]!),
        );
      }),
      { numRuns: 15 },
    );
  });

  it("gives ties to the lower row, and believes a matrix that says its rows have unit length", async () => {
    const values = new Float32Array(4 * 256);
    values[1] = 2;
    values[256] = values[512] = 3;
    const query = new Float32Array(256);
    query[0] = 5;
    const matrix = { values, rows: 4, isUnit: true };
    const { rows, scores, count } = await engine.similarTopAsync(query, matrix, 3);
    expect({ count, rows: [...rows], scores: [...scores] }).toEqual({
      count: 3,
      rows: [1, 2, 0],
      scores: [3, 3, 0],
    });
  });

  it("computes networks of all activations, and the same ones again with new inputs", async () => {
    const layers = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom(...GPU_ACTIVATIONS)), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(seed, layers, fc.integer({ min: 1, max: 130 }), async (first, given, rows) => {
        const plan = planOf(
          [7, ...given.map(([neurons]) => neurons)],
          given.map(([, activation]) => activation),
        );
        const parameters = drawn(first, plan.parameters);
        for (const again of [1, 2]) {
          const inputs = drawn(first + again, rows * plan.inputs);
          const outputs = new Float32Array(rows * plan.outputs);
          await engine.forward(plan, parameters, inputs, rows, outputs);
          expectClose(outputs, outputsOf(plan, parameters, inputs, rows));
        }
      }),
      { numRuns: 15 },
    );
  });

  it("sends a matrix again when its version is another", async () => {
    const values = new Float32Array(512);
    const query = new Float32Array(256);
    query[0] = values[0] = values[257] = 1;
    const topRow = async (version: number) =>
      (await engine.similarTopAsync(query, { values, rows: 2, isUnit: true, version }, 1)).rows[0];
    expect(await topRow(1)).toBe(0);
    values.copyWithin(256, 0, 256);
    values[0] = 0;
    expect(await topRow(1)).toBe(0);
    expect(await topRow(2)).toBe(1);
  });

  it("takes matrices and batches in parts where they are larger than a device takes at once", async () => {
    const size = { tasks: 70, agents: 2 ** 18 + 5, capabilities: 1, kinds: 1 };
    const input = drawnScores(5, size);
    const scores = await engine.scoreMatrix(input, new Float32Array(size.tasks * size.agents));
    const edges = [0, 2 ** 18 - 1, 2 ** 18, size.agents - 1];
    const one = (values: Float32Array | Uint32Array) => edges.map((agent) => values[agent]!);
    const expected = scoresOf({
      ...input,
      agents: edges.length,
      proficiency: Float32Array.from(one(input.proficiency)),
      base: Float32Array.from(one(input.base)),
      eligible: Uint32Array.from(one(input.eligible)),
    });
    const given = Array.from({ length: size.tasks }, (_row, task) =>
      edges.map((agent) => scores[task * size.agents + agent]!),
    );
    expectClose(given.flat(), expected);
    const plan = planOf([1, 2], ["linear"]);
    const rows = 2 ** 18 + 3;
    const inputs = drawn(6, rows);
    const outputs = new Float32Array(2 * rows);
    await engine.forward(plan, Float32Array.of(1, 2, 3, 4), inputs, rows, outputs);
    const last = inputs[rows - 1]!;
    expectClose(outputs.slice(2 * rows - 2), [last + 3, 2 * last + 4]);
  });
});
