// What a ranking engine is given and gives back: plain typed arrays, reused from call to call. The meaning of the terms
// stands in scorer.ts. js-engine.ts is the reference; native-engine.ts computes the same bits in C++.

/** What outcomes say of each agent: for all kinds of task, or for one. */
export interface OutcomeColumns {
  readonly alpha: Float32Array;
  readonly beta: Float32Array;
  /** alpha / (alpha + beta). */
  readonly success: Float32Array;
  /** 0 = not measured. */
  readonly latencyMs: Float32Array;
}

/** The columns of a table of agents, one value per row. Replaced as a whole when the table grows. */
export interface AgentColumns {
  /** Bits of `ELIGIBLE`; 0 for a row that nobody holds. */
  readonly eligible: Uint32Array;
  /** 0 idle … 1 full. */
  readonly load: Float32Array;
  /** 0 … 1. */
  readonly energy: Float32Array;
  /** What is known of the agent over all kinds of task. */
  readonly outcomes: OutcomeColumns;
  /** Mean of Beta(alpha, beta) over all kinds, 0 … 1. */
  readonly success: Float32Array;
  /** Over all kinds; 0 = not measured. */
  readonly latencyMs: Float32Array;
  /** At least 0, in any unit. */
  readonly cost: Float32Array;
  /** When the agent last became idle; a smaller value is a longer idle. */
  readonly idleSinceMs: Float64Array;
}

/** The most capabilities one task may require. The addon has room for as many. */
export const REQUIRED_MAX = 32;
/** The most agents one ranking returns: bounds the insertion into the ordered result. */
export const RANKED_MAX = 256;

/** How many values an embedding has. */
export const EMBEDDING_LENGTH = 256;
/** The terms of a score, in the order in which they are added; speed is the last, since it waits for the median. */
export const TERM = { fitness: 0, success: 1, headroom: 2, semantic: 3, cost: 4, speed: 5 } as const;
export const TERM_COUNT = 6;
const NONE = new Float32Array(0);

/** One task, translated into columns and 32-bit floats. */
export interface RankQuery {
  /** Rows 0 to this, exclusive, are looked at. */
  rows: number;
  /** The bits of `eligible` that count. */
  care: number;
  /** What they have to be. */
  want: number;
  /** How many agents are wanted, 1 … RANKED_MAX. */
  k: number;
  /** Fitness before the first capability is added: 0.5 when none counts, else 0. */
  fitnessBase: number;
  /** How many of the entries below are used. */
  required: number;
  /** The proficiency column of each required capability. */
  readonly proficiency: Float32Array[];
  /** The least proficiency for each; above 0, since 0 means that an agent lacks it. */
  readonly minima: Float32Array;
  /** The share of each in the weighted mean; they add up to 1. */
  readonly shares: Float32Array;
  /** Of the terms fitness, success, headroom, semantic, cost, speed; all but that of cost add up to 1. */
  readonly weights: Float32Array;
  /** What is expected of each agent, 0 … 1: the mean of its outcomes, or a sample of them. */
  success: Float32Array;
  latencyMs: Float32Array;
  /** Undefined where the term does not count. */
  semantic: Float32Array | undefined;
  cost: Float32Array | undefined;
  /** The cost that is a share of 1; above 0. */
  costTop: number;
}

/** The best rows in order; room for RANKED_MAX. */
export interface RankResult {
  readonly rows: Uint32Array;
  readonly scores: Float32Array;
  count: number;
  /** How many agents may have the task at all. */
  matched: number;
  /** The lower median of the measured latencies among them; 0 when there is none or speed has no weight. */
  medianLatencyMs: number;
}

export interface RankEngine {
  readonly kind: "native" | "js";
  /**
   * Writes the cosine of `task` and each row of `embeddings`, mapped to 0 … 1, for rows whose bits are as the query
   * wants them; all are unit vectors of EMBEDDING_LENGTH values, or zero, which is 0.5.
   */
  compare(
    columns: Pick<AgentColumns, "eligible">,
    query: Pick<RankQuery, "rows" | "care" | "want">,
    embeddings: Float32Array,
    task: Float32Array,
    out: Float32Array,
  ): void;
  /** Fills `result`. Best score first; ties to the lower load, then the longer idle, then the lower row. */
  rank(columns: AgentColumns, query: RankQuery, result: RankResult): void;
}

export function makeRankQuery(): RankQuery {
  return {
    rows: 0,
    care: 0,
    want: 0,
    k: 1,
    fitnessBase: 0,
    required: 0,
    proficiency: [],
    minima: new Float32Array(REQUIRED_MAX),
    shares: new Float32Array(REQUIRED_MAX),
    weights: new Float32Array(TERM_COUNT),
    success: NONE,
    latencyMs: NONE,
    semantic: undefined,
    cost: undefined,
    costTop: 1,
  };
}

export function makeRankResult(): RankResult {
  return {
    rows: new Uint32Array(RANKED_MAX),
    scores: new Float32Array(RANKED_MAX),
    count: 0,
    matched: 0,
    medianLatencyMs: 0,
  };
}

/** Fitness of one row: the weighted mean proficiency in 32-bit arithmetic, in the order of the requirements. */
export function fitnessOf(query: RankQuery, row: number): number {
  let fitness = query.fitnessBase;
  for (let index = 0; index < query.required; index++) {
    const product = Math.fround(query.shares[index]! * query.proficiency[index]![row]!);
    fitness = Math.fround(fitness + product);
  }
  return fitness;
}

/** Whether the agent has all required capabilities at their minima. */
export function reachesMinima(query: RankQuery, row: number): boolean {
  for (let index = 0; index < query.required; index++) {
    if (query.proficiency[index]![row]! < query.minima[index]!) return false;
  }
  return true;
}

/** 1 / (1 + latency / median), 0.5 at the median and for an agent that was never measured. */
export function speedOf(latencyMs: number, medianLatencyMs: number): number {
  if (latencyMs === 0) return 0.5;
  const divisor = medianLatencyMs > 0 ? medianLatencyMs : 1;
  return Math.fround(1 / Math.fround(1 + Math.fround(latencyMs / divisor)));
}
