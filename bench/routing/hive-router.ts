// Hive's router in the simulated worlds: table, scorer, learner and chooser of the hub, and nothing else.

import { loadAddon } from "../../src/base/addon.js";
import { AgentTable, ELIGIBLE, type AgentRow as TableRow } from "../../src/compute/agent-table.js";
import { Chooser, type Crew, type Exploration } from "../../src/compute/chooser.js";
import { Learner } from "../../src/compute/learner.js";
import { createScorer, type TermWeights } from "../../src/compute/scorer.js";
import { blendLatency } from "../../src/hub/agent-row.js";
import type { MakeRouter } from "./router.js";

const NO_NEEDS = { capabilities: [] };
/** Simulated worlds have no days: only executions make them forget. */
const NOW_MS = 0;

/** Success and nothing else: what R1 asks for, and what R3 shows to be too little. */
export const SUCCESS_ONLY: TermWeights = { fitness: 0, success: 1, headroom: 0, speed: 0 };

export function hiveRouter(exploration: Exploration = "index", weights?: TermWeights): MakeRouter {
  return ({ agents, kinds, declared, random }) => {
    const table = new AgentTable();
    const rows = Array.from({ length: agents }, (_, agent) =>
      table.upsert(String(agent), { capabilities: [] }),
    );
    const latencies = new Float64Array(agents);
    const learner = new Learner();
    const scorer = createScorer(table, loadAddon().addon);
    const chooser = new Chooser(table, scorer, learner, random, exploration, weights);
    const crews = Array.from({ length: kinds }, (_, kind): Crew => {
      return { agentAt: (row) => row, declaredAt: (row) => declared[row * kinds + kind]! };
    });
    return {
      choose(kind, busy) {
        for (const [agent, row] of rows.entries()) {
          table.switchEligible(row as TableRow, ELIGIBLE.idle, busy[agent] === 0);
        }
        const [best] = chooser.choose(String(kind), NO_NEEDS, crews[kind] as Crew, NOW_MS);
        return { agent: best!.row, expected: best!.terms[1]! };
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
