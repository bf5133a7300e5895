// Who suits a task best: the roster's agents as rows of the scorer's table (src/compute), and the question put to it.
// Who *may* do a task is decided by hub/roster.ts, once per kind; it becomes a gate: a capability of the table that
// exactly the agents of a pool have and that filters without counting.
// Why a gate per pool and not per action: a pool is the answer to all of action, wanted agent and minima at once, so
// the scorer filters by one column whatever made the agents eligible.

import { invariant } from "../base/invariant.js";
import type { Clock } from "../base/ports.js";
import type { Random } from "../base/random.js";
import type { AgentRow as TableRow } from "../compute/agent-table.js";
import { AgentTable, ELIGIBLE, ELIGIBLE_ALL } from "../compute/agent-table.js";
import type { Candidate, Crew, Exploration, Outlook } from "../compute/chooser.js";
import { Chooser } from "../compute/chooser.js";
import type { Engines } from "../compute/engines.js";
import type { Learner } from "../compute/learner.js";
import { REQUIRED_MAX } from "../compute/rank-query.js";
import { Scorer } from "../compute/scorer.js";
import type { Requirement, TaskNeeds } from "../compute/task-needs.js";
import type { LessonTuple } from "../wire/entries.js";
import type { AgentRow } from "./agent-row.js";
import type { ByteSlab } from "./byte-slab.js";
import { declaredFor } from "./lessons.js";
import type { MatchedAgent } from "./matched.js";
import { FORESEEN_STRIDE, learnedTerms, MATCHED_MAX, packMatched, RANKING_STRIDE } from "./matched.js";
import type { Lane, Pool } from "./queue.js";
import type { TaskKind } from "./task-kind.js";
import { topicOf } from "./task-kind.js";

export interface RankedRow extends MatchedAgent {
  readonly row: AgentRow;
}

/** The agent chosen for a task, and what is kept of the ranking behind it. */
export interface Pick {
  readonly agent: AgentRow;
  readonly matched: Uint8Array;
}

/** What the tasks of a lane ask of an agent, prepared once for its pool. */
interface LaneNeeds {
  readonly pool: Pool;
  /** A free slot as well. */
  readonly free: TaskNeeds;
  readonly all: TaskNeeds;
}

/** How the matcher chooses among those who suit a task. */
export interface Choosing {
  readonly clock: Clock;
  readonly random: Random;
  readonly exploration: Exploration;
  /** What is foreseen for one task beside what is believed of the agents. */
  readonly forecast?: { outlookOn(task: TaskAtHand): Outlook | undefined } | undefined;
}

/** What counts of a task beside its kind. */
export interface TaskAtHand {
  /** 0 low … 3 critical. */
  readonly priority: number;
  /** Attempts so far. */
  readonly attempt: number;
}

const AVAILABLE = ELIGIBLE_ALL & ~ELIGIBLE.idle;
/** Prefix that no capability of an agent can have. */
const GATE = "\u0000pool ";

export class Matcher {
  readonly #table = new AgentTable();
  readonly #scorer: Scorer;
  readonly #chooser: Chooser;
  readonly #clock: Clock;
  readonly #forecast: Choosing["forecast"];
  /** By row of the table. */
  readonly #agents: (AgentRow | undefined)[] = [];
  readonly #byNumber = new Map<number, AgentRow>();
  readonly #rowOf = new Map<number, TableRow>();
  /** The ranking at hand, as `packMatched` takes it. */
  readonly #ranking = new Float64Array(MATCHED_MAX * FORESEEN_STRIDE);
  /** Gates by agent number. */
  readonly #gatesOf = new Map<number, string[]>();
  readonly #gateOf = new Map<Pool, string>();
  readonly #needsOf = new WeakMap<Lane, LaneNeeds>();
  readonly #crewOf = new WeakMap<TaskKind, Crew>();
  #gatesMade = 0;

  constructor(engines: { readonly rank: Engines["rank"] }, learner: Learner, choosing: Choosing) {
    const { clock, random, exploration, forecast } = choosing;
    this.#scorer = new Scorer(this.#table, engines.rank);
    this.#chooser = new Chooser(this.#table, this.#scorer, learner, random, exploration);
    this.#clock = clock;
    this.#forecast = forecast;
  }

