// Changes of single agents, as a hub makes them when a task starts and when it settles.

import { seededRandom } from "../../src/base/random.js";
import { type AgentRow, ELIGIBLE, ELIGIBLE_ALL } from "../../src/compute/agent-table.js";
import type { Measured, Session } from "../question.js";
import { type CrewShape, makeCrew, tableOf } from "./crew.js";

const SEED = 7;
const NS_PER_MS = 1e6;

/** Each update moves bits, load, energy, and what is known of the agent. */
export async function openUpdates(shape: CrewShape, updates: number): Promise<Session> {
  const table = tableOf(makeCrew(shape), ELIGIBLE.idle, ELIGIBLE_ALL);
  const random = seededRandom(SEED);
  const rows = Uint32Array.from({ length: updates }, () => random.below(shape.agents));
  let turn = 0;
  const run = async (): Promise<Measured> => {
    turn += 1;
    const load = (turn % 10) / 10;
    const startedMs = performance.now();
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at] as AgentRow;
      table.switchEligible(row, ELIGIBLE.idle, (at & 1) === 0);
      table.setLoad(row, load);
      table.setEnergy(row, 1 - load);
      table.setOutcomes(row, turn, 1 + load);
      table.setLatency(row, 10 + load);
    }
    const tookMs = performance.now() - startedMs;
    const expected = Math.fround(load);
    const verified = rows.every((row) => table.columns.load[row] === expected);
    return { value: (NS_PER_MS * tookMs) / updates, verified };
  };
  return { run, close: async () => undefined };
}
