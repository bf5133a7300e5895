// Which agents suit a task, best first, and why; or why nobody does.
//
// An agent may have a task if it has all bits of eligibility, energy above 0.1, and each required capability at its
// minimum or above. Among those
//
//   score = w1·fitness + w2·success + w3·headroom + w4·speed        every term in 0..1, higher is better
//
//   fitness   weighted mean proficiency over the required capabilities; 0.5 if none is required
//   success   what is believed of the agent at this kind of task (chooser.ts), else the mean of the table's outcomes
//   headroom  1 − load
//   speed     1 / (1 + latency / median latency of the agents that may have the task); 0.5 if never measured
//
// Ties go to the lower load, then the longer idle. A requirement with weight 0 only filters, which is how something
// other than skill, such as having an action for the task, can be asked for.
// The way through: agent-table.ts (columns), js-engine.ts or native-engine.ts (the loops), no-match.ts (why nobody).
// Why: semantic similarity and cost are terms to come. A term that does not exist yet is not a zero for everybody: the
// given weights are divided by the sum of those in use, so scores keep their range and the proportions stay.
// Why: the engine is chosen once and not per call; both give the same bits, so the choice is about speed only.

import type { Addon } from "../base/addon.js";
import { CodedError } from "../base/errors.js";
import { invariant } from "../base/invariant.js";
import { type AgentRow, type AgentTable, ELIGIBLE_ALL, HELD } from "./agent-table.js";
import { JsEngine } from "./js-engine.js";
import { NativeEngine } from "./native-engine.js";
import { explainNoMatch, type NoMatch } from "./no-match.js";
import {
  type AgentColumns,
  fitnessOf,
  makeRankQuery,
  makeRankResult,
  RANKED_MAX,
  type RankEngine,
  REQUIRED_MAX,
  speedOf,
} from "./rank-query.js";
import { minimumOf, type TaskNeeds } from "./task-needs.js";

/** Weights of the terms in use, at least 0; only their proportions matter. */
export interface TermWeights {
  readonly fitness: number;
  readonly success: number;
  readonly headroom: number;
  readonly speed: number;
}

export type Terms = Readonly<Record<keyof TermWeights, number>>;

export const DEFAULT_TERM_WEIGHTS: TermWeights = Object.freeze({
  fitness: 0.4,
  success: 0.25,
  headroom: 0.15,
  speed: 0.1,
});

/** An agent needs more energy than this to be given work. */
export const ENERGY_MIN = 0.1;

export interface RankedAgent {
  readonly key: string;
  readonly row: AgentRow;
  /** 0 … 1. */
  readonly score: number;
  /** The values of the terms; the score is their sum, weighted. */
  readonly terms: Terms;
}

/** The scorer of one table. Not reentrant, as nothing on one thread is. */
export class Scorer {
  readonly #table: AgentTable;
  readonly #engine: RankEngine;
  readonly #query = makeRankQuery();
  readonly #result = makeRankResult();
  /** The table's columns with the success column of the task at hand. */
  #columns: AgentColumns;
  #tableColumns: AgentColumns;

  constructor(table: AgentTable, engine: RankEngine) {
    this.#table = table;
    this.#engine = engine;
    this.#tableColumns = table.columns;
    this.#columns = this.#tableColumns;
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
  topK(needs: TaskNeeds, k: number, weights: TermWeights = DEFAULT_TERM_WEIGHTS): RankedAgent[] {
    return Array.from({ length: this.rank(needs, k, weights) }, (_, place) => this.#ranked(place));
  }

  /**
   * `topK` without making objects: answers how many agents there are. Until the next ranking `rowAt`, `scoreAt` and
   * `termsAt` read them by place, the best first. `success` is that term by row for this kind of task, instead of the
   * table's own column.
   */
  rank(
    needs: TaskNeeds,
    k: number,
    weights: TermWeights = DEFAULT_TERM_WEIGHTS,
    success?: Float32Array,
  ): number {
    invariant(Number.isInteger(k) && k >= 1 && k <= RANKED_MAX, "topK is asked for 1 to 256 agents");
    this.#result.count = 0;
    this.#result.matched = 0;
    if (!this.#prepare(needs, k)) return 0;
    this.#weigh(weights);
    this.#useSuccess(success);
    this.#engine.rank(this.#columns, this.#query, this.#result);
    return this.#result.count;
  }

  rowAt(place: number): AgentRow {
    return this.#result.rows[place] as AgentRow;
  }

  scoreAt(place: number): number {
    return this.#result.scores[place]!;
  }

  /** Writes fitness, success, headroom and speed to `out` from `at` on. */
  termsAt(place: number, out: Float64Array, at: number): void {
    const row = this.#result.rows[place]!;
    const { success, load, latencyMs } = this.#columns;
    out[at] = fitnessOf(this.#query, row);
    out[at + 1] = success[row]!;
    out[at + 2] = 1 - load[row]!;
    out[at + 3] = speedOf(latencyMs[row]!, this.#result.medianLatencyMs);
  }

  /** Why nobody may have a task with these needs; undefined when somebody may. */
  explainNone(needs: TaskNeeds): NoMatch | undefined {
    return explainNoMatch(this.#table, needs, needs.eligible ?? ELIGIBLE_ALL, ENERGY_MIN);
  }

  #useSuccess(success: Float32Array | undefined): void {
    const { columns } = this.#table;
    const wanted = success ?? columns.success;
    if (this.#tableColumns === columns && this.#columns.success === wanted) return;
    this.#tableColumns = columns;
    this.#columns = wanted === columns.success ? columns : { ...columns, success: wanted };
  }

  /** Translates the needs into columns; false when a required capability is one that no agent has. */
  #prepare(needs: TaskNeeds, k: number): boolean {
    const { capabilities } = needs;
    if (capabilities.length > REQUIRED_MAX) throw tooMany(capabilities.length);
    const query = this.#query;
    query.k = k;
    query.rows = this.#table.rowsUsed;
    query.mask = (needs.eligible ?? ELIGIBLE_ALL) | HELD;
    query.energyMin = Math.fround(ENERGY_MIN);
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

  #weigh({ fitness, success, headroom, speed }: TermWeights): void {
    const sum = fitness + success + headroom + speed;
    invariant(
      Math.min(fitness, success, headroom, speed) >= 0 && sum > 0,
      "weights are at least 0, and one is above",
    );
    const { weights } = this.#query;
    weights[0] = fitness / sum;
    weights[1] = success / sum;
    weights[2] = headroom / sum;
    weights[3] = speed / sum;
  }

  #ranked(place: number): RankedAgent {
    const row = this.#result.rows[place] as AgentRow;
    const { success, load, latencyMs } = this.#columns;
    const key = this.#table.key(row);
    invariant(key !== undefined, "a ranked row is held by an agent");
    const terms = {
      fitness: fitnessOf(this.#query, row),
      success: success[row]!,
      headroom: Math.fround(1 - load[row]!),
      speed: speedOf(latencyMs[row]!, this.#result.medianLatencyMs),
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
  return new Scorer(table, addon === undefined ? new JsEngine() : new NativeEngine(addon));
}
