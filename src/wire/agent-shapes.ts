// What an agent looks like from outside: the body that starts one, the query, and the agent as everybody reads it.
// Browser-safe: zod is the only foreign import.

import { z } from "zod";
import { keptTextShape } from "./kept-value.js";
import { segmentTrouble } from "./path-segment.js";
import type { Pagination } from "./task-shapes.js";
import { nameShape, pageShape, renameAliases } from "./task-shapes.js";

export const AGENT_TYPES = ["worker", "coordinator", "specialist", "learner"] as const;
export type AgentType = (typeof AGENT_TYPES)[number];
export const AGENT_STATES = ["idle", "working", "learning", "communicating", "failed", "inactive"] as const;
export type AgentState = (typeof AGENT_STATES)[number];

/** A name by which an agent can be asked for: it stands as one segment in paths. */
export const agentNameShape = nameShape.superRefine((name, context) => {
  const trouble = segmentTrouble(name);
  if (trouble === undefined) return;
  context.addIssue({
    code: "custom",
    message: `${trouble}, and cannot stand in a path; choose another name`,
  });
});

/** An agent has 1–50 capabilities. */
export const CAPABILITIES_MAX = 50;

export const capabilityShape = z.object({
  name: nameShape,
  proficiency: z.number().min(0).max(1),
  learning_rate: z.number().min(0).max(1).default(0.1),
});
export type Capability = z.output<typeof capabilityShape>;

const agentTypeShape = z
  .string()
  .transform((name) => name.toLowerCase())
  .pipe(z.enum(AGENT_TYPES));

const renameType = renameAliases({ agent_type: "type" });

/** What an agent's capability shows but nobody sets; left out, so that an agent's own list can start another. */
const EARNED: ReadonlySet<string> = new Set(["experience_points", "last_used"]);

function leaveOutEarned(capability: unknown): unknown {
  if (typeof capability !== "object" || capability === null || Array.isArray(capability)) return capability;
  return Object.fromEntries(Object.entries(capability).filter(([key]) => !EARNED.has(key)));
}

function readAgent(value: unknown): unknown {
  const renamed = renameType(value) as { capabilities?: unknown } | null | undefined;
  const listed = renamed?.capabilities;
  return Array.isArray(listed) ? { ...renamed, capabilities: listed.map(leaveOutEarned) } : renamed;
}

export const createAgentShape = z.preprocess(
  readAgent,
  z.strictObject({
    name: agentNameShape,
    type: agentTypeShape.optional(),
    description: keptTextShape.max(10_000).optional(),
    /** Name of a loaded definition; without it, the one that covers the given capabilities. */
    definition: nameShape.optional(),
    capabilities: z
      .array(z.strictObject(capabilityShape.shape))
      .min(1)
      .max(CAPABILITIES_MAX)
      .refine((list) => new Set(list.map((one) => one.name)).size === list.length, "names must differ")
      .optional(),
    max_concurrent: z.int().min(1).max(1000).optional(),
  }),
);
/** The canonical object behind `createAgentShape`, for types and for the OpenAPI document. */
export const createAgentInputShape = createAgentShape.out;
/** What a caller may send. */
export type CreateAgent = z.input<typeof createAgentInputShape>;
export type AgentSpec = z.output<typeof createAgentShape>;

export const agentCapabilityShape = z.object({
  name: z.string(),
  proficiency: z.number(),
  learning_rate: z.number(),
  experience_points: z.number(),
  last_used: z.string().optional(),
});
export type AgentCapability = z.output<typeof agentCapabilityShape>;

export const agentShape = z.object({
  id: z.string(),
  name: z.string(),
  type: z.enum(AGENT_TYPES),
  version: z.string(),
  description: z.string(),
  definition: z.string(),
  state: z.enum(AGENT_STATES),
  /** Why it is failed or inactive. */
  state_reason: z.string().optional(),
  capabilities: z.array(agentCapabilityShape),
  actions: z.array(z.string()),
  /** The types of task that it takes; `*` stands for any, where it has a default action. */
  task_types: z.array(z.string()),
  performance_score: z.number(),
  tasks_completed: z.int(),
  tasks_failed: z.int(),
  tasks_running: z.int(),
  energy_level: z.number(),
  social_connections: z.int(),
  max_concurrent: z.int(),
  restarts: z.int(),
  breaker: z.enum(["closed", "open"]),
  place: z.string().optional(),
  created_at: z.string(),
  last_active: z.string(),
});
/** An agent as everybody reads it. Times are ISO 8601. */
export type Agent = z.output<typeof agentShape>;

export const AGENT_SORT_KEYS = [
  "created_at",
  "last_active",
  "name",
  "performance_score",
  "tasks_completed",
  "tasks_failed",
] as const;

export const agentQueryShape = z.preprocess(
  renameAliases({ agent_type: "type", status: "state" }),
  z.strictObject({
    ...pageShape,
    sort_by: z.enum(AGENT_SORT_KEYS).default("created_at"),
    state: z.enum(AGENT_STATES).optional(),
    type: agentTypeShape.optional(),
  }),
);
const agentQueryObject = agentQueryShape.out;
export type AgentQuery = z.input<typeof agentQueryObject>;

export interface AgentPage {
  readonly agents: readonly Agent[];
  readonly total_count: number;
  readonly pagination: Pagination;
}
