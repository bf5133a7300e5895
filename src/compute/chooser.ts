// The choice of an agent for a task: the ranking by score, with what is believed of each agent at this kind of task as
// its success, and a bonus for those of whom it pays to learn more. The hub and the simulators of bench/routing both
// choose here.
//
//   1  every agent is ranked by score with success = mean + bonus (explore.ts): the best are looked at closely
//   2  their value is that score, or while the first by score with success = mean was never tried, that one
//   3  they are put in the order of their value
//
// Where there is an outlook on the task at hand, it is asked between 1 and 2, for those few: the success that counts is
// then mean + weight · (expected − mean), and only what is left of the belief is worth learning more about.
// Why fitness has no weight of its own here: a declared proficiency is where the belief in an agent's success starts
// (learning-prior.ts), so it counts fully for a newcomer and less with each outcome. Counted beside the belief, an
// agent that praises itself would keep its lead whatever it does.
// Why nobody else is tried before the one that looks best was: while nothing is known, what agents declare decides.
// Why columns per kind, refreshed when enough has happened: a belief fades while others work, too slowly to be worth a
// look at all agents for each task. A row whose agent has a new outcome is refreshed before the next choice.

import type { Random } from "../base/random.js";
import { type AgentTable, ELIGIBLE_ALL } from "./agent-table.js";
import { makeStand, type Stand } from "./belief.js";
import { horizonOf, indexBonus, sampleBeta } from "./explore.js";
import { betaOf, type Learner } from "./learner.js";
import { RANKED_MAX } from "./rank-query.js";
import { DEFAULT_TERM_WEIGHTS, type RankOptions, type Scorer, type TermWeights } from "./scorer.js";
import type { TaskNeeds } from "./task-needs.js";

/** `index` by what it is worth, `thompson` by chance in half the spread, `none` not at all. */
export type Exploration = "index" | "thompson" | "none";

/** The weights of the hub: success has that of fitness as well. */
export const LEARNED_TERM_WEIGHTS: Required<TermWeights> = Object.freeze({
  ...DEFAULT_TERM_WEIGHTS,
  fitness: 0,
  success: DEFAULT_TERM_WEIGHTS.fitness + DEFAULT_TERM_WEIGHTS.success,
});

/** Who stands in the rows of the table. */
export interface Crew {
  /** The number by which the learner knows the agent of a row. */
  agentAt(row: number): number;
  /** What it declares for the kind of task at hand; NaN when nothing. */
  declaredAt(row: number): number;
}

/** Knows more of the chances at one task than what is believed of the agents: the outcome predictor, in the hub. */
export interface Outlook {
  /** How much of what it expects is mixed into the belief, 0 … 1. */
  readonly weight: number;
  /** Writes the success that it expects of each candidate; `energy` is that of each row. */
  foresee(candidates: readonly Candidate[], energy: Float32Array, expected: Float32Array): void;
}

/** One of those in question for a task. */
export interface Candidate {
  row: number;
  /** The weighted sum of the terms, with success = mean; or with an outlook mixed into it. */
  score: number;
  /** What the choice went by: the score and the bonus. */
  value: number;
  /** In the order of `Terms`; NaN for one that does not count. */
  readonly terms: Float64Array;
  /** The success that is believed. */
  mean: number;
  /** The success that an outlook expects; NaN without one. */
  expected: number;
  /** How much of that is in the success of the terms, 0 … 1. */
  expectedWeight: number;
  alpha: number;
  beta: number;
  /** The success that the value stands for: mean and bonus, at most 1. */
  sample: number;
}

interface KindColumns {
  mean: Float32Array;
  spread: Float32Array;
  /** What knowing more of it is worth. */
  bonus: Float32Array;
  /** mean + bonus, at most 1 */
  hoped: Float32Array;
  /** 1 where there are outcomes. */
  tried: Uint8Array;
  /** Tasks that profit from what is learned now. */
  horizon: number;
  crewEpoch: number;
  executions: number;
  atMs: number;
}

/** Looked at closely. */
const CLOSELY = 16;
const THOMPSON_SPREAD = 0.5;
/** All rows are refreshed after this share of a half-life, and while a kind is young after this share of its age. */
const REFRESH_SHARE = 1 / 64;
const YOUNG_SHARE = 1 / 16;
/** Rows of a whole refresh that each decision may pay for. */
const ROWS_PER_DECISION = 256;
const DAY_MS = 86_400_000;
const KINDS_MAX = 1_000;
/** Of one kind. */
const CREWS_MAX = 16;

