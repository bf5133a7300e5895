// The native engine of score-matrix.ts: typed wrapper around the addon's `scoreMatrix` (native/matrix.cc).

import { availableParallelism } from "node:os";
import type { Addon } from "../base/addon.js";
import { checkScoreMatrix, type ScoreMatrixEngine, type ScoreMatrixInput } from "./score-matrix.js";

/**
 * Scores in C++ on the threads of Node's pool, one for each core; the calling thread goes on.
 * Node's pool has four threads unless UV_THREADPOOL_SIZE says otherwise, so more cores are used only if it does.
 */
export class NativeScoreMatrixEngine implements ScoreMatrixEngine {
  readonly kind = "native";
  readonly #addon: Addon;
  readonly #helpers = availableParallelism();

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  scoreMatrix(input: ScoreMatrixInput, scores: Float32Array): Promise<Float32Array> {
    checkScoreMatrix(input, scores);
    return this.#addon.scoreMatrix(
      input.tasks,
      input.agents,
      input.capabilities,
      this.#helpers,
      input.shares,
      input.minima,
      input.offsets,
      input.kindOf,
      input.proficiency,
      input.base,
      input.eligible,
      scores,
    );
  }
}
