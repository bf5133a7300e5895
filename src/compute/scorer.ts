// Which agents suit a task, best first, and why; or why nobody does.
//
// An agent may have a task if it has all bits of eligibility, energy above 0.1, and each required capability at its
// minimum or above. Among those
//
//   score = w1·fitness + w2·success + w3·headroom + w4·speed + w5·semantic − w6·costShare      every term in 0..1
//
//   fitness    weighted mean proficiency over the required capabilities; 0.5 if none is required
//   success    mean of Beta(alpha, beta) of the agent's outcomes in this kind of task, or one sample of it
//   headroom   1 − load
//   speed      1 / (1 + latency / median latency of the agents that may have the task); 0.5 if never measured
//   semantic   cosine of task and agent embedding, mapped to 0..1; 0.5 for an agent without one
//   costShare  cost / the highest cost of an agent
//
// Ties go to the lower load, then the longer idle. A requirement with weight 0 only filters, which is how something
// other than skill, such as having an action for the task, can be asked for.
// The way through: agent-table.ts (columns), js-engine.ts or native-engine.ts (the loops), no-match.ts (why nobody).
// Many tasks at once: score-batch.ts (what a matrix is made of), score-matrix.ts (its engines), assign.ts (who gets
// which).
// Why: a term that a call has nothing for (no embedding of the task or of any agent, no agent that costs anything) is
// not a zero for everybody: the weights are divided by the sum of those that add, w1 … w5, of the terms in use. So
// scores lie in 0..1, and with costs not below −w6; the proportions stay.
// Why: the engine is chosen once and not per call; both give the same bits, so the choice is about speed only.

import type { Addon } from "../base/addon.js";
import { CodedError } from "../base/errors.js";
import { invariant } from "../base/invariant.js";
import { seededRandom } from "../base/random.js";
import {
  type AgentRow,
  type AgentTable,
  ELIGIBLE_ALL,
  ENERGY_MIN,
  HELD,
  TIRED,
  unitVector,
} from "./agent-table.js";
import type { Engines } from "./engines.js";
import { sampleBeta } from "./explore.js";
import { JsEngine } from "./js-engine.js";
import { NativeEngine } from "./native-engine.js";
import { explainNoMatch, type NoMatch } from "./no-match.js";
import {
  EMBEDDING_LENGTH,
  fitnessOf,
  makeRankQuery,
  makeRankResult,
  RANKED_MAX,
  type RankEngine,
  REQUIRED_MAX,
  reachesMinima,
  speedOf,
  TERM,
  TERM_COUNT,
} from "./rank-query.js";
import { matrixInput } from "./score-batch.js";
import type { ScoreMatrixEngine } from "./score-matrix.js";
import { JsScoreMatrixEngine } from "./score-matrix-js.js";
import { NativeScoreMatrixEngine } from "./score-matrix-native.js";
import { makeSharedFloats } from "./shared-floats.js";
import { minimumOf, type TaskNeeds } from "./task-needs.js";

type Values = readonly [number, number, number, number, number, number];

const NO_OPTIONS: RankOptions = Object.freeze({});

/** Weights of the terms in use, at least 0; only their proportions matter. */
export interface TermWeights {
  readonly fitness: number;
  readonly success: number;
  readonly headroom: number;
  readonly speed: number;
  /** Default 0. */
  readonly semantic?: number;
  /** Of what costs take away. Default 0. */
  readonly cost?: number;
}

/** The values of the terms, 0 … 1; `semantic` and `costShare` where they count. */
export interface Terms {
  readonly fitness: number;
  readonly success: number;
  readonly headroom: number;
  readonly speed: number;
  readonly semantic?: number;
  readonly costShare?: number;
}

/** How a call explores. */
export interface Exploration {
  /** Any integer; another one for each call. The same one draws the same samples for the same agents. */
  readonly seed: number;
  /** 1 = a sample of the posterior, 0 = its mean, between them a sample drawn that much towards the mean. Default 1. */
  readonly spread?: number;
}

export interface RankOptions {
  /** Default `DEFAULT_TERM_WEIGHTS`. */
  readonly weights?: TermWeights;
  /** Success is a sample and not the mean, so that agents of whom little is known get their chance. */
  readonly explore?: Exploration;
}

export const DEFAULT_TERM_WEIGHTS: Required<TermWeights> = Object.freeze({
  fitness: 0.4,
  success: 0.25,
  headroom: 0.15,
  speed: 0.1,
  semantic: 0.1,
  cost: 0,
});

export interface RankedAgent {
  readonly key: string;
  readonly row: AgentRow;
  /** 0 … 1; less by the weight of cost at most. */
  readonly score: number;
  /** The score is their sum, weighted, less that of cost. */
  readonly terms: Terms;
}

/** The score of every agent for every task. */
export interface ScoreMatrix {
  readonly tasks: number;
  /** As many as the table had rows in use; agent a stands in row a, and a row that nobody holds has no score. */
  readonly agents: number;
  /** tasks × agents, task after task; −Infinity where the agent may not have the task. */
  readonly scores: Float32Array;
}