export class Chooser {
  readonly #table: AgentTable;
  readonly #scorer: Scorer;
  readonly #learner: Learner;
  readonly #exploration: Exploration;
  readonly #random: Random;
  readonly #weights: TermWeights;
  readonly #options: RankOptions;
  /** The needs at hand, with what is hoped of agents; one object for all calls. */
  readonly #asked = newAsked();
  /** By kind, and by who declares what for it: tasks of one kind may ask for different capabilities. */
  readonly #kinds = new Map<string, Map<Crew, KindColumns>>();
  readonly #candidates: Candidate[] = [];
  readonly #order: Candidate[] = [];
  readonly #expected = new Float32Array(RANKED_MAX);
  readonly #stand: Stand = makeStand();
  #crewEpoch = 0;

  constructor(
    table: AgentTable,
    scorer: Scorer,
    learner: Learner,
    random: Random,
    exploration: Exploration = "index",
    weights: TermWeights = LEARNED_TERM_WEIGHTS,
  ) {
    this.#table = table;
    this.#scorer = scorer;
    this.#learner = learner;
    this.#exploration = exploration;
    this.#random = random;
    this.#weights = weights;
    this.#options = { weights };
  }

  /** Agents came, went, or were brought back: every column is made anew at its next use. */
  crewChanged(): void {
    this.#crewEpoch += 1;
  }

  /** An agent has a new outcome of a kind. */
  learned(kind: string, row: number, crew: Crew, nowMs: number): void {
    for (const columns of this.#kinds.get(kind)?.values() ?? []) {
      if (row < columns.mean.length) this.#refreshRow(columns, kind, row, crew, nowMs);
    }
  }

  /**
   * The best for a task of `kind`, in the order of their value; empty when nobody may have it. The array and its
   * candidates are reused by the next call. `closely` is how many are wanted, 256 at most; it may be some more.
   */
  choose(
    kind: string,
    needs: TaskNeeds,
    crew: Crew,
    nowMs: number,
    closely = CLOSELY,
    outlook?: Outlook,
  ): readonly Candidate[] {
    const columns = this.#columnsOf(kind, crew, nowMs);
    const wanted = Math.min(RANKED_MAX, Math.max(CLOSELY, closely));
    while (this.#candidates.length < wanted) this.#candidates.push(newCandidate());
    const asked = this.#asked;
    asked.capabilities = needs.capabilities;
    asked.eligible = needs.eligible ?? ELIGIBLE_ALL;
    asked.embedding = needs.embedding;
    asked.likeness = needs.likeness;
    asked.outcomes.success = columns.hoped;
    const count = this.#scorer.rank(asked, wanted, this.#options);
    this.#order.length = 0;
    for (let place = 0; place < count; place++) {
      const candidate = this.#candidates[place] as Candidate;
      this.#weigh(candidate, place, columns);
      this.#order.push(candidate);
    }
    if (outlook !== undefined && count > 0) this.#temper(outlook);
    if (this.#exploration !== "none" && count > 1) this.#explore(columns, 1 - (outlook?.weight ?? 0));
    return this.#order.sort(byValue);
  }

  #weigh(candidate: Candidate, place: number, columns: KindColumns): void {
    const { fitness, success, headroom, speed, semantic = 0, cost = 0 } = this.#weights;
    const { terms } = candidate;
    const row = this.#scorer.rowAt(place);
    this.#scorer.termsAt(place, terms, 0);
    this.#stand.mean = columns.mean[row]!;
    this.#stand.spread = columns.spread[row]!;
    const { alpha, beta, mean } = betaOf(this.#stand);
    terms[1] = mean;
    candidate.row = row;
    const likeness = terms[4]!;
    const costShare = terms[5]!;
    let sum = fitness * terms[0]! + success * mean + headroom * terms[2]! + speed * terms[3]!;
    if (!Number.isNaN(likeness)) sum += semantic * likeness;
    if (!Number.isNaN(costShare)) sum -= cost * costShare;
    candidate.score = sum / this.#weightSum(terms);
    candidate.value = candidate.score;
    candidate.mean = mean;
    candidate.expected = Number.NaN;
    candidate.expectedWeight = 0;
    candidate.alpha = alpha;
    candidate.beta = beta;
    candidate.sample = mean;
  }

  /** Of the terms that add and count. */
  #weightSum(terms: Float64Array): number {
    const { fitness, success, headroom, speed, semantic = 0 } = this.#weights;
    const sum = fitness + success + headroom + speed;
    return Number.isNaN(terms[4]!) ? sum : sum + semantic;
  }

  /** The share of success in the scores at hand, in which the same terms count. */
  #successShare(): number {
    return this.#weights.success / this.#weightSum(this.#order[0]!.terms);
  }

  /** Mixes what an outlook expects into success and score. */
  #temper(outlook: Outlook): void {
    outlook.foresee(this.#order, this.#table.columns.energy, this.#expected);
    const share = this.#successShare();
    for (let place = 0; place < this.#order.length; place++) {
      const one = this.#order[place] as Candidate;
      one.expected = this.#expected[place]!;
      one.expectedWeight = outlook.weight;
      const success = one.mean + outlook.weight * (one.expected - one.mean);
      one.terms[1] = success;
      one.sample = success;
      one.score += share * (success - one.mean);
      one.value = one.score;
    }
  }

