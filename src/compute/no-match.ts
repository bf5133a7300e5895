// Why nobody may have a task. Asked once when a task is parked, so it is a plain loop over the agents.
//
// The reasons, from the task's fault to the moment's:
//   no-capability   no agent has all required capabilities
//   below-minimum   some have them all, none at the required proficiency; with the nearest miss
//   all-busy        some are good enough, but lack a free slot or energy; they will come back by themselves
//   breaker-open    those who are good enough are kept out: breaker open, thread unhealthy or not active
// Why: one busy agent among many that are kept out makes the answer all-busy, since waiting helps then.

import { type AgentTable, ELIGIBLE, HELD } from "./agent-table.js";
import { minimumOf, type Requirement, type TaskNeeds } from "./task-needs.js";

/** How far the nearest agent is from being good enough. */
export interface NearestMiss {
  readonly key: string;
  /** The capability it misses by most. */
  readonly capability: string;
  readonly proficiency: number;
  readonly min: number;
}

/** How many agents are good enough for the task and what keeps them; an agent may count in several. */
export interface KeptAgents {
  readonly capable: number;
  readonly busy: number;
  readonly tired: number;
  readonly breakerOpen: number;
  readonly threadUnhealthy: number;
  readonly inactive: number;
}

export type NoMatch =
  /** `capability`: the first one missing from the agent that has most of them; undefined when none is required. */
  | { readonly reason: "no-capability"; readonly capability: string | undefined }
  | { readonly reason: "below-minimum"; readonly nearest: NearestMiss }
  | { readonly reason: "all-busy" | "breaker-open"; readonly kept: KeptAgents };

interface Survey {
  /** Of the agent that has most of the capabilities. */
  mostHeld: number;
  firstMissing: string | undefined;
  leastShortfall: number;
  nearest: NearestMiss | undefined;
  readonly capableRows: number[];
}

/** Why no agent may have the task, or undefined when one may. */
export function explainNoMatch(
  table: AgentTable,
  needs: TaskNeeds,
  mask: number,
  energyMin: number,
): NoMatch | undefined {
  const survey = surveyAgents(table, needs.capabilities);
  if (survey.capableRows.length === 0) {
    if (survey.nearest !== undefined) return { reason: "below-minimum", nearest: survey.nearest };
    return { reason: "no-capability", capability: survey.firstMissing ?? needs.capabilities[0]?.capability };
  }
  return explainKept(table, survey.capableRows, mask, Math.fround(energyMin));
}

function surveyAgents(table: AgentTable, requirements: readonly Requirement[]): Survey {
  const survey: Survey = {
    mostHeld: -1,
    firstMissing: undefined,
    leastShortfall: Number.POSITIVE_INFINITY,
    nearest: undefined,
    capableRows: [],
  };
  const columns = requirements.map(({ capability }) => table.proficiency(capability));
  for (let row = 0; row < table.rowsUsed; row++) {
    const key = table.key(row);
    if (key === undefined) continue;
    const proficiencies = columns.map((column) => column?.[row] ?? 0);
    const missing = proficiencies.indexOf(0);
    if (missing >= 0) noteMissing(survey, proficiencies, requirements[missing]?.capability);
    else noteShortfall(survey, key, row, proficiencies, requirements);
  }
  return survey;
}

function noteMissing(survey: Survey, proficiencies: readonly number[], capability: string | undefined): void {
  const held = proficiencies.reduce((sum, proficiency) => sum + (proficiency > 0 ? 1 : 0), 0);
  if (held <= survey.mostHeld) return;
  survey.mostHeld = held;
  survey.firstMissing = capability;
}

function noteShortfall(
  survey: Survey,
  key: string,
  row: number,
  proficiencies: readonly number[],
  requirements: readonly Requirement[],
): void {
  let total = 0;
  let largest = 0;
  let at = 0;
  for (const [index, requirement] of requirements.entries()) {
    const shortfall = Math.max(0, minimumOf(requirement) - proficiencies[index]!);
    total += shortfall;
    if (shortfall <= largest) continue;
    largest = shortfall;
    at = index;
  }
  if (total === 0) {
    survey.capableRows.push(row);
  } else if (total < survey.leastShortfall) {
    const { capability, min } = requirements[at]!;
    survey.leastShortfall = total;
    survey.nearest = { key, capability, proficiency: proficiencies[at]!, min };
  }
}

function explainKept(
  { columns }: AgentTable,
  rows: readonly number[],
  mask: number,
  energyMin: number,
): NoMatch | undefined {
  const kept = { capable: rows.length, busy: 0, tired: 0, breakerOpen: 0, threadUnhealthy: 0, inactive: 0 };
  let isSomebodyReady = false;
  let isWaitingEnough = false;
  for (const row of rows) {
    const missing = (mask | HELD) & ~columns.eligible[row]!;
    const isTired = columns.energy[row]! <= energyMin;
    if (missing === 0 && !isTired) isSomebodyReady = true;
    if ((missing & ~ELIGIBLE.idle) === 0) isWaitingEnough = true;
    if ((missing & ELIGIBLE.idle) !== 0) kept.busy++;
    if (isTired) kept.tired++;
    if ((missing & ELIGIBLE.breakerClosed) !== 0) kept.breakerOpen++;
    if ((missing & ELIGIBLE.threadHealthy) !== 0) kept.threadUnhealthy++;
    if ((missing & ELIGIBLE.active) !== 0) kept.inactive++;
  }
  if (isSomebodyReady) return undefined;
  return { reason: isWaitingEnough ? "all-busy" : "breaker-open", kept };
}
