// Embeddings by key, to be searched: a matrix that grows, and is changed in place when one embedding changes.
//
//   row 0   row 1   row 2   …       256 floats each, scaled to unit length; a row that nobody holds is full of NaN, so
//                                   no search finds it, and is given to the next newcomer
//
// When the rows run out, they are copied into a matrix twice as long; row numbers stay.
// Why: shared memory, so that a search on another thread reads it while this one goes on. What was changed since such a
// search began may have been read in any state, so it is left out of the answer: each row knows its last change.

import { invariant } from "../base/invariant.js";
import { checkVector, EMBEDDING_DIMS } from "./embed.js";
import { makeSharedFloats } from "./shared-floats.js";
import {
  makeSimilarResult,
  type SimilarEngine,
  type SimilarMatrix,
  type SimilarResult,
  scaleToUnit,
} from "./similar.js";

const FIRST_CAPACITY_ROWS = 64;

export interface SimilarKey {
  readonly key: string;
  /** Cosine, −1 … 1; 0 for a zero embedding. */
  readonly score: number;
}

/** One writer, the thread that made it. */
export class SimilarIndex {
  readonly #engine: SimilarEngine;
  readonly #result = makeSimilarResult();
  #values = makeRows(FIRST_CAPACITY_ROWS);
  #rowsUsed = 0;
  #changes = 0;
  readonly #rowOf = new Map<string, number>();
  readonly #keys: (string | undefined)[] = [];
  readonly #changedAt: number[] = [];
  readonly #freeRows: number[] = [];

  constructor(engine: SimilarEngine) {
    this.#engine = engine;
  }

  get size(): number {
    return this.#rowOf.size;
  }

  /** Adds an embedding of any length or replaces the one of that key. All its values are finite. */
  upsert(key: string, vector: Float32Array): void {
    checkVector(vector);
    invariant(vector.every(Number.isFinite), "every value of an embedding is finite");
    const row = this.#rowOf.get(key) ?? this.#takeRow(key);
    scaleToUnit(vector, this.#row(row));
    this.#changedAt[row] = ++this.#changes;
  }

  /** Takes a key out; false when it was not there. */
  remove(key: string): boolean {
    const row = this.#rowOf.get(key);
    if (row === undefined) return false;
    this.#row(row).fill(Number.NaN);
    this.#changedAt[row] = ++this.#changes;
    this.#rowOf.delete(key);
    this.#keys[row] = undefined;
    this.#freeRows.push(row);
    return true;
  }

  /** The `k` keys (1 … 256) most like a query, best first; equal ones in the order of their rows. */
  top(query: Float32Array, k: number): SimilarKey[] {
    this.#engine.similarTop(query, this.#matrix(), k, this.#result);
    return this.#named(this.#result, this.#changes);
  }

  /**
   * `top` as the index is now, without holding up this thread. What is changed or removed before the answer is there
   * is not in it, so it may then be shorter.
   */
  async topAsync(query: Float32Array, k: number): Promise<SimilarKey[]> {
    const began = this.#changes;
    return this.#named(await this.#engine.similarTopAsync(query, this.#matrix(), k), began);
  }

  #matrix(): SimilarMatrix {
    return { values: this.#values, rows: this.#rowsUsed, isUnit: true, version: this.#changes };
  }

  /** What was found and has not changed since, by key. */
  #named({ rows, scores, count }: SimilarResult, since: number): SimilarKey[] {
    const named: SimilarKey[] = [];
    for (let place = 0; place < count; place++) {
      const row = rows[place]!;
      const key = this.#keys[row];
      if (key !== undefined && this.#changedAt[row]! <= since) named.push({ key, score: scores[place]! });
    }
    return named;
  }

  #row(row: number): Float32Array {
    return this.#values.subarray(EMBEDDING_DIMS * row, EMBEDDING_DIMS * (row + 1));
  }

  #takeRow(key: string): number {
    const row = this.#freeRows.pop() ?? this.#rowsUsed++;
    if (EMBEDDING_DIMS * row === this.#values.length) {
      const longer = makeRows(2 * row);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#keys[row] = key;
    this.#rowOf.set(key, row);
    return row;
  }
}

function makeRows(rows: number): Float32Array {
  return makeSharedFloats(rows * EMBEDDING_DIMS);
}
