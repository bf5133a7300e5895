// Which rows of a matrix point the way a query points: exact cosine, best first. The contract of every engine.
//
//   query    256 values of any length; engines scale it to unit length before they look at a row
//   matrix   row r lies in values[256·r … 256·r + 255]; each value is finite and each row shorter than 1e18
//   score    cosine(query, row) = Σ query·row / (|query|·|row|), −1 … 1 up to rounding; 0 where one of them is zero.
//            A matrix that says `isUnit` is believed: there the score is Σ query·row and lengths are not looked at
//   order    higher score first, ties to the lower row; a row with NaN in it has no score and is left out
//
// js and native compute the same bits: 16 partial sums, of which sum l takes the values l, l + 16, l + 32, … in turn,
// then halves are added onto halves (8, 4, 2, 1), each product and sum rounded to 32 bits. The cosines of
// another engine may differ by 1e-5, and then also the order of rows that lie as close together.
// The way through: similar-engine.ts (which engine), similar-js.ts or similar-native.ts (the loops), similar-index.ts
// (a matrix by key that grows and changes).
// Why: 256 values and no other count, because what is compared here comes from `embed`; one width is one kernel.

import { invariant } from "../base/invariant.js";
import { checkVector, EMBEDDING_DIMS } from "./embed.js";

/** The most rows one search returns: bounds the insertion into the ordered result. */
export const SIMILAR_MAX = 256;

/** Rows to search, one embedding each, one after the other. */
export interface SimilarMatrix {
  /** At least 256·rows values. What is searched asynchronously lies in a SharedArrayBuffer. */
  readonly values: Float32Array;
  readonly rows: number;
  /** True: every row has unit length, or is zero. */
  readonly isUnit: boolean;
  /** The same array with the same number holds the same values, so that a device need not be sent them again. */
  readonly version?: number;
}

/** The best rows in order, `count` of them. */
export interface SimilarResult {
  readonly rows: Uint32Array;
  readonly scores: Float32Array;
  count: number;
}

/** What every engine can do: search without holding up the calling thread. */
export interface SimilarSearch {
  readonly kind: "native" | "js" | "gpu";
  /**
   * The best `k` rows (1 … 256), fewer when there are fewer. The query is read before this returns, the matrix
   * until the promise settles: rows that change meanwhile have scores of any state between.
   */
  similarTopAsync(query: Float32Array, matrix: SimilarMatrix, k: number): Promise<SimilarResult>;
}

/** An engine on the calling thread, for matrices of up to some thousand rows. */
export interface SimilarEngine extends SimilarSearch {
  readonly kind: "native" | "js";
  /** Fills `result`, which has room for `k` rows, and allocates nothing. */
  similarTop(query: Float32Array, matrix: SimilarMatrix, k: number, result: SimilarResult): void;
}

export function makeSimilarResult(room: number = SIMILAR_MAX): SimilarResult {
  return { rows: new Uint32Array(room), scores: new Float32Array(room), count: 0 };
}

/** Checks what engines take for granted. */
export function checkSearch(query: Float32Array, matrix: SimilarMatrix, k: number): void {
  const { values, rows } = matrix;
  invariant(Number.isInteger(k) && k >= 1 && k <= SIMILAR_MAX, "similarTop is asked for 1 to 256 rows");
  checkVector(query);
  invariant(values instanceof Float32Array, "a matrix holds 32-bit floats");
  invariant(Number.isInteger(rows) && rows >= 0, "a matrix has a whole number of rows");
  invariant(values.length >= rows * EMBEDDING_DIMS, "a matrix has 256 values for every row");
}

export function checkRoom(result: SimilarResult, k: number): void {
  invariant(result.rows.length >= k && result.scores.length >= k, "a result has room for k rows");
}

/**
 * Checks a matrix that is read while the calling thread goes on. Why: a SharedArrayBuffer cannot be transferred away
 * under a reader as an ArrayBuffer can.
 */
export function checkShared({ values }: SimilarMatrix): void {
  const isShared = values.buffer instanceof SharedArrayBuffer;
  invariant(isShared, "a matrix that is searched asynchronously lies in a SharedArrayBuffer");
}

/** Writes `vector`, scaled to unit length, to `out`; zero stays zero. */
export function scaleToUnit(vector: Float32Array, out: Float32Array): void {
  let squares = 0;
  for (let index = 0; index < EMBEDDING_DIMS; index++) squares += vector[index]! * vector[index]!;
  const length = squares > 0 ? Math.sqrt(squares) : 1;
  for (let index = 0; index < EMBEDDING_DIMS; index++) out[index] = vector[index]! / length;
}
