// The calls that a calibration times: for each operation calls of growing size, each on every engine that can do it.
// Their numbers are random and of no meaning; shapes are those of a hub.

import type { Addon } from "../base/addon.js";
import { type Random, seededRandom } from "../base/random.js";
import { AgentTable } from "./agent-table.js";
import type { Operation } from "./crossover.js";
import { EMBEDDING_DIMS } from "./embed.js";
import type { GpuEngine } from "./gpu/engine.js";
import { JsEngine } from "./js-engine.js";
import { NativeEngine } from "./native-engine.js";
import { createNetwork } from "./network.js";
import { JsNetworkEngine } from "./network-js.js";
import { NativeNetworkEngine } from "./network-native.js";
import { OUTCOME_SHAPE } from "./predictor-job.js";
import type { RankEngine } from "./rank-query.js";
import type { ScoreMatrixInput } from "./score-matrix.js";
import { JsScoreMatrixEngine } from "./score-matrix-js.js";
import { NativeScoreMatrixEngine } from "./score-matrix-native.js";
import { Scorer } from "./scorer.js";
import { makeSharedFloats } from "./shared-floats.js";
import { makeSimilarResult } from "./similar.js";
import { JsSimilar } from "./similar-js.js";
import { NativeSimilar } from "./similar-native.js";

/** One call; a promise where it goes on elsewhere. */
export type Call = () => unknown;

export interface Work {
  /** In the unit of its operation, see crossover.ts. */
  readonly size: number;
  readonly js: Call;
  /** Undefined without the addon. */
  readonly native: Call | undefined;
  /** The same on a graphics card, where the operation can be done there. */
  readonly gpu: ((engine: GpuEngine) => Call) | undefined;
}

export interface WorkParts {
  readonly addon: Addon | undefined;
  /** Share of the largest sizes that is left out: 0 none. For tests, which have no time for them. */
  readonly isQuick: boolean;
}

const CAPABILITIES = 16;
const REQUIRED = 3;
const RANKED = 16;
const FIRST = 10;
/** Of a call to gpu: enough for any of these, short enough to notice a device that hangs. */
const GPU_DEADLINE_MS = 5_000;
/** Sizes above are left out of a quick calibration. */
const QUICK: Readonly<Record<Operation, number>> = {
  topK: 1_024,
  scoreMatrix: 65_536,
  similarTop: 1_024,
  forward: 100_000,
};

/** The calls of an operation, smallest first. Each is made when its turn comes: some take a gigabyte in all. */
export function* worksOf(operation: Operation, { addon, isQuick }: WorkParts): Generator<Work> {
  for (const make of MAKERS[operation]) {
    const work = make(addon);
    if (isQuick && work.size > QUICK[operation]) return;
    yield work;
  }
}

type Maker = (addon: Addon | undefined) => Work;

const MAKERS: Readonly<Record<Operation, readonly Maker[]>> = {
  topK: powersOf(4, 1, 8).map((agents) => (addon) => topKWork(agents, addon)),
  scoreMatrix: (
    [
      [1, 16],
      [4, 16],
      [8, 32],
      [16, 64],
      [32, 128],
      [64, 256],
      [128, 512],
      [256, 1_024],
      [512, 2_048],
      [1_024, 4_096],
    ] as const
  ).map(
    ([tasks, agents]) =>
      (addon) =>
        scoreMatrixWork(tasks, agents, addon),
  ),
  similarTop: powersOf(4, 0, 8).map((rows) => (addon) => similarWork(rows, addon)),
  forward: powersOf(4, 0, 8).map((rows) => (addon) => forwardWork(rows, addon)),
};

function powersOf(base: number, first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => base ** (first + at));
}

