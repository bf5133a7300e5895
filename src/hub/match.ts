// Who suits a task best: the roster's agents as rows of the scorer's table (src/compute), and the question put to it.
// Who *may* do a task is decided by hub/roster.ts, once per kind; it becomes a gate: a capability of the table that
// exactly the agents of a pool have and that filters without counting.
// Why a gate per pool and not per action: a pool is the answer to all of action, wanted agent and minima at once, so
// the scorer filters by one column whatever made the agents eligible.
// The words of a task are looked at only where the agents of its pool describe themselves in different words.

import { invariant } from "../base/invariant.js";
import type { Clock } from "../base/ports.js";
import type { Random } from "../base/random.js";
import type { AgentRow as TableRow } from "../compute/agent-table.js";
import { AgentTable, ELIGIBLE, ELIGIBLE_ALL } from "../compute/agent-table.js";
import type { Assigner } from "../compute/assign.js";
import type { Candidate, Crew, Exploration, Outlook } from "../compute/chooser.js";
import { Chooser } from "../compute/chooser.js";
import type { Engines } from "../compute/engines.js";
import type { Learner } from "../compute/learner.js";
import { Likeness, type Voices } from "../compute/likeness.js";
import { REQUIRED_MAX } from "../compute/rank-query.js";
import type { TermWeights } from "../compute/scorer.js";
import { Scorer } from "../compute/scorer.js";
import type { Requirement, TaskNeeds } from "../compute/task-needs.js";
import type { LessonTuple } from "../wire/entries.js";
import type { AgentRow } from "./agent-row.js";
import type { ByteSlab } from "./byte-slab.js";
import { declaredFor } from "./lessons.js";
import type { MatchedAgent } from "./matched.js";
import {
  MATCHED_MAX,
  matchedOf,
  moveToTop,
  noteRanked,
  packMatched,
  RANKED,
  RANKING_STRIDE,
} from "./matched.js";
import type { Lane, Pool, WaitingRoom } from "./queue.js";
import type { TaskKind } from "./task-kind.js";
import { topicOf } from "./task-kind.js";
import type { TaskRecord } from "./task-record.js";
import { unpackSpec } from "./task-record.js";
import { checkWeights } from "./term-weights.js";
import type { Places, TaskInLine } from "./together.js";
import { assignTogether } from "./together.js";
import { wordsOfTask } from "./words.js";

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
  /** Undefined where words cannot tell the agents apart. */
  readonly voices: Voices | undefined;
}

/** How the matcher chooses among those who suit a task. */
export interface Choosing {
  readonly clock: Clock;
  readonly random: Random;
  readonly exploration: Exploration;
  readonly weights: Required<TermWeights>;
  readonly forecast?: Forecast | undefined;
}

/** What is foreseen for one task beside what is believed of the agents. */
export interface Forecast {
  /** 0: there is no outlook on any task. */
  readonly weight: number;
  outlookOn(task: TaskAtHand): Outlook | undefined;
}

/** What counts of a task beside its kind. */
export interface TaskAtHand {
  /** 0 low … 3 critical. */
  readonly priority: number;
  /** Attempts so far. */
  readonly attempt: number;
}

/** The agents for a task, best first, when several are given away together. */
interface Line {
  readonly agents: Float64Array;
  readonly values: Float64Array;
  /** As `packMatched` takes it. */
  readonly ranking: Float64Array;
}

/** The agents of a pool as the table knows them. */
interface PoolMark {
  /** The capability that exactly they have. */
  readonly gate: string;
  readonly voices: Voices | undefined;
}

const AVAILABLE = ELIGIBLE_ALL & ~ELIGIBLE.idle;
/** Prefix that no capability of an agent can have. */
const GATE = "\u0000pool ";

