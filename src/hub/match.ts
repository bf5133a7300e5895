// Who suits a task best: the roster's agents as rows of the scorer's table (src/compute), and the question put to it.
// Who *may* do a task is decided by hub/roster.ts, once per kind; it becomes a gate: a capability of the table that
// exactly the agents of a pool have and that filters without counting.
// Why a gate per pool and not per action: a pool is the answer to all of action, wanted agent and minima at once, so
// the scorer filters by one column whatever made the agents eligible.

import type { Addon } from "../base/addon.js";
import { invariant } from "../base/invariant.js";
import type { AgentRow as TableRow } from "../compute/agent-table.js";
import { AgentTable, ELIGIBLE, ELIGIBLE_ALL } from "../compute/agent-table.js";
import { REQUIRED_MAX } from "../compute/rank-query.js";
import type { Scorer } from "../compute/scorer.js";
import { createScorer } from "../compute/scorer.js";
import type { Requirement, TaskNeeds } from "../compute/task-needs.js";
import type { AgentRow } from "./agent-row.js";
import type { ByteSlab } from "./byte-slab.js";
import type { MatchedAgent } from "./matched.js";
import { MATCHED_MAX, packMatched, RANKING_STRIDE } from "./matched.js";
import type { Lane, Pool } from "./queue.js";

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

const AVAILABLE = ELIGIBLE_ALL & ~ELIGIBLE.idle;
/** Prefix that no capability of an agent can have. */
const GATE = "\u0000pool ";

export class Matcher {
  readonly #table = new AgentTable();
  readonly #scorer: Scorer;
  /** By row of the table. */
  readonly #agents: (AgentRow | undefined)[] = [];
  readonly #byNumber = new Map<number, AgentRow>();
  readonly #rowOf = new Map<number, TableRow>();
  /** The ranking at hand, as `packMatched` takes it. */
  readonly #ranking = new Float64Array(MATCHED_MAX * RANKING_STRIDE);
  /** Gates by agent number. */
  readonly #gatesOf = new Map<number, string[]>();
  readonly #gateOf = new Map<Pool, string>();
  readonly #needsOf = new WeakMap<Lane, LaneNeeds>();
  #gatesMade = 0;

  constructor(addon: Addon | undefined) {
    this.#scorer = createScorer(this.#table, addon);
  }

  /** Which engine ranks, for people to see. */
  get engine(): "native" | "js" {
    return this.#scorer.engine;
  }

  add(agent: AgentRow): void {
    this.#store(agent);
    this.refresh(agent);
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

  /**
   * The best agent with a free slot for the tasks of a lane, or undefined when all are busy or there is nobody. Another
   * one is preferred to `avoid`, the agent that failed last.
   */
  pickFree(lane: Lane, avoid: number | undefined, slab: ByteSlab): Pick | undefined {
    if (lane.pool.agents.length === 0) return undefined;
    const count = this.#scorer.rank(this.#needs(lane).free, MATCHED_MAX);
    if (count === 0) return undefined;
    const ranking = this.#ranking;
    for (let place = 0; place < count; place += 1) this.#note(place);
    if (count > 1 && ranking[0] === avoid) this.#swapFirstTwo();
    const agent = this.#byNumber.get(ranking[0] as number);
    invariant(agent !== undefined, "every row of the table is an agent of the roster");
    return { agent, matched: packMatched(ranking, count, slab) };
  }

  /** The best agents for the tasks of a lane, busy or not. */
  rankAll(lane: Lane): readonly RankedRow[] {
    if (lane.pool.agents.length === 0) return [];
    return this.#scorer.topK(this.#needs(lane).all, MATCHED_MAX).map(({ row, score, terms }) => {
      const agent = this.#agents[row];
      invariant(agent !== undefined, "every row of the table is an agent of the roster");
      return { agent: agent.number, row: agent, score, terms };
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

  /** Copies one place of the scorer's ranking. */
  #note(place: number): void {
    const at = place * RANKING_STRIDE;
    this.#ranking[at] = this.#agents[this.#scorer.rowAt(place)]?.number ?? 0;
    this.#ranking[at + 1] = this.#scorer.scoreAt(place);
    this.#scorer.termsAt(place, this.#ranking, at + 2);
  }

  #swapFirstTwo(): void {
    for (let at = 0; at < RANKING_STRIDE; at += 1) {
      const first = this.#ranking[at] as number;
      this.#ranking[at] = this.#ranking[at + RANKING_STRIDE] as number;
      this.#ranking[at + RANKING_STRIDE] = first;
    }
  }

  #needs(lane: Lane): LaneNeeds {
    const known = this.#needsOf.get(lane);
    if (known !== undefined && known.pool === lane.pool) return known;
    const gate: Requirement = { capability: this.#gate(lane.pool), min: 0, weight: 0 };
    // The gate implies every minimum, so with the most capabilities allowed the last one only loses its say in fitness.
    const skills = lane.kind.capabilities
      .slice(0, REQUIRED_MAX - 1)
      .map((one): Requirement => ({ capability: one.name, min: one.min_proficiency, weight: one.weight }));
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