  /** Which engine ranks, for people to see. */
  get engine(): "native" | "js" {
    return this.#scorer.engine;
  }

  add(agent: AgentRow): void {
    this.#store(agent);
    this.refresh(agent);
    this.#chooser.crewChanged();
  }

  remove(agent: AgentRow): void {
    const row = this.#rowOf.get(agent.number);
    if (row === undefined) return;
    this.#table.remove(String(agent.number));
    this.#agents[row] = undefined;
    this.#byNumber.delete(agent.number);
    this.#rowOf.delete(agent.number);
    this.#gatesOf.delete(agent.number);
  }

  /** To be called after a change of an agent's leases, condition, energy or latency. */
  refresh(agent: AgentRow): void {
    const row = this.#rowOf.get(agent.number);
    if (row === undefined) return;
    const isFree = agent.freeSlots > 0;
    const available = agent.isAvailable ? AVAILABLE : 0;
    this.#table.setEligible(row, isFree ? available | ELIGIBLE.idle : available);
    this.#table.setLoad(row, Math.min(1, agent.load));
    this.#table.setEnergy(row, agent.energy);
    this.#table.setLatency(row, agent.latencyMs);
    if (agent.leases.size === 0) this.#table.setIdleSince(row, agent.lastActiveMs);
  }

  /** To be called after an outcome of an agent: what is believed of it and what it can do is seen anew. */
  learned(agent: AgentRow, [topic, , capabilities]: LessonTuple): void {
    const row = this.#rowOf.get(agent.number);
    if (row === undefined) return;
    // What it declared is part of the belief by now.
    const crew = { agentAt: () => agent.number, declaredAt: () => Number.NaN };
    this.#chooser.learned(topic, row, crew, this.#clock.wallMs());
    for (const name of capabilities) {
      const held = agent.capability(name);
      if (held !== undefined) this.#table.setProficiency(row, name, held.proficiency);
    }
  }

  /**
   * The best agent with a free slot for the tasks of a lane, or undefined when all are busy or there is nobody. Another
   * one is preferred to `avoid`, the agent that failed last.
   */
  pickFree(lane: Lane, avoid: number | undefined, slab: ByteSlab, task?: TaskAtHand): Pick | undefined {
    if (lane.pool.agents.length === 0) return undefined;
    const outlook = this.#outlookOn(task);
    const candidates = this.#choose(lane, this.#needs(lane).free, outlook);
    const count = Math.min(candidates.length, MATCHED_MAX);
    if (count === 0) return undefined;
    const ranking = this.#ranking;
    const stride = outlook === undefined ? RANKING_STRIDE : FORESEEN_STRIDE;
    for (let place = 0; place < count; place += 1)
      this.#note(place * stride, candidates[place] as Candidate, outlook);
    if (count > 1 && ranking[0] === avoid) this.#swapFirstTwo(stride);
    const agent = this.#byNumber.get(ranking[0] as number);
    invariant(agent !== undefined, "every row of the table is an agent of the roster");
    return { agent, matched: packMatched(ranking, count, slab, stride) };
  }

  /** The best agents for the tasks of a lane, busy or not. */
  rankAll(lane: Lane, task?: TaskAtHand): readonly RankedRow[] {
    if (lane.pool.agents.length === 0) return [];
    const outlook = this.#outlookOn(task);
    const best = this.#choose(lane, this.#needs(lane).all, outlook).slice(0, MATCHED_MAX);
    return best.map(({ row, score, terms, mean, expected, alpha, beta, sample }) => {
      const agent = this.#agents[row];
      invariant(agent !== undefined, "every row of the table is an agent of the roster");
      const [fitness = 0, success = 0, headroom = 0, speed = 0] = terms;
      return {
        agent: agent.number,
        row: agent,
        score,
        terms: { fitness, success, headroom, speed },
        learned: learnedTerms(mean, alpha + beta, sample),
        predicted: outlook === undefined ? undefined : { success: expected, weight: outlook.weight },
      };
    });
  }