export class Matcher {
  readonly #table = new AgentTable();
  readonly #scorer: Scorer;
  readonly #chooser: Chooser;
  readonly #clock: Clock;
  readonly #likeness: Likeness;
  readonly #assigner: Assigner;
  readonly #forecast: Forecast | undefined;
  readonly #weights: Required<TermWeights>;
  /** By row of the table. */
  readonly #agents: (AgentRow | undefined)[] = [];
  readonly #byNumber = new Map<number, AgentRow>();
  readonly #rowOf = new Map<number, TableRow>();
  /** The ranking at hand, as `packMatched` takes it. */
  readonly #ranking = new Float64Array(MATCHED_MAX * RANKING_STRIDE);
  /** Gates by agent number. */
  readonly #gatesOf = new Map<number, string[]>();
  readonly #markOf = new Map<Pool, PoolMark>();
  readonly #needsOf = new WeakMap<Lane, LaneNeeds>();
  readonly #crewOf = new WeakMap<TaskKind, Crew>();
  #gatesMade = 0;

  constructor(engines: Engines, learner: Learner, choosing: Choosing) {
    const { clock, random, exploration, weights, forecast } = choosing;
    checkWeights(weights);
    this.#scorer = new Scorer(this.#table, engines);
    this.#chooser = new Chooser(this.#table, this.#scorer, learner, random, exploration, weights);
    this.#likeness = new Likeness(engines);
    this.#assigner = engines.assigner;
    this.#forecast = forecast;
    this.#weights = weights;
    this.#clock = clock;
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
   * The best agent with a free slot for a task of a lane, or undefined when all are busy or there is nobody. Another
   * one is preferred to the agent that failed last.
   */
  pickFree(lane: Lane, task: TaskRecord, slab: ByteSlab): Pick | undefined {
    if (lane.pool.agents.length === 0) return undefined;
    const candidates = this.#choose(lane, task, "free");
    const count = Math.min(candidates.length, MATCHED_MAX);
    if (count === 0) return undefined;
    const ranking = this.#ranking;
    for (let place = 0; place < count; place += 1) this.#note(ranking, place, candidates[place] as Candidate);
    const isAvoided = count > 1 && ranking[0] === task.lastAgent;
    return this.#pick(ranking, count, isAvoided ? 1 : 0, slab);
  }

  /**
   * Agents with free slots for several tasks, the most urgent first, so that the sum of what they are worth is the
   * highest; undefined for a task that nobody is left for, which is none before one that could have its agent.
   */
  pickTogether(tasks: readonly TaskRecord[], room: WaitingRoom, slab: ByteSlab): (Pick | undefined)[] {
    const shared = new Map<Lane, Line>();
    const lines = tasks.map((task) => {
      const lane = room.lane(task.kind);
      const line = shared.get(lane) ?? this.#line(lane, task, tasks.length + 1);
      if (!this.ranksAlone(lane)) shared.set(lane, line);
      return line;
    });
    const inLine = lines.map(({ agents, values }, task): TaskInLine => {
      return { agents, values, avoid: tasks[task]!.lastAgent };
    });
    const places = assignTogether(inLine, (agent) => this.#placesOf(agent), this.#assigner);
    return lines.map(({ agents, ranking }, task) => {
      const place = places[task] as number;
      return place < 0 ? undefined : this.#pick(ranking.slice(), agents.length, place, slab);
    });
  }

  /** Whether the tasks of a lane differ in who is best for them. */
  ranksAlone(lane: Lane): boolean {
    return (this.#forecast?.weight ?? 0) > 0 || this.#needs(lane).voices !== undefined;
  }

  /** The best agents for a task of a lane, busy or not. */
  rankAll(lane: Lane, task: TaskRecord): readonly RankedRow[] {
    if (lane.pool.agents.length === 0) return [];
    const best = this.#choose(lane, task, "all").slice(0, MATCHED_MAX);
    return best.map((candidate) => {
      const agent = this.#agents[candidate.row];
      invariant(agent !== undefined, "every row of the table is an agent of the roster");
      return { ...matchedOf(agent.number, candidate), row: agent };
    });
  }

  /** Forgets the gates of pools: the roster changed and lanes get new ones. */
  forgetPools(): void {
    this.#markOf.clear();
    for (const [number, gates] of this.#gatesOf) {
      if (gates.length === 0) continue;
      this.#gatesOf.set(number, []);
      const row = this.#rowOf.get(number);
      const agent = row === undefined ? undefined : this.#agents[row];
      if (agent !== undefined) this.#store(agent);
    }
  }

  #choose(lane: Lane, task: TaskRecord, who: "free" | "all", closely?: number): readonly Candidate[] {
    const { kind } = lane;
    const needs = this.#needs(lane);
    const likeness = needs.voices === undefined ? undefined : this.#compareWords(task, needs.voices);
    const asked = likeness === undefined ? needs[who] : { ...needs[who], likeness };
    const outlook = this.#forecast?.outlookOn(task);
    return this.#chooser.choose(
      topicOf(kind),
      asked,
      this.#crew(kind),
      this.#clock.wallMs(),
      closely,
      outlook,
    );
  }

  #compareWords(task: TaskRecord, voices: Voices): Float32Array | undefined {
    return this.#likeness.compare(
      wordsOfTask(unpackSpec(task.spec)),
      voices,
      this.#table.columns.load.length,
    );
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

