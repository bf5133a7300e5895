// An agent as everybody reads it, made from its row when somebody asks.

import type { Agent, AgentPage, AgentQuery, AgentState } from "../wire/agent-shapes.js";
import { type AGENT_SORT_KEYS, agentQueryShape } from "../wire/agent-shapes.js";
import { fieldErrors } from "../wire/http-shapes.js";
import type { AgentRow } from "./agent-row.js";
import { capabilityView } from "./agent-row.js";
import { validationError } from "./errors.js";
import { isoTime } from "./iso-time.js";
import { taskTypesOf } from "./known-work.js";

export function agentState(row: AgentRow): AgentState {
  switch (row.condition) {
    case "failed":
      return "failed";
    case "inactive":
    case "removed":
      return "inactive";
    case "starting":
    case "ready":
      return row.leases.size > 0 ? "working" : "idle";
    default:
      return row.condition satisfies never;
  }
}

export function viewAgent(row: AgentRow): Agent {
  const { record, meta, link } = row;
  return {
    id: record.id,
    name: record.name,
    type: (record.type as Agent["type"] | undefined) ?? meta?.type ?? "worker",
    version: meta?.version ?? "",
    description: record.description ?? meta?.description ?? "",
    definition: record.definition,
    state: agentState(row),
    ...(row.conditionReason === undefined ? {} : { state_reason: row.conditionReason }),
    capabilities: row.capabilities.map(capabilityView),
    actions: meta?.actions.map((one) => one.name) ?? [],
    task_types: [...taskTypesOf(row)],
    performance_score: performanceScore(row),
    tasks_completed: row.completed,
    tasks_failed: row.failed,
    tasks_running: row.leases.size,
    energy_level: Math.round(row.energy * 100),
    social_connections: 0,
    max_concurrent: row.maxConcurrent,
    restarts: row.restarts,
    breaker: row.condition === "failed" ? "open" : "closed",
    ...(link?.place === undefined ? {} : { place: link.place }),
    created_at: isoTime(record.createdMs),
    last_active: isoTime(row.lastActiveMs),
  };
}

/** Mean of Beta(1 + completed, 1 + failed): 0.5 for a newcomer. */
function performanceScore(row: AgentRow): number {
  return Math.round(((row.completed + 1) / (row.completed + row.failed + 2)) * 1e4) / 1e4;
}

/**
 * One page of `rows`, which stand in the order of their creation. Throws `VALIDATION_ERROR` for a query that does not
 * validate.
 */
export function pageAgents(rows: readonly AgentRow[], given: AgentQuery): AgentPage {
  const parsed = agentQueryShape.safeParse(given);
  if (!parsed.success) throw validationError(fieldErrors(parsed.error, given, agentQueryShape));
  const { limit, offset, state, type, sort_by: sortBy, sort_order: order } = parsed.data;
  const isWhole = state === undefined && type === undefined;
  const fitting = isWhole ? rows : rows.filter((row) => fits(row, state, type));
  const sorted = sortBy === "created_at" ? fitting : sortRows(fitting, SORT_KEYS[sortBy]);
  const page: Agent[] = [];
  const count = sorted.length;
  for (let index = offset; index < Math.min(count, offset + limit); index += 1) {
    page.push(viewAgent(sorted[order === "asc" ? index : count - 1 - index] as AgentRow));
  }
  return {
    agents: page,
    total_count: count,
    pagination: { limit, offset, has_more: offset + page.length < count },
  };
}

function fits(row: AgentRow, state: AgentState | undefined, type: string | undefined): boolean {
  return (state === undefined || agentState(row) === state) && (type === undefined || typeOf(row) === type);
}

function sortRows(rows: readonly AgentRow[], keyOf: (row: AgentRow) => number | string): readonly AgentRow[] {
  return [...rows].sort((a, b) => compare(keyOf(a), keyOf(b)) || a.number - b.number);
}

function typeOf(row: AgentRow): string {
  return row.record.type ?? row.meta?.type ?? "worker";
}

const SORT_KEYS: Readonly<Record<(typeof AGENT_SORT_KEYS)[number], (row: AgentRow) => number | string>> = {
  created_at: (row) => row.record.createdMs,
  last_active: (row) => row.lastActiveMs,
  name: (row) => row.record.name,
  performance_score: performanceScore,
  tasks_completed: (row) => row.completed,
  tasks_failed: (row) => row.failed,
};

function compare(a: number | string, b: number | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
