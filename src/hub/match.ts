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
import type { MatchedAgent } from "./matched.js";
import { MATCHED_MAX } from "./matched.js";
import type { Lane, Pool } from "./queue.js";

export interface RankedRow extends MatchedAgent {
  readonly row: AgentRow;
}

/** The best agents, best first; never empty. */
export type Ranking = readonly RankedRow[];

const AVAILABLE = ELIGIBLE_ALL & ~ELIGIBLE.idle;
/** Prefix that no capability of an agent can have. */
const GATE = "\u0000pool ";

export class Matcher {
  readonly #table = new AgentTable();
  readonly #scorer: Scorer;
  /** By row of the table. */
  readonly #agents: (AgentRow | undefined)[] = [];
  readonly #rowOf = new Map<number, TableRow>();
  /** Gates by agent number. */
  readonly #gatesOf = new Map<number, string[]>();
  readonly #gateOf = new Map<Pool, string>();
  readonly #needsOf = new WeakMap<Lane, { readonly pool: Pool; readonly needs: TaskNeeds }>();
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

  /** The best agents with a free slot for the tasks of a lane, or undefined when all are busy or there is nobody. */
  rankFree(lane: Lane, avoid: number | undefined): Ranking | undefined {
    if (lane.pool.agents.length === 0) return undefined;
    const ranking = this.#rank(lane, ELIGIBLE_ALL);
    if (ranking.length === 0) return undefined;
    const [first, second] = ranking;
    // Another agent is preferred to the one that just failed.
    if (first?.agent === avoid && second !== undefined)
      return [second, first as RankedRow, ...ranking.slice(2)];
    return ranking;
  }

  /** The best agents for the tasks of a lane, busy or not. */
  rankAll(lane: Lane): readonly RankedRow[] {
    return lane.pool.agents.length === 0 ? [] : this.#rank(lane, AVAILABLE);
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

  #rank(lane: Lane, eligible: number): RankedRow[] {
    const { needs } = this.#needs(lane);
    const ranked = this.#scorer.topK({ ...needs, eligible }, MATCHED_MAX);
    return ranked.map((one) => {
      const row = this.#agents[one.row];
      invariant(row !== undefined, "every row of the table is an agent of the roster");
      return { agent: row.number, row, score: one.score, terms: one.terms };
    });
  }

  #needs(lane: Lane): { readonly pool: Pool; readonly needs: TaskNeeds } {
    const known = this.#needsOf.get(lane);
    if (known !== undefined && known.pool === lane.pool) return known;
    const gate: Requirement = { capability: this.#gate(lane.pool), min: 0, weight: 0 };
    // The gate implies every minimum, so with the most capabilities allowed the last one only loses its say in fitness.
    const capabilities = lane.kind.capabilities
      .slice(0, REQUIRED_MAX - 1)
      .map((one): Requirement => ({ capability: one.name, min: one.min_proficiency, weight: one.weight }));
    const made = { pool: lane.pool, needs: { capabilities: [...capabilities, gate] } };
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
  }
}
