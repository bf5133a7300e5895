// The agents and tasks of the compute questions, from a seed: the same as objects, as a user would keep them, and as
// rows of our table.

import { seededRandom } from "../../src/base/random.js";
import { AgentTable } from "../../src/compute/agent-table.js";
import type { TaskNeeds } from "../../src/compute/task-needs.js";

export interface CrewAgent {
  readonly name: string;
  readonly capabilities: ReadonlyMap<string, number>;
  readonly isFree: boolean;
  readonly energy: number;
  readonly load: number;
  readonly alpha: number;
  readonly beta: number;
  readonly latencyMs: number;
  readonly idleSinceMs: number;
}

export interface CrewShape {
  readonly agents: number;
  /** All there are. */
  readonly capabilities: number;
  /** How many of them an agent has, the first of all among them in turn. */
  readonly held: number;
}

const SEED = 20_261_121;
const FREE_SHARE = 0.7;
const LATENCY_MAX_MS = 2000;

export function makeCrew({ agents, capabilities, held }: CrewShape): readonly CrewAgent[] {
  const random = seededRandom(SEED);
  return Array.from({ length: agents }, (_, index) => {
    const first = random.below(capabilities);
    const own = Array.from({ length: held }, (_, at): [string, number] => [
      capabilityName((first + at) % capabilities),
      0.05 + 0.95 * random.next(),
    ]);
    return {
      name: `agent-${index}`,
      capabilities: new Map(own),
      isFree: random.next() < FREE_SHARE,
      energy: random.next(),
      load: random.next(),
      alpha: 1 + random.below(50),
      beta: 1 + random.below(50),
      latencyMs: 1 + LATENCY_MAX_MS * random.next(),
      idleSinceMs: random.below(1e6),
    };
  });
}

/** Tasks that require `required` capabilities each, which agents with neighbouring ones may have together. */
export function makeTasks(count: number, required: number, capabilities: number): readonly TaskNeeds[] {
  const random = seededRandom(SEED + 1);
  return Array.from({ length: count }, () => {
    const first = random.below(capabilities);
    return {
      capabilities: Array.from({ length: required }, (_, at) => ({
        capability: capabilityName((first + at) % capabilities),
        min: 0.2 * random.next(),
        weight: 1 + random.below(3),
      })),
    };
  });
}

export function capabilityName(index: number): string {
  return `skill-${index}`;
}

/** The same agents as our table keeps them. */
export function tableOf(crew: readonly CrewAgent[], idle: number, all: number): AgentTable {
  const table = new AgentTable();
  for (const agent of crew) {
    table.upsert(agent.name, {
      capabilities: [...agent.capabilities].map(([name, proficiency]) => ({ name, proficiency })),
      eligible: agent.isFree ? all : all & ~idle,
      load: agent.load,
      energy: agent.energy,
      outcomes: { alpha: agent.alpha, beta: agent.beta },
      latencyMs: agent.latencyMs,
      idleSinceMs: agent.idleSinceMs,
    });
  }
  return table;
}
