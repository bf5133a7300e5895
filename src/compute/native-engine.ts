// The native engine: typed wrapper around the addon's `rank` (native/topk.cc). It checks every shape, and says in words
// what is wrong.

import type { Addon } from "../base/addon.js";
import { invariant } from "../base/invariant.js";
import {
  type AgentColumns,
  RANKED_MAX,
  type RankEngine,
  type RankQuery,
  type RankResult,
  REQUIRED_MAX,
} from "./rank-query.js";

const NUMBERS = 8;

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
    if (this.#scratch.length < 2 * query.rows) this.#scratch = new Float32Array(2 * columns.load.length);
    const numbers = this.#numbers;
    numbers[0] = query.rows;
    numbers[1] = query.mask >>> 0;
    numbers[2] = query.k;
    numbers[3] = query.energyMin;
    numbers[4] = query.fitnessBase;
    numbers[5] = query.required;
    result.count = this.#addon.rank(
      numbers,
      columns.eligible,
      columns.load,
      columns.energy,
      columns.success,
      columns.latencyMs,
      columns.idleSinceMs,
      query.proficiency,
      query.minima,
      query.shares,
      query.weights,
      this.#scratch,
      result.rows,
      result.scores,
    );
    result.matched = numbers[6]!;
    result.medianLatencyMs = numbers[7]!;
  }
}

function checkShapes(columns: AgentColumns, query: RankQuery, result: RankResult): void {
  const { rows, required, k } = query;
  invariant(required >= 0 && required <= REQUIRED_MAX, "a query has at most 32 required capabilities");
  invariant(k >= 1 && k <= RANKED_MAX, "a query wants 1 to 256 agents");
  invariant(result.rows.length >= k && result.scores.length >= k, "a result has room for k agents");
  const shortest = Math.min(
    columns.eligible.length,
    columns.load.length,
    columns.energy.length,
    columns.success.length,
    columns.latencyMs.length,
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
  invariant(query.weights.length === 4, "a query weighs four terms");
}