  /** Forgets the gates of pools: the roster changed and lanes get new ones. */
  forgetPools(): void {
    this.#gateOf.clear();
    for (const [number, gates] of this.#gatesOf) {
      if (gates.length === 0) continue;
      this.#gatesOf.set(number, []);
      const row = this.#rowOf.get(number);
      const agent = row === undefined ? undefined : this.#agents[row];
      if (agent !== undefined) this.#store(agent);
    }
  }

  #outlookOn(task: TaskAtHand | undefined): Outlook | undefined {
    return task === undefined ? undefined : this.#forecast?.outlookOn(task);
  }

  #choose({ kind }: Lane, needs: TaskNeeds, outlook: Outlook | undefined): readonly Candidate[] {
    return this.#chooser.choose(topicOf(kind), needs, this.#crew(kind), this.#clock.wallMs(), outlook);
  }

  #crew(kind: TaskKind): Crew {
    const known = this.#crewOf.get(kind);
    if (known !== undefined) return known;
    const crew: Crew = {
      agentAt: (row) => this.#agents[row]?.number ?? 0,
      declaredAt: (row) => {
        const agent = this.#agents[row];
        return agent === undefined ? Number.NaN : declaredFor(agent, kind);
      },
    };
    this.#crewOf.set(kind, crew);
    return crew;
  }

  /** Copies a candidate to its place in the ranking. */
  #note(at: number, candidate: Candidate, outlook: Outlook | undefined): void {
    const { row, score, terms, alpha, beta, sample } = candidate;
    this.#ranking[at] = this.#agents[row]?.number ?? 0;
    this.#ranking[at + 1] = score;
    this.#ranking.set(terms, at + 2);
    this.#ranking[at + 6] = 1 / (1 + alpha + beta);
    this.#ranking[at + 7] = sample;
    if (outlook === undefined) return;
    this.#ranking[at + 8] = candidate.expected;
    this.#ranking[at + 9] = outlook.weight;
    this.#ranking[at + 10] = candidate.mean;
  }

  #swapFirstTwo(stride: number): void {
    for (let at = 0; at < stride; at += 1) {
      const first = this.#ranking[at] as number;
      this.#ranking[at] = this.#ranking[at + stride] as number;
      this.#ranking[at + stride] = first;
    }
  }

  #needs(lane: Lane): LaneNeeds {
    const known = this.#needsOf.get(lane);
    if (known !== undefined && known.pool === lane.pool) return known;
    const gate: Requirement = { capability: this.#gate(lane.pool), min: 0, weight: 0 };
    // The gate implies every minimum: it is asked for none again, by an estimate that may have fallen since. With the
    // most capabilities allowed the last one only loses its say in fitness.
    const skills = lane.kind.capabilities
      .slice(0, REQUIRED_MAX - 1)
      .map((one): Requirement => ({ capability: one.name, min: 0, weight: one.weight }));
    const capabilities = [...skills, gate];
    const made: LaneNeeds = {
      pool: lane.pool,
      free: { capabilities, eligible: ELIGIBLE_ALL },
      all: { capabilities, eligible: AVAILABLE },
    };
    this.#needsOf.set(lane, made);
    return made;
  }

  #gate(pool: Pool): string {
    const known = this.#gateOf.get(pool);
    if (known !== undefined) return known;
    this.#gatesMade += 1;
    const gate = GATE + this.#gatesMade;
    this.#gateOf.set(pool, gate);
    for (const number of pool.agents) {
      const row = this.#rowOf.get(number);
      const agent = row === undefined ? undefined : this.#agents[row];
      if (agent === undefined) continue;
      const gates = this.#gatesOf.get(number);
      if (gates === undefined) this.#gatesOf.set(number, [gate]);
      else gates.push(gate);
      this.#store(agent);
    }
    return gate;
  }

  #store(agent: AgentRow): void {
    const gates = this.#gatesOf.get(agent.number) ?? [];
    const capabilities = [...agent.capabilities, ...gates.map((name) => ({ name, proficiency: 1 }))];
    const row = this.#table.upsert(String(agent.number), { capabilities });
    this.#rowOf.set(agent.number, row);
    this.#agents[row] = agent;
    this.#byNumber.set(agent.number, agent);
  }
}