  #line(lane: Lane, task: TaskRecord, closely: number): Line {
    const candidates = lane.pool.agents.length === 0 ? [] : this.#choose(lane, task, "free", closely);
    const agents = new Float64Array(candidates.length);
    const values = new Float64Array(candidates.length);
    const ranking = new Float64Array(candidates.length * RANKING_STRIDE);
    for (const [place, candidate] of candidates.entries()) {
      this.#note(ranking, place, candidate);
      agents[place] = ranking[place * RANKING_STRIDE + RANKED.agent] as number;
      values[place] = candidate.value;
    }
    return { agents, values, ranking };
  }

  #placesOf(number: number): Places {
    const agent = this.#byNumber.get(number);
    invariant(agent !== undefined, "every row of the table is an agent of the roster");
    const { fitness, success, headroom, speed, semantic } = this.#weights;
    const share = headroom / (fitness + success + headroom + speed + semantic);
    return { freeSlots: agent.freeSlots, lossPerTask: share / agent.maxConcurrent };
  }

  /** Copies one place of a ranking. */
  #note(ranking: Float64Array, place: number, candidate: Candidate): void {
    noteRanked(ranking, place, this.#agents[candidate.row]?.number ?? 0, candidate);
  }

  /** The agent at a place of a ranking, which moves to its top. */
  #pick(ranking: Float64Array, count: number, place: number, slab: ByteSlab): Pick {
    moveToTop(ranking, place);
    const agent = this.#byNumber.get(ranking[RANKED.agent] as number);
    invariant(agent !== undefined, "every row of the table is an agent of the roster");
    return { agent, matched: packMatched(ranking, Math.min(count, MATCHED_MAX), slab) };
  }

  #needs(lane: Lane): LaneNeeds {
    const known = this.#needsOf.get(lane);
    if (known !== undefined && known.pool === lane.pool) return known;
    const { gate: capability, voices } = this.#mark(lane.pool);
    const gate: Requirement = { capability, min: 0, weight: 0 };
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
      voices,
    };
    this.#needsOf.set(lane, made);
    return made;
  }

  #mark(pool: Pool): PoolMark {
    const known = this.#markOf.get(pool);
    if (known !== undefined) return known;
    this.#gatesMade += 1;
    const gate = GATE + this.#gatesMade;
    const rows: number[] = [];
    const texts: string[] = [];
    for (const number of pool.agents) {
      const row = this.#rowOf.get(number);
      const agent = row === undefined ? undefined : this.#agents[row];
      if (row === undefined || agent === undefined) continue;
      const gates = this.#gatesOf.get(number);
      if (gates === undefined) this.#gatesOf.set(number, [gate]);
      else gates.push(gate);
      this.#store(agent);
      rows.push(row);
      texts.push(agent.words);
    }
    const mark = {
      gate,
      voices: this.#weights.semantic > 0 ? this.#likeness.voicesOf(rows, texts) : undefined,
    };
    this.#markOf.set(pool, mark);
    return mark;
  }

  #store(agent: AgentRow): void {
    const gates = this.#gatesOf.get(agent.number) ?? [];
    const capabilities = [...agent.capabilities, ...gates.map((name) => ({ name, proficiency: 1 }))];
    const row = this.#table.upsert(String(agent.number), { capabilities, cost: agent.cost });
    this.#rowOf.set(agent.number, row);
    this.#agents[row] = agent;
    this.#byNumber.set(agent.number, agent);
  }
}
