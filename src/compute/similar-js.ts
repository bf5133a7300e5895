// The reference of similarTop: plain TypeScript, in use wherever the native addon is not.
// Why: each operation is rounded to 32 bits in the order that similar.ts names, so that native/similar.cc, which takes
// the 16 partial sums as lanes of a vector, gives the same bits.

import { offerRow } from "./best-rows.js";
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

const LANES = 16;
/** Rows searched before other work of the thread has its turn: some 2 ms. */
const SLICE_ROWS = 8_192;

/** Searches without allocating; the asynchronous form searches in slices between which the event loop turns. */
export class JsSimilar implements SimilarEngine {
  readonly kind = "js";
  readonly #query = new Float32Array(EMBEDDING_DIMS);
  readonly #sums = new Float32Array(LANES);

  similarTop(query: Float32Array, matrix: SimilarMatrix, k: number, result: SimilarResult): void {
    checkSearch(query, matrix, k);
    checkRoom(result, k);
    scaleToUnit(query, this.#query);
    result.count = 0;
    searchRows(this.#query, matrix, 0, matrix.rows, k, this.#sums, result);
  }

  async similarTopAsync(query: Float32Array, matrix: SimilarMatrix, k: number): Promise<SimilarResult> {
    checkSearch(query, matrix, k);
    checkShared(matrix);
    const scaled = new Float32Array(EMBEDDING_DIMS);
    scaleToUnit(query, scaled);
    const result = makeSimilarResult(k);
    const { rows } = matrix;
    for (let first = 0; first < rows; first += SLICE_ROWS) {
      if (first > 0) await new Promise((resolve) => setImmediate(resolve));
      searchRows(scaled, matrix, first, Math.min(rows, first + SLICE_ROWS), k, this.#sums, result);
    }
    return result;
  }
}

function searchRows(
  query: Float32Array,
  { values, isUnit }: SimilarMatrix,
  first: number,
  end: number,
  k: number,
  sums: Float32Array,
  result: SimilarResult,
): void {
  for (let row = first; row < end; row++) {
    const at = row * EMBEDDING_DIMS;
    const dot = productOf(query, 0, values, at, sums);
    const score = isUnit ? dot : cosineOf(dot, productOf(values, at, values, at, sums));
    if (result.count < k ? !Number.isNaN(score) : score > result.scores[k - 1]!)
      offerRow(k, score, row, result);
  }
}

/** Scaled by the length of the row; 0 for a zero row. */
function cosineOf(dot: number, squares: number): number {
  return squares === 0 ? 0 : Math.fround(dot / Math.fround(Math.sqrt(squares)));
}

/** Σ left·right over one row, lane by lane; `sums` has room for the lanes. */
function productOf(
  left: Float32Array,
  leftAt: number,
  right: Float32Array,
  rightAt: number,
  sums: Float32Array,
): number {
  // Four lanes at a time: as many sums as stay in registers, and none waits for another.
  for (let lane = 0; lane < LANES; lane += 4) {
    let sum0 = Math.fround(0);
    let sum1 = Math.fround(0);
    let sum2 = Math.fround(0);
    let sum3 = Math.fround(0);
    for (let index = lane; index < EMBEDDING_DIMS; index += LANES) {
      const at = leftAt + index;
      const to = rightAt + index;
      sum0 = Math.fround(sum0 + Math.fround(left[at]! * right[to]!));
      sum1 = Math.fround(sum1 + Math.fround(left[at + 1]! * right[to + 1]!));
      sum2 = Math.fround(sum2 + Math.fround(left[at + 2]! * right[to + 2]!));
      sum3 = Math.fround(sum3 + Math.fround(left[at + 3]! * right[to + 3]!));
    }
    sums[lane] = sum0;
    sums[lane + 1] = sum1;
    sums[lane + 2] = sum2;
    sums[lane + 3] = sum3;
  }
  for (let half = LANES >> 1; half > 0; half >>= 1) {
    for (let lane = 0; lane < half; lane++) sums[lane] = sums[lane]! + sums[lane + half]!;
  }
  return sums[0]!;
}
