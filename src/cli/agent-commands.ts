// `hive agent …`: list, get, create, remove.

import type { Agent, AgentQuery, CreateAgent } from "../client.js";
import { AGENT_SORT_KEYS, AGENT_STATES, AGENT_TYPES } from "../wire/agent-shapes.js";
import { EXIT } from "./exit-codes.js";
import { type AccessOptions, withClient } from "./hub-access.js";
import { readChoice, readPage, readParts, readWhole, SORT_ORDERS } from "./option-values.js";
import { emit, formatTable } from "./output.js";

export interface AgentListOptions extends AccessOptions {
  readonly state?: string;
  readonly type?: string;
  readonly limit?: string;
  readonly offset?: string;
  readonly sortBy?: string;
  readonly sortOrder?: string;
}

export async function listAgents(options: AgentListOptions): Promise<number> {
  const query = {
    state: readChoice("--state", options.state, AGENT_STATES),
    type: readChoice("--type", options.type, AGENT_TYPES),
    ...readPage(options),
    sort_by: readChoice("--sort-by", options.sortBy, AGENT_SORT_KEYS),
    sort_order: readChoice("--sort-order", options.sortOrder, SORT_ORDERS),
  };
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
  return withClient(options, async (client) => {
    const page = await client.agents.list(given as Partial<AgentQuery>);
    emit(options, page, ({ agents }) => formatTable(AGENT_COLUMNS, agents));
    return EXIT.done;
  });
}

export async function getAgent(id: string, options: AccessOptions): Promise<number> {
  return withClient(options, async (client) => {
    emit(options, await client.agents.get(id), describeAgent);
    return EXIT.done;
  });
}

export interface AgentCreateOptions extends AccessOptions {
  readonly definition?: string;
  readonly type?: string;
  readonly description?: string;
  /** `name`, `name:proficiency` or `name:proficiency:learning_rate`. */
  readonly capability?: readonly string[];
  readonly maxConcurrent?: string;
}

export async function createAgent(name: string, options: AgentCreateOptions): Promise<number> {
  const create = {
    definition: options.definition,
    type: readChoice("--type", options.type, AGENT_TYPES),
    description: options.description,
    capabilities: options.capability?.map((given) => {
      return { proficiency: 1, ...readParts("--capability", given, ["proficiency", "learning_rate"]) };
    }),
    max_concurrent: readWhole("--max-concurrent", options.maxConcurrent, 1),
  };
  const given = Object.fromEntries(Object.entries(create).filter(([, value]) => value !== undefined));
  return withClient(options, async (client) => {
    emit(options, await client.agents.create({ ...(given as Partial<CreateAgent>), name }), describeAgent);
    return EXIT.done;
  });
}

export async function removeAgent(id: string, options: AccessOptions): Promise<number> {
  return withClient(options, async (client) => {
    emit(options, await client.agents.remove(id), (agent) => `${agent.name} (${agent.id}) is removed`);
    return EXIT.done;
  });
}

const AGENT_COLUMNS = [
  { title: "id", cell: (agent: Agent) => agent.id },
  { title: "name", cell: (agent: Agent) => agent.name },
  { title: "state", cell: (agent: Agent) => agent.state },
  { title: "running", cell: (agent: Agent) => `${agent.tasks_running}/${agent.max_concurrent}` },
  { title: "done", cell: (agent: Agent) => String(agent.tasks_completed), align: "right" as const },
  { title: "failed", cell: (agent: Agent) => String(agent.tasks_failed), align: "right" as const },
  {
    title: "capabilities",
    cell: (agent: Agent) => agent.capabilities.map((one) => `${one.name} ${one.proficiency}`).join(", "),
  },
];

function describeAgent(agent: Agent): string {
  const work = `actions: ${agent.actions.join(", ")}\ntask types: ${agent.task_types.join(", ")}`;
  return `${formatTable(AGENT_COLUMNS, [agent])}\n${agent.description}\n${work}`;
}
