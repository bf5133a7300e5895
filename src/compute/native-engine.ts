// The native engine: typed wrapper around the addon's `rank` (native/topk.cc). It checks every shape, and says in words
// what is wrong.

import type { Addon } from "../base/addon.js";
import { invariant } from "../base/invariant.js";
import {
  type AgentColumns,
  EMBEDDING_LENGTH,
  RANKED_MAX,
  type RankEngine,
  type RankQuery,
  type RankResult,
  REQUIRED_MAX,
  TERM_COUNT,
} from "./rank-query.js";

const NUMBERS = 9;
/** Rows that scratch has room for beyond those there are, values for each, and for the whole: see native/topk.h. */
const SCRATCH_MORE_ROWS = 64;
const SCRATCH_PER_ROW = 3;
const SCRATCH_MORE = 64;

/** Ranks in C++ with the widest instructions the processor has. Only scratch is allocated, and grows with the table. */
export class NativeEngine implements RankEngine {
  readonly kind = "native";
  readonly #addon: Addon;
  readonly #numbers = new Float64Array(NUMBERS);
  #scratch = new Float32Array(0);

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  rank(columns: AgentColumns, query: RankQuery, result: RankResult): void {
    checkShapes(columns, query, result);
    if (this.#scratch.length < scratchFor(query.rows)) {
      this.#scratch = new Float32Array(scratchFor(columns.load.length));
    }
    const numbers = this.#numbers;
    numbers[0] = query.rows;
    numbers[1] = query.care >>> 0;
    numbers[2] = query.want >>> 0;
    numbers[3] = query.k;
    numbers[4] = query.fitnessBase;
    numbers[5] = query.required;
    numbers[6] = query.costTop;
    result.count = this.#addon.rank(
      numbers,
      columns.eligible,
      columns.load,
      query.success,
      query.latencyMs,
      columns.idleSinceMs,
      query.proficiency,
      query.minima,
      query.shares,
      query.weights,
      query.semantic,
      query.cost,
      this.#scratch,
      result.rows,
      result.scores,
    );
    result.matched = numbers[7]!;
    result.medianLatencyMs = numbers[8]!;
  }

  compare(
    columns: Pick<AgentColumns, "eligible">,
    query: Pick<RankQuery, "rows" | "care" | "want">,
    embeddings: Float32Array,
    task: Float32Array,
    out: Float32Array,
  ): void {
    const { rows, care, want } = query;
    invariant(rows <= columns.eligible.length && rows <= out.length, "every row has its bits and its answer");
    invariant(embeddings.length >= rows * EMBEDDING_LENGTH, "every row has an embedding");
    invariant(task.length === EMBEDDING_LENGTH, "the task has an embedding of the same length");
    this.#addon.compareEmbeddings(rows, care >>> 0, want >>> 0, columns.eligible, embeddings, task, out);
  }
}

function scratchFor(rows: number): number {
  return SCRATCH_MORE + SCRATCH_PER_ROW * (rows + SCRATCH_MORE_ROWS);
}

function checkShapes(columns: AgentColumns, query: RankQuery, result: RankResult): void {
  const { rows, required, k } = query;
  invariant(required >= 0 && required <= REQUIRED_MAX, "a query has at most 32 required capabilities");
  invariant(k >= 1 && k <= RANKED_MAX, "a query wants 1 to 256 agents");
  invariant(result.rows.length >= k && result.scores.length >= k, "a result has room for k agents");
  const shortest = Math.min(
    columns.eligible.length,
    columns.load.length,
    query.success.length,
    query.latencyMs.length,
    query.semantic?.length ?? rows,
    query.cost?.length ?? rows,
    columns.idleSinceMs.length,
  );
  invariant(rows >= 0 && rows <= shortest, "every column has a value for every row");
  for (let index = 0; index < required; index++) {
    const column = query.proficiency[index];
    invariant(
      column instanceof Float32Array && column.length >= rows,
      "a proficiency column covers every row",
    );
  }
  invariant(
    query.minima.length >= required && query.shares.length >= required,
    "each capability has minimum and share",
  );
  invariant(query.weights.length === TERM_COUNT, "a query weighs six terms");
}
