// The reference engine: plain TypeScript, no dependency, in use wherever the native addon is not.
// Why: every operation is rounded to 32 bits in the same order as in native/score.cc, so both engines give the same
// bits, and with them the same ranking down to the last tie.

import {
  type AgentColumns,
  EMBEDDING_LENGTH,
  fitnessOf,
  type RankEngine,
  type RankQuery,
  type RankResult,
  reachesMinima,
  speedOf,
  TERM,
} from "./rank-query.js";

const OUT = -1;
const LANES = 16;

/** Ranks without allocating, but for scratch memory that grows with the table. */
export class JsEngine implements RankEngine {
  readonly kind = "js";
  #fitness = new Float32Array(0);
  #latencies = new Float32Array(0);
  readonly #lanes = new Float32Array(LANES);

  rank(columns: AgentColumns, query: RankQuery, result: RankResult): void {
    if (this.#fitness.length < query.rows) {
      this.#fitness = new Float32Array(columns.load.length);
      this.#latencies = new Float32Array(columns.load.length);
    }
    result.count = 0;
    result.medianLatencyMs = 0;
    result.matched = fitRows(columns, query, this.#fitness);
    if (result.matched === 0) return;
    if (query.weights[TERM.speed]! > 0) {
      result.medianLatencyMs = medianLatency(query, this.#fitness, this.#latencies);
    }
    selectRows(columns, query, this.#fitness, result);
  }

  compare(
    { eligible }: Pick<AgentColumns, "eligible">,
    { rows, care, want }: Pick<RankQuery, "rows" | "care" | "want">,
    embeddings: Float32Array,
    task: Float32Array,
    out: Float32Array,
  ): void {
    for (let row = 0; row < rows; row++) {
      if ((eligible[row]! & care) !== want) continue;
      const cosine = dot(embeddings, row * EMBEDDING_LENGTH, task, this.#lanes);
      out[row] = Math.min(1, Math.max(0, Math.fround(0.5 + Math.fround(0.5 * cosine))));
    }
  }
}

/** Writes the fitness of each row, or OUT for an agent that may not have the task; answers how many may. */
function fitRows(columns: AgentColumns, query: RankQuery, fitness: Float32Array): number {
  const { eligible } = columns;
  const { rows, care, want } = query;
  let matched = 0;
  for (let row = 0; row < rows; row++) {
    const admitted = (eligible[row]! & care) === want && reachesMinima(query, row);
    fitness[row] = admitted ? fitnessOf(query, row) : OUT;
    if (admitted) matched++;
  }
  return matched;
}

function medianLatency({ latencyMs, rows }: RankQuery, fitness: Float32Array, scratch: Float32Array): number {
  let measured = 0;
  for (let row = 0; row < rows; row++) {
    if (fitness[row]! >= 0 && latencyMs[row]! > 0) scratch[measured++] = latencyMs[row]!;
  }
  return measured === 0 ? 0 : selectNth(scratch, measured, (measured - 1) >> 1);
}

/** The value that stands at `nth` when the first `count` values are sorted. Hoare's quickselect; reorders them. */
function selectNth(values: Float32Array, count: number, nth: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let left = low;
    let right = high;
    while (left <= right) {
      while (values[left]! < pivot) left++;
      while (values[right]! > pivot) right--;
      if (left > right) break;
      const swapped = values[left]!;
      values[left++] = values[right]!;
      values[right--] = swapped;
    }
    if (nth <= right) high = right;
    else if (nth >= left) low = left;
    else break;
  }
  return values[nth]!;
}

function selectRows(
  columns: AgentColumns,
  query: RankQuery,
  fitness: Float32Array,
  result: RankResult,
): void {
  const { load } = columns;
  const { rows, k, weights, success, latencyMs, semantic, cost, costTop } = query;
  const fitnessWeight = weights[TERM.fitness]!;
  const successWeight = weights[TERM.success]!;
  const headroomWeight = weights[TERM.headroom]!;
  const semanticWeight = weights[TERM.semantic]!;
  const costWeight = weights[TERM.cost]!;
  const speedWeight = weights[TERM.speed]!;
  const median = result.medianLatencyMs;
  for (let row = 0; row < rows; row++) {
    if (fitness[row]! < 0) continue;
    let score = Math.fround(fitnessWeight * fitness[row]!);
    score = Math.fround(score + Math.fround(successWeight * success[row]!));
    score = Math.fround(score + Math.fround(headroomWeight * Math.fround(1 - load[row]!)));
    if (semantic !== undefined) score = Math.fround(score + Math.fround(semanticWeight * semantic[row]!));
    if (cost !== undefined) {
      score = Math.fround(score - Math.fround(costWeight * Math.fround(cost[row]! / costTop)));
    }
    score = Math.fround(score + Math.fround(speedWeight * speedOf(latencyMs[row]!, median)));
    if (result.count < k || score >= result.scores[k - 1]!) offerRow(columns, k, score, row, result);
  }
}

/** Sixteen sums side by side, then halved: the order in which vector instructions add. */
function dot(matrix: Float32Array, from: number, vector: Float32Array, lanes: Float32Array): number {
  lanes.fill(0);
  for (let at = 0; at < EMBEDDING_LENGTH; at++) {
    const lane = at % LANES;
    lanes[lane] = lanes[lane]! + Math.fround(matrix[from + at]! * vector[at]!);
  }
  for (let half = LANES / 2; half >= 1; half /= 2) {
    for (let lane = 0; lane < half; lane++) lanes[lane] = lanes[lane]! + lanes[lane + half]!;
  }
  return lanes[0]!;
}

/** Puts `row` where it belongs in the ordered result, if it belongs there. */
function offerRow(columns: AgentColumns, k: number, score: number, row: number, result: RankResult): void {
  const { rows, scores } = result;
  let place = result.count;
  while (place > 0) {
    const above = scores[place - 1]!;
    if (score < above || (score === above && !winsTie(columns, row, rows[place - 1]!))) break;
    place--;
  }
  if (place >= k) return;
  const last = Math.min(result.count, k - 1);
  for (let index = last; index > place; index--) {
    rows[index] = rows[index - 1]!;
    scores[index] = scores[index - 1]!;
  }
  rows[place] = row;
  scores[place] = score;
  result.count = last + 1;
}

function winsTie({ load, idleSinceMs }: AgentColumns, row: number, other: number): boolean {
  if (load[row] !== load[other]) return load[row]! < load[other]!;
  if (idleSinceMs[row] !== idleSinceMs[other]) return idleSinceMs[row]! < idleSinceMs[other]!;
  return row < other;
}