/** The scorer of one table. Not reentrant, as nothing on one thread is. */
export class Scorer {
  readonly #table: AgentTable;
  readonly #engine: RankEngine;
  readonly #matrixEngine: ScoreMatrixEngine;
  readonly #query = makeRankQuery();
  readonly #result = makeRankResult();
  /** Whether the last needs could be asked at all. */
  #isPrepared = false;
  readonly #terms = new Float64Array(TERM_COUNT);
  readonly #taskEmbedding = new Float32Array(EMBEDDING_LENGTH);
  /** One value per row, grown with the table. */
  #sampled = new Float32Array(0);
  #semantic = new Float32Array(0);

  constructor(table: AgentTable, engines: Pick<Engines, "rank" | "scoreMatrix">) {
    this.#table = table;
    this.#engine = engines.rank;
    this.#matrixEngine = engines.scoreMatrix;
  }

  /** Which engine answers, for people to see. */
  get engine(): RankEngine["kind"] {
    return this.#engine.kind;
  }

  /** How many agents could have had the task of the last `topK`. */
  get matched(): number {
    return this.#result.matched;
  }

  /**
   * The best `k` agents (1 … 256) for a task, best first, with the terms of each; none when nobody may have it, and
   * then `explainNone` says why.
   * @throws CodedError TOO_MANY_CAPABILITIES above 32 requirements.
   */
  topK(needs: TaskNeeds, k: number, options?: RankOptions): RankedAgent[] {
    return Array.from({ length: this.rank(needs, k, options) }, (_, place) => this.#ranked(place));
  }

  /**
   * `topK` without making objects: answers how many agents there are. Until the next ranking `rowAt`, `scoreAt` and
   * `termsAt` read them by place, the best first. Nothing is allocated once the table has its size.
   */
  rank(needs: TaskNeeds, k: number, options: RankOptions = NO_OPTIONS): number {
    invariant(Number.isInteger(k) && k >= 1 && k <= RANKED_MAX, "topK is asked for 1 to 256 agents");
    this.#result.count = 0;
    this.#result.matched = 0;
    this.#isPrepared = this.#prepare(needs, k);
    if (!this.#isPrepared) return 0;
    this.#weigh(needs, options.weights ?? DEFAULT_TERM_WEIGHTS);
    if (options.explore !== undefined) this.#sample(needs, options.explore);
    this.#engine.rank(this.#table.columns, this.#query, this.#result);
    return this.#result.count;
  }

  /**
   * The scores that `topK` finds, of every agent for each of the tasks, within 1e-5. The table is read before this
   * returns; what is computed then goes on beside the calling thread where the engine can. Tasks that are alike are
   * quicker if they share one object of needs. Rejects with TOO_MANY_CAPABILITIES above 32 requirements of one task,
   * and where a device failed.
   */
  async scoreMatrix(tasks: readonly TaskNeeds[], options: RankOptions = NO_OPTIONS): Promise<ScoreMatrix> {
    const input = matrixInput(this.#table, tasks, (needs) => {
      this.rank(needs, 1, options);
      return this.#isPrepared ? { query: this.#query, result: this.#result } : undefined;
    });
    const scores = await this.#matrixEngine.scoreMatrix(input, makeSharedFloats(input.tasks * input.agents));
    return { tasks: input.tasks, agents: input.agents, scores };
  }

  rowAt(place: number): AgentRow {
    return this.#result.rows[place] as AgentRow;
  }

  scoreAt(place: number): number {
    return this.#result.scores[place]!;
  }

  /** Writes the terms to `out` from `at` on, in the order of `Terms`; NaN for one that does not count. */
  termsAt(place: number, out: Float64Array, at: number): void {
    const row = this.#result.rows[place]!;
    const { success, latencyMs, semantic, cost, costTop } = this.#query;
    out[at] = fitnessOf(this.#query, row);
    out[at + 1] = success[row]!;
    out[at + 2] = Math.fround(1 - this.#table.columns.load[row]!);
    out[at + 3] = speedOf(latencyMs[row]!, this.#result.medianLatencyMs);
    out[at + 4] = semantic === undefined ? Number.NaN : semantic[row]!;
    out[at + 5] = cost === undefined ? Number.NaN : Math.fround(cost[row]! / costTop);
  }

  /** Why nobody may have a task with these needs; undefined when somebody may. */
  explainNone(needs: TaskNeeds): NoMatch | undefined {
    return explainNoMatch(this.#table, needs, needs.eligible ?? ELIGIBLE_ALL, ENERGY_MIN);
  }

  /** Translates the needs into columns; false when a required capability is one that no agent has. */
  #prepare(needs: TaskNeeds, k: number): boolean {
    const { capabilities } = needs;
    if (capabilities.length > REQUIRED_MAX) throw tooMany(capabilities.length);
    const query = this.#query;
    query.k = k;
    query.rows = this.#table.rowsUsed;
    query.want = (needs.eligible ?? ELIGIBLE_ALL) | HELD;
    query.care = query.want | TIRED;
    const { success, latencyMs } = this.#table.columns.outcomes;
    query.success = needs.outcomes?.success ?? success;
    query.latencyMs = needs.outcomes?.latencyMs ?? latencyMs;
    query.required = capabilities.length;
    let weightSum = 0;
    for (const { weight = 1 } of capabilities) {
      invariant(weight >= 0 && Number.isFinite(weight), "the weight of a capability is at least 0");
      weightSum += weight;
    }
    query.fitnessBase = weightSum > 0 ? 0 : 0.5;
    for (let index = 0; index < capabilities.length; index++) {
      const requirement = capabilities[index]!;
      const column = this.#table.proficiency(requirement.capability);
      if (column === undefined) return false;
      query.proficiency[index] = column;
      query.minima[index] = minimumOf(requirement);
      query.shares[index] = weightSum > 0 ? (requirement.weight ?? 1) / weightSum : 0;
    }
    return true;
  }

  /** Decides which terms count and divides the weights of those that add by their sum. */
  #weigh(needs: TaskNeeds, weights: TermWeights): void {
    const { fitness, success, headroom, speed, cost = 0 } = weights;
    const query = this.#query;
    const wanted = weights.semantic ?? 0;
    query.semantic = wanted === 0 ? undefined : (needs.likeness ?? this.#compare(needs));
    const semantic = query.semantic === undefined ? 0 : wanted;
    const sum = fitness + success + headroom + speed + semantic;
    invariant(
      Math.min(fitness, success, headroom, speed, semantic, cost) >= 0 && sum > 0,
      "weights are at least 0, and one of a term that adds is above",
    );
    query.costTop = cost > 0 ? this.#table.costTop : 0;
    query.cost = query.costTop > 0 ? this.#table.columns.cost : undefined;
    query.weights[TERM.fitness] = fitness / sum;
    query.weights[TERM.success] = success / sum;
    query.weights[TERM.headroom] = headroom / sum;
    query.weights[TERM.semantic] = semantic / sum;
    query.weights[TERM.cost] = cost / sum;
    query.weights[TERM.speed] = speed / sum;
  }

  /** Compares the task's embedding with those of the agents; undefined when there is nothing to compare. */
  #compare({ embedding }: TaskNeeds): Float32Array | undefined {
    const query = this.#query;
    const { embeddings } = this.#table;
    if (embedding === undefined || embeddings === undefined) return undefined;
    unitVector(embedding, this.#taskEmbedding, 0);
    if (this.#taskEmbedding.every((value) => value === 0)) return undefined;
    if (this.#semantic.length < query.rows)
      this.#semantic = new Float32Array(this.#table.columns.load.length);
    this.#engine.compare(this.#table.columns, query, embeddings, this.#taskEmbedding, this.#semantic);
    return this.#semantic;
  }

  /** Draws the success of all who may have the task. */
  #sample({ outcomes = {} }: TaskNeeds, { seed, spread = 1 }: Exploration): void {
    const query = this.#query;
    const { eligible, outcomes: known } = this.#table.columns;
    const { alpha = known.alpha, beta = known.beta } = outcomes;
    const random = seededRandom(seed);
    if (this.#sampled.length < query.rows) this.#sampled = new Float32Array(eligible.length);
    for (let row = 0; row < query.rows; row++) {
      if ((eligible[row]! & query.care) !== query.want || !reachesMinima(query, row)) continue;
      const mean = alpha[row]! / (alpha[row]! + beta[row]!);
      const drawn = sampleBeta(random, alpha[row]!, beta[row]!);
      this.#sampled[row] = Math.min(1, Math.max(0, mean + spread * (drawn - mean)));
    }
    query.success = this.#sampled;
  }

  #ranked(place: number): RankedAgent {
    const row = this.#result.rows[place] as AgentRow;
    const key = this.#table.key(row);
    invariant(key !== undefined, "a ranked row is held by an agent");
    this.termsAt(place, this.#terms, 0);
    const [fitness, success, headroom, speed, semantic, costShare] = this
      .#terms as Iterable<number> as Values;
    const terms = {
      fitness,
      success,
      headroom,
      speed,
      ...(Number.isNaN(semantic) ? {} : { semantic }),
      ...(Number.isNaN(costShare) ? {} : { costShare }),
    };
    return { key, row, score: this.#result.scores[place]!, terms };
  }
}

function tooMany(given: number): CodedError {
  const message = `A task requires ${given} capabilities; at most ${REQUIRED_MAX} can be matched. Leave some out.`;
  return new CodedError("TOO_MANY_CAPABILITIES", message, { data: { given, max: REQUIRED_MAX } });
}

/** A scorer on the native engine where the addon is there, else on the TypeScript engine. */
export function createScorer(table: AgentTable, addon: Addon | undefined): Scorer {
  const scoreMatrix = addon === undefined ? new JsScoreMatrixEngine() : new NativeScoreMatrixEngine(addon);
  return new Scorer(table, {
    rank: addon === undefined ? new JsEngine() : new NativeEngine(addon),
    scoreMatrix,
  });
}
