// The three kernels of the compute process, called one after the other. Each run compares some results with the
// formula, worked out here in double precision.

import { systemClock, systemTimers } from "../../src/base/clock.js";
import { seededRandom, systemRandom } from "../../src/base/random.js";
import { GpuEngine } from "../../src/compute/gpu/engine.js";
import { median } from "../figures.js";
import type { Session } from "../question.js";

const TASKS = 1_000;
const AGENTS = 10_000;
const CAPABILITIES = 64;
const REQUIRED = 3;
const ROWS = 100_000;
const VALUES = 256;
const BATCH = 1_024;
const WIDTHS = [64, 64, 32, 2] as const;
const DEADLINE_MS = 60_000;
const TOLERANCE = 1e-5;

const random = seededRandom(7);

/** Calls `calls` times; the value is the median time, and `isRight` judges the last answer. */
function session(
  engine: GpuEngine,
  calls: number,
  call: () => Promise<unknown>,
  isRight: () => boolean,
): Session {
  return {
    run: async () => {
      const timesMs: number[] = [];
      for (let count = 0; count < calls; count += 1) {
        const startedMs = performance.now();
        await call();
        timesMs.push(performance.now() - startedMs);
      }
      return { value: median(timesMs), verified: isRight() };
    },
    close: () => engine.close(),
  };
}

function openEngine(): GpuEngine {
  const ports = { clock: systemClock(), timers: systemTimers(), random: systemRandom() };
  return new GpuEngine({ ports, deadlineMs: DEADLINE_MS });
}

function drawn(length: number): Float32Array {
  return Float32Array.from({ length }, () => random.next());
}

function isClose(given: number | undefined, expected: number): boolean {
  return given !== undefined && Math.abs(given - expected) <= TOLERANCE * Math.max(1, Math.abs(expected));
}

export async function openScoring(calls: number): Promise<Session> {
  const shares = new Float32Array(TASKS * CAPABILITIES);
  const minima = new Float32Array(TASKS * CAPABILITIES);
  for (let task = 0; task < TASKS; task++) {
    for (let count = 0; count < REQUIRED; count++) {
      const at = task * CAPABILITIES + random.below(CAPABILITIES);
      shares[at] = 0.4 / REQUIRED;
      minima[at] = 0.2;
    }
  }
  const input = {
    tasks: TASKS,
    agents: AGENTS,
    capabilities: CAPABILITIES,
    kinds: 1,
    shares,
    minima,
    offsets: new Float32Array(TASKS),
    kindOf: new Uint32Array(TASKS),
    proficiency: drawn(CAPABILITIES * AGENTS),
    base: drawn(AGENTS),
    eligible: new Uint32Array(AGENTS).fill(1),
  };
  const scores = new Float32Array(TASKS * AGENTS);
  const scoreOf = (task: number, agent: number) => {
    let score = input.base[agent]!;
    for (let capability = 0; capability < CAPABILITIES; capability++) {
      const value = input.proficiency[capability * AGENTS + agent]!;
      if (value < minima[task * CAPABILITIES + capability]!) return Number.NEGATIVE_INFINITY;
      score += shares[task * CAPABILITIES + capability]! * value;
    }
    return score;
  };
  const isRight = () => {
    for (let count = 0; count < 1_000; count++) {
      const [task, agent] = [random.below(TASKS), random.below(AGENTS)];
      const [given, expected] = [scores[task * AGENTS + agent]!, scoreOf(task, agent)];
      if (given !== expected && !isClose(given, expected)) return false;
    }
    return true;
  };
  const engine = openEngine();
  return session(engine, calls, () => engine.scoreMatrix(input, scores), isRight);
}

export async function openSearching(calls: number): Promise<Session> {
  const values = new Float32Array(new SharedArrayBuffer(Float32Array.BYTES_PER_ELEMENT * ROWS * VALUES));
  for (let at = 0; at < values.length; at++) values[at] = random.next() - 0.5;
  const query = drawn(VALUES).map((value) => value - 0.5);
  const matrix = { values, rows: ROWS, isUnit: true, version: 1 };
  const engine = openEngine();
  let best: Awaited<ReturnType<GpuEngine["similarTopAsync"]>> | undefined;
  const call = async () => {
    best = await engine.similarTopAsync(query, matrix, 10);
  };
  const dotOf = (row: number) => {
    let sum = 0;
    for (let at = 0; at < VALUES; at++) sum += query[at]! * values[row * VALUES + at]!;
    return sum / Math.hypot(...query);
  };
  const isRight = () => {
    if (best?.count !== 10) return false;
    const { rows, scores } = best;
    const others = Array.from({ length: 1_000 }, () => random.below(ROWS)).filter(
      (row) => !rows.includes(row),
    );
    const found = Array.from(rows, (row, place) => isClose(scores[place], dotOf(row)));
    return found.every(Boolean) && others.every((row) => dotOf(row) <= scores[9]! + TOLERANCE);
  };
  return session(engine, calls, call, isRight);
}

export async function openForward(calls: number): Promise<Session> {
  let at = 0;
  const layers = WIDTHS.slice(1).map((neurons, index) => {
    const inputs = WIDTHS[index]!;
    const layer = {
      inputs,
      neurons,
      activation: "tanh",
      weightsAt: at,
      biasesAt: at + inputs * neurons,
    } as const;
    at += (inputs + 1) * neurons;
    return layer;
  });
  const plan = { inputs: WIDTHS[0], outputs: WIDTHS[3], layers, parameters: at };
  const parameters = drawn(at).map((value) => (value - 0.5) / 4);
  const inputs = drawn(BATCH * plan.inputs);
  const outputs = new Float32Array(BATCH * plan.outputs);
  const engine = openEngine();
  const call = () => engine.forward(plan, parameters, inputs, BATCH, outputs);
  const isRight = () => {
    const row = random.below(BATCH);
    let values = [...inputs.subarray(row * plan.inputs, (row + 1) * plan.inputs)];
    for (const { neurons, weightsAt, biasesAt } of layers) {
      const given = values;
      values = Array.from({ length: neurons }, (_, neuron) => {
        const products = given.map(
          (value, index) => value * parameters[weightsAt + index * neurons + neuron]!,
        );
        return Math.tanh(products.reduce((sum, product) => sum + product, parameters[biasesAt + neuron]!));
      });
    }
    return values.every((value, index) => isClose(outputs[row * plan.outputs + index], value));
  };
  return session(engine, calls, call, isRight);
}
