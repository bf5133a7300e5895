// Those who find the rows most like a query, and those who only do a part of it, all on one thread and the same matrix.

import { createRequire } from "node:module";
import { loadAddon } from "../../src/base/addon.js";
import { EMBEDDING_DIMS } from "../../src/compute/embed.js";
import type { SimilarMatrix } from "../../src/compute/similar.js";
import { createSimilarEngine } from "../../src/compute/similar-engine.js";
import { SimilarIndex } from "../../src/compute/similar-index.js";
import type { Measured, Session } from "../question.js";
import { drawFrom } from "../savina/random.js";
import { openBlas } from "./peers/blas.js";

const SEED = 2_026;
const STEPS = 2_001;
const K = 10;

export interface SimilarWork {
  readonly rows: number;
  readonly queries: number;
}

/** Answers one query: the row that is most like it. */
type Answer = (query: Float32Array) => number;

/** An index by key, as a user has it. */
export async function openEngine(work: SimilarWork, kind: "native" | "js"): Promise<Session> {
  const { addon, reason } = loadAddon();
  if (kind === "native" && addon === undefined) throw new Error(reason);
  const matrix = makeMatrix(work.rows);
  const index = new SimilarIndex(createSimilarEngine(kind === "native" ? addon : undefined));
  for (let row = 0; row < work.rows; row++) index.upsert(String(row), rowOf(matrix, row));
  return sessionOf(work, matrix, (query) => Number(index.top(query, K)[0]?.key));
}

/** `dot` row by row, the best ten kept in order. The views of the rows are made beforehand. */
export async function openSimsimd(work: SimilarWork): Promise<Session> {
  const { dot } = createRequire(import.meta.url)("simsimd") as {
    dot(left: Float32Array, right: Float32Array): number;
  };
  const matrix = makeMatrix(work.rows);
  const views = Array.from({ length: work.rows }, (_, row) => rowOf(matrix, row));
  const rows = new Uint32Array(K);
  const scores = new Float64Array(K);
  return sessionOf(work, matrix, (query) => {
    scores.fill(Number.NEGATIVE_INFINITY);
    for (let row = 0; row < views.length; row++) {
      const score = dot(query, views[row]!);
      if (score <= scores[K - 1]!) continue;
      let place = K - 1;
      for (; place > 0 && scores[place - 1]! < score; place--) {
        scores[place] = scores[place - 1]!;
        rows[place] = rows[place - 1]!;
      }
      scores[place] = score;
      rows[place] = row;
    }
    return rows[0]!;
  });
}

/** Scores by sgemv and no more: the best of them is looked for after the last query. */
export async function openSgemv(work: SimilarWork): Promise<Session> {
  const blas = await openBlas();
  const matrix = makeMatrix(work.rows);
  const scores = new Float32Array(work.rows);
  const run = async (): Promise<Measured> => {
    const queries = queriesOf(work, matrix);
    const startedMs = performance.now();
    for (const { query } of queries) blas.multiply(matrix.values, query, scores);
    const value = rateOf(work, performance.now() - startedMs);
    return { value, verified: bestOf(scores) === queries.at(-1)?.row };
  };
  return { run, close: async () => undefined };
}

/** Sums all words up, which is as fast as one thread can read them. */
export async function openReading(work: SimilarWork): Promise<Session> {
  const blas = await openBlas();
  const { values } = makeMatrix(work.rows);
  const words = new Uint32Array(values.buffer);
  let expected = 0;
  for (const word of words) expected = (expected + word) >>> 0;
  const run = async (): Promise<Measured> => {
    let right = 0;
    const startedMs = performance.now();
    for (let query = 0; query < work.queries; query++) if (blas.read(words) === expected) right++;
    return { value: rateOf(work, performance.now() - startedMs), verified: right === work.queries };
  };
  return { run, close: async () => undefined };
}

/** Both in turn, of which the slower one counts. */
export function slowerOf(left: Session, right: Session): Session {
  const run = async (): Promise<Measured> => {
    const both = [await left.run(), await right.run()];
    const value = Math.min(...both.map((one) => one.value));
    return { value, verified: both.every(({ verified }) => verified) };
  };
  return { run, close: async () => void (await Promise.all([left.close(), right.close()])) };
}

function sessionOf(work: SimilarWork, matrix: SimilarMatrix, answer: Answer): Session {
  const run = async (): Promise<Measured> => {
    const queries = queriesOf(work, matrix);
    let right = 0;
    const startedMs = performance.now();
    for (const { query, row } of queries) if (answer(query) === row) right++;
    return { value: rateOf(work, performance.now() - startedMs), verified: right === work.queries };
  };
  return { run, close: async () => undefined };
}

function bestOf(scores: Float32Array): number {
  let best = 0;
  for (let row = 1; row < scores.length; row++) if (scores[row]! > scores[best]!) best = row;
  return best;
}

/** Each query is a row, so the answer is known. */
function queriesOf({ rows, queries }: SimilarWork, matrix: SimilarMatrix) {
  return Array.from({ length: queries }, (_, index) => {
    const row = Math.floor(((index + 0.5) / queries) * rows);
    return { row, query: rowOf(matrix, row).slice() };
  });
}

/** GB of the matrix per second. */
function rateOf({ rows, queries }: SimilarWork, tookMs: number): number {
  return (4 * EMBEDDING_DIMS * rows * queries) / tookMs / 1e6;
}

function rowOf({ values }: SimilarMatrix, row: number): Float32Array {
  return values.subarray(EMBEDDING_DIMS * row, EMBEDDING_DIMS * (row + 1));
}

function makeMatrix(rows: number): SimilarMatrix {
  const values = new Float32Array(EMBEDDING_DIMS * rows);
  const draw = drawFrom(SEED);
  for (let row = 0; row < rows; row++) {
    const first = EMBEDDING_DIMS * row;
    let squares = 0;
    for (let at = first; at < first + EMBEDDING_DIMS; at++) {
      values[at] = draw(STEPS) - (STEPS - 1) / 2;
      squares += values[at]! ** 2;
    }
    for (let at = first; at < first + EMBEDDING_DIMS; at++) values[at] = values[at]! / Math.sqrt(squares);
  }
  return { values, rows, isUnit: true };
}
