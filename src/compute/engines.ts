// The engines of one thread, each call going to the one that is the fastest for its size: crossover.ts says which. All
// of them give the same answers, js and native to the last bit, gpu within 1e-5.
// Why here and not in each engine: an engine computes, and knows nothing of the others.

import type { Addon } from "../base/addon.js";
import { type Assigner, createAssigner } from "./assign.js";
import { type Crossover, type Crossovers, DEFAULT_CROSSOVERS, isForNative } from "./crossover.js";
import type { TextEmbedder } from "./embed.js";
import { createEmbedder } from "./embedder.js";
import type { GpuEngine } from "./gpu/engine.js";
import { GpuDoor } from "./gpu-door.js";
import { JsEngine } from "./js-engine.js";
import { NativeEngine } from "./native-engine.js";
import type { NetworkEngine } from "./network-engine.js";
import { JsNetworkEngine } from "./network-js.js";
import { NativeNetworkEngine } from "./network-native.js";
import type { RankEngine } from "./rank-query.js";
import type { ScoreMatrixEngine } from "./score-matrix.js";
import { JsScoreMatrixEngine } from "./score-matrix-js.js";
import { NativeScoreMatrixEngine } from "./score-matrix-native.js";
import type { SimilarEngine } from "./similar.js";
import { JsSimilar } from "./similar-js.js";
import { NativeSimilar } from "./similar-native.js";

export interface EngineParts {
  readonly addon: Addon | undefined;
  /** Default: the built-in ones. */
  readonly crossovers?: Crossovers;
  /** Closed by whoever opened it. Default: none. */
  readonly gpu?: GpuEngine;
  /** How long a call to gpu may take before the processor takes it over. */
  readonly gpuDeadlineMs?: number;
}

export interface Engines {
  readonly rank: RankEngine;
  readonly scoreMatrix: ScoreMatrixEngine;
  readonly similar: SimilarEngine;
  readonly network: NetworkEngine;
  readonly assigner: Assigner;
  /** Makes an embedder: its tables take half a megabyte, so nobody has one that needs none. */
  readonly makeEmbedder: () => TextEmbedder;
}

/** Engines that share no state with those of another call. */
export function createEngines(parts: EngineParts): Engines {
  const { addon, crossovers = DEFAULT_CROSSOVERS, gpu, gpuDeadlineMs } = parts;
  const door = gpu === undefined ? undefined : new GpuDoor(gpu, gpuDeadlineMs);
  return {
    rank: rankEngine(addon, crossovers.topK),
    scoreMatrix: scoreMatrixEngine(addon, crossovers.scoreMatrix, door),
    similar: similarEngine(addon, crossovers.similarTop, door),
    network: networkEngine(addon, crossovers.forward, door),
    assigner: createAssigner(addon),
    makeEmbedder: () => createEmbedder(addon),
  };
}

function rankEngine(addon: Addon | undefined, crossover: Crossover): RankEngine {
  const js = new JsEngine();
  if (addon === undefined) return js;
  const native = new NativeEngine(addon);
  const choose = (rows: number) => (isForNative(crossover, rows) ? native : js);
  return {
    kind: "native",
    rank: (columns, query, result) => choose(query.rows).rank(columns, query, result),
    compare: (columns, query, ...more) => choose(query.rows).compare(columns, query, ...more),
  };
}

function scoreMatrixEngine(
  addon: Addon | undefined,
  crossover: Crossover,
  door: GpuDoor | undefined,
): ScoreMatrixEngine {
  const js = new JsScoreMatrixEngine();
  const native = addon === undefined ? undefined : new NativeScoreMatrixEngine(addon);
  const onProcessor: ScoreMatrixEngine["scoreMatrix"] = (input, scores) => {
    const isNative = isForNative(crossover, input.tasks * input.agents);
    return (isNative && native !== undefined ? native : js).scoreMatrix(input, scores);
  };
  return {
    kind: native?.kind ?? "js",
    scoreMatrix: (input, scores) => {
      if (door?.takes(crossover, input.tasks * input.agents) !== true) return onProcessor(input, scores);
      const there = door.run((gpu, deadlineMs) => gpu.scoreMatrix(input, scores, deadlineMs));
      return there.then((answer) => answer ?? onProcessor(input, scores));
    },
  };
}

function similarEngine(
  addon: Addon | undefined,
  crossover: Crossover,
  door: GpuDoor | undefined,
): SimilarEngine {
  const js = new JsSimilar();
  const native = addon === undefined ? undefined : new NativeSimilar(addon);
  const choose = (rows: number) => (isForNative(crossover, rows) && native !== undefined ? native : js);
  return {
    kind: native?.kind ?? "js",
    similarTop: (query, matrix, ...more) => choose(matrix.rows).similarTop(query, matrix, ...more),
    similarTopAsync: async (query, matrix, k) => {
      const { rows } = matrix;
      if (door?.takes(crossover, rows) !== true) return choose(rows).similarTopAsync(query, matrix, k);
      const asked = query.slice();
      const there = await door.run((gpu, deadlineMs) => gpu.similarTopAsync(asked, matrix, k, deadlineMs));
      return there ?? choose(rows).similarTopAsync(asked, matrix, k);
    },
  };
}

function networkEngine(
  addon: Addon | undefined,
  crossover: Crossover,
  door: GpuDoor | undefined,
): NetworkEngine {
  const js = new JsNetworkEngine();
  const native = addon === undefined ? undefined : new NativeNetworkEngine(addon);
  const trainer = native ?? js;
  const choose = (size: number) => (isForNative(crossover, size) && native !== undefined ? native : js);
  return {
    kind: trainer.kind,
    epoch: (state) => trainer.epoch(state),
    judge: (state) => trainer.judge(state),
    forwardNow: (plan, parameters, inputs, rows, outputs) =>
      choose(rows * plan.parameters).forwardNow(plan, parameters, inputs, rows, outputs),
    forward: async (plan, parameters, inputs, rows, outputs) => {
      const size = rows * plan.parameters;
      const there =
        door?.takes(crossover, size) === true &&
        (await door.run(async (gpu, deadlineMs) => {
          await gpu.forward(plan, parameters, inputs, rows, outputs, deadlineMs);
          return true;
        }));
      if (there !== true) await choose(size).forward(plan, parameters, inputs, rows, outputs);
    },
  };
}
