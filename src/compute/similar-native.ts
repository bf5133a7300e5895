// The native engine of similarTop: typed wrapper around the addon's `similarTop` (native/similar.cc). It checks what
// C++ takes for granted.

import type { Addon } from "../base/addon.js";
import { EMBEDDING_DIMS } from "./embed.js";
import {
  checkRoom,
  checkSearch,
  checkShared,
  makeSimilarResult,
  type SimilarEngine,
  type SimilarMatrix,
  type SimilarResult,
  scaleToUnit,
} from "./similar.js";

/** Searches in C++ with the widest instructions there are; the asynchronous form on a thread of libuv's pool. */
export class NativeSimilar implements SimilarEngine {
  readonly kind = "native";
  readonly #addon: Addon;
  readonly #query = new Float32Array(EMBEDDING_DIMS);

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  similarTop(query: Float32Array, matrix: SimilarMatrix, k: number, result: SimilarResult): void {
    checkSearch(query, matrix, k);
    checkRoom(result, k);
    scaleToUnit(query, this.#query);
    const { rows, isUnit, values } = matrix;
    result.count = this.#addon.similarTop(rows, k, isUnit, this.#query, values, result.rows, result.scores);
  }

  async similarTopAsync(query: Float32Array, matrix: SimilarMatrix, k: number): Promise<SimilarResult> {
    checkSearch(query, matrix, k);
    checkShared(matrix);
    const scaled = new Float32Array(EMBEDDING_DIMS);
    scaleToUnit(query, scaled);
    const result = makeSimilarResult(k);
    const { rows, isUnit, values } = matrix;
    result.count = await this.#addon.similarTopAsync(
      rows,
      k,
      isUnit,
      scaled,
      values,
      result.rows,
      result.scores,
    );
    return result;
  }
}