  /** `beliefShare` is what the belief has of the success in a score, beside an outlook. */
  #explore(columns: KindColumns, beliefShare: number): void {
    const share = this.#successShare() * beliefShare;
    if (share === 0) return;
    let best = this.#order[0] as Candidate;
    for (const one of this.#order) if (one.score > best.score) best = one;
    if (columns.tried[best.row] === 0) return;
    for (const one of this.#order) {
      const bonus = this.#bonus(one, columns);
      one.value += share * bonus;
      one.sample = Math.min(1, Math.max(0, one.terms[1]! + beliefShare * bonus));
    }
  }

  #bonus({ row, alpha, beta, mean }: Candidate, columns: KindColumns): number {
    if (this.#exploration === "index") return columns.bonus[row]!;
    return THOMPSON_SPREAD * (sampleBeta(this.#random, alpha, beta) - mean);
  }

  #columnsOf(kind: string, crew: Crew, nowMs: number): KindColumns {
    const known = this.#kinds.get(kind)?.get(crew);
    const rows = this.#table.columns.load.length;
    const executions = this.#learner.executions(kind);
    if (known !== undefined && known.mean.length === rows && !this.#isStale(known, executions, nowMs))
      return known;
    const columns = known !== undefined && known.mean.length === rows ? known : newColumns(rows);
    if (columns !== known) this.#keep(kind, crew, columns);
    columns.horizon = horizonOf(executions);
    for (let row = 0; row < this.#table.rowsUsed; row++) {
      if (this.#table.key(row) !== undefined) this.#refreshRow(columns, kind, row, crew, nowMs);
    }
    columns.crewEpoch = this.#crewEpoch;
    columns.executions = executions;
    columns.atMs = nowMs;
    return columns;
  }

  #keep(kind: string, crew: Crew, columns: KindColumns): void {
    const crews = this.#kinds.get(kind);
    if (crews === undefined || crews.size >= CREWS_MAX) {
      if (this.#kinds.size >= KINDS_MAX) this.#kinds.clear();
      this.#kinds.set(kind, new Map([[crew, columns]]));
    } else crews.set(crew, columns);
  }

  #isStale({ crewEpoch, executions, atMs }: KindColumns, now: number, nowMs: number): boolean {
    if (crewEpoch !== this.#crewEpoch) return true;
    const { halfLifeExecutions, halfLifeDays } = this.#learner.settings;
    const since = now - executions;
    if (since < 0 || nowMs - atMs > halfLifeDays * DAY_MS * REFRESH_SHARE) return true;
    const due = Math.min(halfLifeExecutions * REFRESH_SHARE, now * YOUNG_SHARE);
    return since > Math.max(due, this.#table.size / ROWS_PER_DECISION);
  }

  #refreshRow(columns: KindColumns, kind: string, row: number, crew: Crew, nowMs: number): void {
    const stand = this.#learner.stand(kind, crew.agentAt(row), crew.declaredAt(row), nowMs, this.#stand);
    columns.mean[row] = stand.mean;
    columns.spread[row] = stand.spread;
    columns.bonus[row] = this.#hope(stand, columns.horizon);
    columns.hoped[row] = Math.min(1, stand.mean + columns.bonus[row]!);
    columns.tried[row] = this.#learner.knows(kind, crew.agentAt(row)) ? 1 : 0;
  }

  /** How much better than believed an agent may be taken for. */
  #hope({ mean, spread, upside }: Stand, horizon: number): number {
    if (this.#exploration === "none") return 0;
    if (this.#exploration === "thompson") return spread;
    return indexBonus(mean, upside, horizon);
  }
}

function byValue(a: Candidate, b: Candidate): number {
  return b.value - a.value;
}

function newCandidate(): Candidate {
  return {
    row: 0,
    score: 0,
    value: 0,
    terms: new Float64Array(6),
    mean: 0,
    expected: 0,
    expectedWeight: 0,
    alpha: 1,
    beta: 1,
    sample: 0,
  };
}

function newAsked(): { -readonly [Key in keyof TaskNeeds]: TaskNeeds[Key] } & {
  readonly outcomes: { success: Float32Array };
} {
  const outcomes = { success: new Float32Array(0) };
  return { capabilities: [], eligible: ELIGIBLE_ALL, outcomes, embedding: undefined, likeness: undefined };
}

function newColumns(rows: number): KindColumns {
  return {
    mean: new Float32Array(rows),
    spread: new Float32Array(rows),
    bonus: new Float32Array(rows),
    hoped: new Float32Array(rows),
    tried: new Uint8Array(rows),
    horizon: 0,
    crewEpoch: -1,
    executions: 0,
    atMs: 0,
  };
}
