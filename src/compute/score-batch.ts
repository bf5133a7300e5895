// The input of a matrix of scores (score-matrix.ts), filled from the table of agents and a batch of tasks, so that each
// score is the one that a ranking of the task finds for the agent.
//
//   capabilities   those that some task requires, then one gate for each set of eligibility bits that tasks ask for
//   base           one row for each needs: success, headroom, semantic, cost and speed, weighted
//   shares         those of the needs, times the weight of fitness; offsets what fitness begins with, likewise
//
// Why a base row for each needs and not for each kind of task: the median latency that speed is measured by, and with
// an embedding also likeness, depend on all that a task asks. Tasks that share one object of needs share the row.
// Why gates: one batch may hold tasks that ask for idle agents and tasks that do not; a matrix has eligibility once.

import type { AgentTable } from "./agent-table.js";
import { type RankQuery, type RankResult, speedOf, TERM } from "./rank-query.js";
import type { ScoreMatrixInput } from "./score-matrix.js";
import { makeSharedFloats } from "./shared-floats.js";
import { minimumOf, type TaskNeeds } from "./task-needs.js";

/** A ranking that was just made: what it was asked, and what it found. */
export interface Ranking {
  readonly query: RankQuery;
  readonly result: RankResult;
}

/** `rank` ranks the agents for these needs; undefined when one of the capabilities is nobody's. */
export function matrixInput(
  table: AgentTable,
  tasks: readonly TaskNeeds[],
  rank: (needs: TaskNeeds) => Ranking | undefined,
): ScoreMatrixInput {
  const agents = table.rowsUsed;
  const kindOf = kindsOf(tasks);
  const needs = [...kindOf.keys()];
  const columnOf = new Map<string, number>();
  for (const { capabilities } of needs) {
    for (const { capability } of capabilities)
      if (!columnOf.has(capability)) columnOf.set(capability, columnOf.size);
  }
  const base = makeSharedFloats(needs.length * agents);
  const gateOf = new Map<number, number>();
  const rows = needs.map((one, kind) => {
    const ranking = rank(one);
    if (ranking === undefined) return undefined;
    writeBase(ranking, table, base.subarray(kind * agents, (kind + 1) * agents));
    const { care, want, weights, fitnessBase } = ranking.query;
    if (!gateOf.has(want)) gateOf.set(want, care);
    return {
      want,
      fitness: weights[TERM.fitness]!,
      offset: Math.fround(weights[TERM.fitness]! * fitnessBase),
    };
  });
  const capabilities = columnOf.size + gateOf.size;
  const proficiency = makeSharedFloats(capabilities * agents);
  for (const [name, column] of columnOf) {
    const known = table.proficiency(name);
    if (known !== undefined) proficiency.set(known.subarray(0, agents), column * agents);
  }
  const gates = [...gateOf.keys()];
  for (const [index, want] of gates.entries()) {
    writeGate(table, want, gateOf.get(want)!, proficiency.subarray((columnOf.size + index) * agents));
  }
  const shares = makeSharedFloats(tasks.length * capabilities);
  const minima = makeSharedFloats(tasks.length * capabilities);
  const offsets = makeSharedFloats(tasks.length);
  for (const [task, one] of tasks.entries()) {
    const row = rows[kindOf.get(one)!];
    const at = task * capabilities;
    if (row !== undefined) {
      offsets[task] = row.offset;
      minima[at + columnOf.size + gates.indexOf(row.want)] = 1;
    }
    writeShares(one, columnOf, row?.fitness ?? 0, shares.subarray(at), minima.subarray(at));
  }
  return {
    tasks: tasks.length,
    agents,
    capabilities,
    kinds: needs.length,
    shares,
    minima,
    offsets,
    kindOf: Uint32Array.from(tasks, (one) => kindOf.get(one)!),
    proficiency,
    base,
    eligible: new Uint32Array(agents).fill(1),
  };
}

/** Each needs once, with its number. */
function kindsOf(tasks: readonly TaskNeeds[]): ReadonlyMap<TaskNeeds, number> {
  const kinds = new Map<TaskNeeds, number>();
  for (const needs of tasks) if (!kinds.has(needs)) kinds.set(needs, kinds.size);
  return kinds;
}

/** All terms but fitness, weighted. */
function writeBase({ query, result }: Ranking, { columns }: AgentTable, base: Float32Array): void {
  const { weights, success, semantic, cost, costTop, latencyMs } = query;
  for (let row = 0; row < base.length; row++) {
    let sum = weights[TERM.success]! * success[row]! + weights[TERM.headroom]! * (1 - columns.load[row]!);
    if (semantic !== undefined) sum += weights[TERM.semantic]! * semantic[row]!;
    if (cost !== undefined) sum -= (weights[TERM.cost]! * cost[row]!) / costTop;
    base[row] = sum + weights[TERM.speed]! * speedOf(latencyMs[row]!, result.medianLatencyMs);
  }
}

/** 1 for each agent whose bits are as they should be. */
function writeGate({ columns, rowsUsed }: AgentTable, want: number, care: number, gate: Float32Array): void {
  for (let row = 0; row < rowsUsed; row++) gate[row] = (columns.eligible[row]! & care) === want ? 1 : 0;
}

/** A capability that is required twice counts twice, at the higher minimum. */
function writeShares(
  { capabilities }: TaskNeeds,
  columnOf: ReadonlyMap<string, number>,
  fitnessWeight: number,
  shares: Float32Array,
  minima: Float32Array,
): void {
  const weightSum = capabilities.reduce((sum, { weight = 1 }) => sum + weight, 0);
  for (const requirement of capabilities) {
    const column = columnOf.get(requirement.capability)!;
    const share = weightSum > 0 ? (requirement.weight ?? 1) / weightSum : 0;
    shares[column] = shares[column]! + fitnessWeight * share;
    minima[column] = Math.max(minima[column]!, minimumOf(requirement));
  }
}
