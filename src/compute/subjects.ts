// What the tasks of one kind are about, found in their texts: subjects, each with a centroid among the embeddings.
//
//   find     the subject whose centroid is nearest by cosine, if that is at least NEAR
//   take     a text of which there is an outcome: its embedding is added to the centroid that `find` finds, or begins
//            a subject; if that has brought two centroids as close as JOINED, the younger subject becomes part of the
//            older
//   bounds   beyond SUBJECTS_MAX subjects the one that was met least recently is forgotten
//
// A centroid is the sum of its embeddings, the last MEMORY of them counting most; only its direction matters.
// Source: leader clustering (Hartigan, Clustering Algorithms, 1975), with leaders that follow their texts.
// Why this one: a text is placed once, when it comes, in the time of one search, and nobody says how many subjects
// there are. The same texts in the same order make the same subjects to the last bit, on every engine: a journal brings
// them back. Why subjects are joined: their first texts look less alike than they are, so many begin twice.

import { EMBEDDING_DIMS } from "./embed.js";
import { makeSimilarResult, type SimilarEngine, type SimilarMatrix } from "./similar.js";

/** Texts of a template share half of their words and more, others a sixth: the first are above, the second below. */
const NEAR = 0.4;
const JOINED = 0.45;
const SUBJECTS_MAX = 256;
const MEMORY = 128;
const FIRST_CAPACITY = 8;

/** What became of a text. */
export interface Taken {
  readonly subject: number;
  /** The subject that has become part of it. */
  readonly joined: number | undefined;
  /** The subject that was forgotten to make room. */
  readonly forgotten: number | undefined;
}

/** All subjects as a checkpoint keeps them: by row the number, the texts that are counted, and when it was met last. */
export interface SubjectsState {
  readonly next: number;
  readonly met: number;
  readonly rows: readonly (readonly [number: number, texts: number, metAt: number])[];
  readonly sums: Uint8Array;
}

interface Row {
  readonly number: number;
  texts: number;
  metAt: number;
}

/** The subjects of one kind. */
export class Subjects {
  readonly #similar: SimilarEngine;
  readonly #result = makeSimilarResult(2);
  readonly #rows: Row[] = [];
  #sums = new Float32Array(EMBEDDING_DIMS * FIRST_CAPACITY);
  #met = 0;
  #next = 0;

  constructor(similar: SimilarEngine) {
    this.#similar = similar;
  }

  get size(): number {
    return this.#rows.length;
  }

  get numbers(): readonly number[] {
    return this.#rows.map(({ number }) => number);
  }

  /** The subject of a text; undefined when it is like none. */
  find(embedding: Float32Array): number | undefined {
    const row = this.#nearest(embedding);
    return row < 0 ? undefined : (this.#rows[row] as Row).number;
  }

  /** Takes a text in. */
  take(embedding: Float32Array): Taken {
    let row = this.#nearest(embedding);
    const forgotten = row < 0 ? this.#makeRoom() : undefined;
    if (row < 0) row = this.#begin();
    this.#add(row, embedding);
    const { number } = this.#rows[row] as Row;
    const other = this.#twin(row);
    if (other < 0) return { subject: number, joined: undefined, forgotten };
    const twin = (this.#rows[other] as Row).number;
    if (twin < number) this.#join(other, row);
    else this.#join(row, other);
    return { subject: Math.min(twin, number), joined: Math.max(twin, number), forgotten };
  }

  dump(): SubjectsState {
    const sums = this.#sums.slice(0, EMBEDDING_DIMS * this.size);
    return {
      next: this.#next,
      met: this.#met,
      rows: this.#rows.map(({ number, texts, metAt }) => [number, texts, metAt] as const),
      sums: new Uint8Array(sums.buffer),
    };
  }

  restore({ next, met, rows, sums }: SubjectsState): void {
    this.#next = next;
    this.#met = met;
    this.#rows.splice(0, this.size, ...rows.map(([number, texts, metAt]): Row => ({ number, texts, metAt })));
    const capacity = Math.max(FIRST_CAPACITY, this.size);
    this.#sums = new Float32Array(EMBEDDING_DIMS * capacity);
    this.#sums.set(new Float32Array(sums.slice().buffer));
  }

  #nearest(embedding: Float32Array): number {
    if (this.size === 0) return -1;
    this.#similar.similarTop(embedding, this.#matrix(), 1, this.#result);
    const { rows, scores, count } = this.#result;
    return count > 0 && scores[0]! >= NEAR ? rows[0]! : -1;
  }

  /** The row that a row has come too close to. */
  #twin(row: number): number {
    if (this.size < 2) return -1;
    this.#similar.similarTop(this.#sum(row), this.#matrix(), 2, this.#result);
    const { rows, scores } = this.#result;
    const place = rows[0] === row ? 1 : 0;
    return scores[place]! >= JOINED ? rows[place]! : -1;
  }

  #matrix(): SimilarMatrix {
    return { values: this.#sums, rows: this.size, isUnit: false };
  }

  #sum(row: number): Float32Array {
    return this.#sums.subarray(EMBEDDING_DIMS * row, EMBEDDING_DIMS * (row + 1));
  }

  #add(row: number, embedding: Float32Array): void {
    const entry = this.#rows[row] as Row;
    const sum = this.#sum(row);
    const kept = entry.texts < MEMORY ? 1 : 1 - 1 / MEMORY;
    for (let index = 0; index < EMBEDDING_DIMS; index++) sum[index] = kept * sum[index]! + embedding[index]!;
    entry.texts += 1;
    this.#met += 1;
    entry.metAt = this.#met;
  }

  #join(into: number, from: number): void {
    const older = this.#rows[into] as Row;
    const younger = this.#rows[from] as Row;
    const sum = this.#sum(into);
    const more = this.#sum(from);
    for (let index = 0; index < EMBEDDING_DIMS; index++) sum[index]! += more[index]!;
    older.texts += younger.texts;
    older.metAt = this.#met;
    this.#drop(from);
  }

  #makeRoom(): number | undefined {
    if (this.size < SUBJECTS_MAX) return undefined;
    let least = 0;
    for (let row = 1; row < this.size; row++) {
      if ((this.#rows[row] as Row).metAt < (this.#rows[least] as Row).metAt) least = row;
    }
    const { number } = this.#rows[least] as Row;
    this.#drop(least);
    return number;
  }

  #begin(): number {
    const row = this.size;
    if (this.#sums.length === EMBEDDING_DIMS * row) {
      const longer = new Float32Array(2 * this.#sums.length);
      longer.set(this.#sums);
      this.#sums = longer;
    }
    this.#rows.push({ number: this.#next, texts: 0, metAt: 0 });
    this.#next += 1;
    this.#sum(row).fill(0);
    return row;
  }

  #drop(row: number): void {
    this.#sums.copyWithin(EMBEDDING_DIMS * row, EMBEDDING_DIMS * (row + 1), EMBEDDING_DIMS * this.size);
    this.#rows.splice(row, 1);
  }
}