function topKWork(agents: number, addon: Addon | undefined): Work {
  const random = seededRandom(agents);
  const table = new AgentTable();
  for (let agent = 0; agent < agents; agent++) {
    const held = Array.from({ length: CAPABILITIES / 2 }, (_, at) => (agent + 2 * at) % CAPABILITIES);
    table.upsert(String(agent), {
      capabilities: held.map((at) => ({ name: String(at), proficiency: 0.1 + 0.9 * random.next() })),
      load: random.next(),
      latencyMs: 1_000 * random.next(),
    });
  }
  const capabilities = Array.from({ length: REQUIRED }, (_, at) => ({
    capability: String(2 * at),
    min: 0.2,
  }));
  const call = (engine: RankEngine): Call => {
    const scorer = new Scorer(table, { rank: engine, scoreMatrix: new JsScoreMatrixEngine() });
    return () => scorer.rank({ capabilities }, RANKED);
  };
  const native = addon === undefined ? undefined : call(new NativeEngine(addon));
  return { size: agents, js: call(new JsEngine()), native, gpu: undefined };
}

function scoreMatrixWork(tasks: number, agents: number, addon: Addon | undefined): Work {
  const random = seededRandom(tasks);
  const shares = new Float32Array(tasks * CAPABILITIES);
  for (let task = 0; task < tasks; task++)
    for (let at = 0; at < REQUIRED; at++)
      shares[task * CAPABILITIES + ((task + 5 * at) % CAPABILITIES)] = 0.4 / REQUIRED;
  const input: ScoreMatrixInput = {
    tasks,
    agents,
    capabilities: CAPABILITIES,
    kinds: 1,
    shares: shared(shares),
    minima: makeSharedFloats(tasks * CAPABILITIES),
    offsets: makeSharedFloats(tasks),
    kindOf: new Uint32Array(tasks),
    proficiency: drawn(CAPABILITIES * agents, random),
    base: drawn(agents, random),
    eligible: new Uint32Array(agents).fill(1),
  };
  const scores = makeSharedFloats(tasks * agents);
  const js = new JsScoreMatrixEngine();
  const native = addon === undefined ? undefined : new NativeScoreMatrixEngine(addon);
  return {
    size: tasks * agents,
    js: () => js.scoreMatrix(input, scores),
    native: native && (() => native.scoreMatrix(input, scores)),
    gpu: (engine) => () => engine.scoreMatrix(input, scores, GPU_DEADLINE_MS),
  };
}

function similarWork(rows: number, addon: Addon | undefined): Work {
  const random = seededRandom(rows);
  const values = drawn(rows * EMBEDDING_DIMS, random);
  const query = drawn(EMBEDDING_DIMS, random);
  const matrix = { values, rows, isUnit: true, version: 1 };
  const result = makeSimilarResult(FIRST);
  const js = new JsSimilar();
  const native = addon === undefined ? undefined : new NativeSimilar(addon);
  return {
    size: rows,
    js: () => js.similarTop(query, matrix, FIRST, result),
    native: native && (() => native.similarTop(query, matrix, FIRST, result)),
    gpu: (engine) => () => engine.similarTopAsync(query, matrix, FIRST, GPU_DEADLINE_MS),
  };
}

function forwardWork(rows: number, addon: Addon | undefined): Work {
  const js = new JsNetworkEngine();
  const { plan, parameters } = createNetwork(OUTCOME_SHAPE, 1, js);
  const native = addon === undefined ? undefined : new NativeNetworkEngine(addon);
  const inputs = drawn(rows * plan.inputs, seededRandom(rows));
  const outputs = new Float32Array(rows * plan.outputs);
  return {
    size: rows * plan.parameters,
    js: () => js.forwardNow(plan, parameters, inputs, rows, outputs),
    native: native && (() => native.forwardNow(plan, parameters, inputs, rows, outputs)),
    gpu: (engine) => () => engine.forward(plan, parameters, inputs, rows, outputs, GPU_DEADLINE_MS),
  };
}

function drawn(length: number, random: Random): Float32Array {
  const values = makeSharedFloats(length);
  for (let at = 0; at < length; at++) values[at] = random.next() / 16;
  return values;
}

function shared(values: Float32Array): Float32Array {
  const copy = makeSharedFloats(values.length);
  copy.set(values);
  return copy;
}
