// Hive's router in the simulated worlds: table, scorer, learner and chooser of the hub, and nothing else.

import { loadAddon } from "../../src/base/addon.js";
import type { Random } from "../../src/base/random.js";
import { AgentTable, ELIGIBLE, type AgentRow as TableRow } from "../../src/compute/agent-table.js";
import { type Candidate, Chooser, type Crew, type Exploration } from "../../src/compute/chooser.js";
import { Learner } from "../../src/compute/learner.js";
import { createScorer, type TermWeights } from "../../src/compute/scorer.js";
import { blendLatency } from "../../src/hub/agent-row.js";
import type { MakeRouter } from "./router.js";

const NO_NEEDS = { capabilities: [] };
/** Simulated worlds have no days: only executions make them forget. */
export const NOW_MS = 0;

/** Success and nothing else: what R1 asks for, and what R3 shows to be too little. */
export const SUCCESS_ONLY: TermWeights = { fitness: 0, success: 1, headroom: 0, speed: 0 };

/** What a hub has for its choices. Row and number of an agent are its index. */
export class HiveParts {
  readonly table = new AgentTable();
  readonly rows: readonly TableRow[];
  readonly learner = new Learner();
  readonly chooser: Chooser;

  constructor(agents: number, random: Random, exploration?: Exploration, weights?: TermWeights) {
    this.rows = Array.from({ length: agents }, (_, agent) =>
      this.table.upsert(String(agent), { capabilities: [] }),
    );
    const scorer = createScorer(this.table, loadAddon().addon);
    this.chooser = new Chooser(this.table, scorer, this.learner, random, exploration, weights);
  }

  /** The best of those that are not busy. */
  choose(kind: string, busy: Uint8Array, crew: Crew): Candidate {
    for (const [agent, row] of this.rows.entries()) {
      this.table.switchEligible(row, ELIGIBLE.idle, busy[agent] === 0);
    }
    return this.chooser.choose(kind, NO_NEEDS, crew, NOW_MS)[0] as Candidate;
  }
}

export function hiveRouter(exploration?: Exploration, weights?: TermWeights): MakeRouter {
  return ({ agents, kinds, declared, random }) => {
    const parts = new HiveParts(agents, random, exploration, weights);
    const { table, rows, learner, chooser } = parts;
    const latencies = new Float64Array(agents);
    const crews = Array.from({ length: kinds }, (_, kind): Crew => {
      return { agentAt: (row) => row, declaredAt: (row) => declared[row * kinds + kind]! };
    });
    return {
      choose(kind, busy) {
        const best = parts.choose(String(kind), busy, crews[kind] as Crew);
        return { agent: best.row, expected: best.terms[1]! };
      },
      loaded: (agent, share) => table.setLoad(rows[agent] as TableRow, share),
      timed(agent, duration) {
        latencies[agent] = blendLatency(latencies[agent]!, duration);
        table.setLatency(rows[agent] as TableRow, latencies[agent]!);
      },
      learn(kind, agent, outcome) {
        const crew = crews[kind] as Crew;
        const name = String(kind);
        learner.learn({ kind: name, agent, declared: crew.declaredAt(agent), value: outcome, atMs: NOW_MS });
        chooser.learned(name, agent, crew, NOW_MS);
      },
    };
  };
}
