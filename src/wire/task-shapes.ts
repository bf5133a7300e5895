// What a task looks like from outside: the bodies that create and query tasks, and the task as everybody reads it.
// The same shapes validate HTTP, WebSocket and in-process callers, and the OpenAPI document is generated from them.
// Why both spellings: the documents this hub follows mix `title` with `description`, `minimum_proficiency` with
// `min_proficiency` and numeric with named priorities. Aliases are renamed before validation, so that there is one
// canonical form behind this file and nobody above it knows the others.
// Browser-safe: zod is the only foreign import.

import { z } from "zod";
import { keptTextShape, keptWhole } from "./kept-value.js";

export const PRIORITIES = ["low", "medium", "high", "critical"] as const;
export type Priority = (typeof PRIORITIES)[number];

export const OPEN_STATUSES = [
  "scheduled",
  "blocked",
  "queued",
  "assigned",
  "running",
  "waiting",
  "retrying",
] as const;
export const SETTLED_STATUSES = ["completed", "failed", "cancelled", "expired", "dead"] as const;
export type OpenStatus = (typeof OPEN_STATUSES)[number];
export type SettledStatus = (typeof SETTLED_STATUSES)[number];
export type TaskStatus = OpenStatus | SettledStatus;

/** Other names of the documents, accepted in queries. */
const STATUS_ALIASES: Readonly<Record<string, TaskStatus>> = { pending: "queued", processing: "running" };

export const SEVERITIES = ["low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Bounds of a create, each small enough that a task stays an entry and not a file. */
export const TASK_LIMITS = Object.freeze({
  descriptionChars: 10_000,
  nameChars: 100,
  capabilities: 32,
  dependencies: 100,
  tags: 32,
  retries: 100,
  timeoutSeconds: 86_400,
  payloadBytes: 64 * 1024,
  pageSize: 500,
});

/** Renames aliases to canonical keys; a canonical key that is present wins. Anything but an object passes through. */
export function renameAliases(aliases: Readonly<Record<string, string>>): (value: unknown) => unknown {
  const pairs = Object.entries(aliases);
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    let renamed: Record<string, unknown> | undefined;
    for (const [alias, canonical] of pairs) {
      if (!Object.hasOwn(value, alias)) continue;
      renamed ??= { ...value };
      if (!Object.hasOwn(value, canonical)) renamed[canonical] = renamed[alias];
      delete renamed[alias];
    }
    return renamed ?? value;
  };
}

/** A name of a capability, type, action or agent: 1–100 characters. */
export const nameShape = keptTextShape.min(1).max(TASK_LIMITS.nameChars);

const PRIORITY_EXPECTED = `must be one of ${PRIORITIES.join(", ")}, or a number from 0 (low) to 3 (critical)`;
// Why the same words again: of a union whose one branch comes close, only the complaint of that branch is told.
const priorityLevel = z.int().min(0, PRIORITY_EXPECTED).max(3, PRIORITY_EXPECTED);

/** `low|medium|high|critical`, or 0–3. */
export const priorityShape = z
  .union([z.enum(PRIORITIES), priorityLevel], { error: PRIORITY_EXPECTED })
  .transform((value): Priority => (typeof value === "number" ? (PRIORITIES[value] as Priority) : value));

const INSTANT_EXPECTED = "must be a time such as 2026-01-31T12:00:00Z, or milliseconds since 1970";

/** An instant: ISO 8601 with an offset, or milliseconds since the Unix epoch. Becomes milliseconds. */
export const instantShape = z
  .union(
    [
      z.iso.datetime({ offset: true, error: INSTANT_EXPECTED }),
      z.int().min(0, INSTANT_EXPECTED).max(8.64e15, INSTANT_EXPECTED),
    ],
    { error: INSTANT_EXPECTED },
  )
  .transform((value) => (typeof value === "number" ? value : Date.parse(value)));

export const requiredCapabilityShape = z.preprocess(
  renameAliases({ minimum_proficiency: "min_proficiency" }),
  z.strictObject({
    name: nameShape,
    min_proficiency: z.number().min(0).max(1).default(0),
    weight: z.number().gt(0).max(1000).default(1),
  }),
);
export type RequiredCapability = z.output<typeof requiredCapabilityShape>;

/** Names a create, so that sent twice it is one task. No other characters, because no other reach us in a header. */
export const idempotencyKeyShape = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, "must be 1 to 255 visible ASCII characters, without spaces");

/** The header that may carry the key, by the name it has in a refusal. */
export const keyHeaderShape = z.object({ "Idempotency-Key": idempotencyKeyShape });

const CREATE_ALIASES = {
  title: "description",
  task_type: "type",
  params: "parameters",
  data: "parameters",
  timeout: "timeout_seconds",
  agent_id: "agent",
  agent_name: "agent",
  capabilities: "required_capabilities",
} as const;

export const createTaskShape = z.preprocess(
  renameAliases(CREATE_ALIASES),
  z.strictObject({
    description: keptTextShape.min(1).max(TASK_LIMITS.descriptionChars),
    type: nameShape.default("general"),
    priority: priorityShape.default("medium"),
    required_capabilities: z.array(requiredCapabilityShape).max(TASK_LIMITS.capabilities).default([]),
    /** The input of the action. JSON up to 64 KiB; larger input goes through blobs. */
    parameters: keptWhole(z.record(z.string(), z.unknown())).default({}),
    /** Which action runs; without it the type decides, then the media type, then the default action. */
    action: nameShape.optional(),
    /** Media type of the input; without it that of `parameters.blob`. */
    media_type: z.string().min(1).max(200).optional(),
    /** Only this agent may do it: its id, its name or the name of its definition. */
    agent: nameShape.optional(),
    timeout_seconds: z.number().gt(0).max(TASK_LIMITS.timeoutSeconds).optional(),
    max_retries: z.int().min(0).max(TASK_LIMITS.retries).optional(),
    deadline: instantShape.optional(),
    depends_on: z
      .array(z.string().min(1).max(TASK_LIMITS.nameChars))
      .max(TASK_LIMITS.dependencies)
      .default([]),
    idempotency_key: idempotencyKeyShape.optional(),
    callback_url: z.url().max(2048).optional(),
    tags: z.array(nameShape).max(TASK_LIMITS.tags).default([]),
  }),
);
/** What a caller may send. */
export type CreateTask = z.input<typeof createTaskInputShape>;
/** What the hub works with: canonical names, defaults filled in. */
export type TaskSpec = z.output<typeof createTaskShape>;

/** The canonical object behind `createTaskShape`, for types and for the OpenAPI document. */
export const createTaskInputShape = createTaskShape.out;

const DATA_EXPECTED = "expected an object with at least one field: the input of the action";

/** Body of `POST /api/v1/agents/{name}/tasks`. */
export const agentTaskShape = z.preprocess(
  renameAliases({ parameters: "data", params: "data", timeout_seconds: "timeout" }),
  z.strictObject({
    action: nameShape,
    data: keptWhole(
      z
        .record(z.string(), z.unknown(), {
          error: ({ input }) => `${input === undefined ? "is missing" : "is no object"}; ${DATA_EXPECTED}`,
        })
        .refine((data) => Object.keys(data).length > 0, `is an empty object; ${DATA_EXPECTED}`),
    ),
    description: keptTextShape.min(1).max(TASK_LIMITS.descriptionChars).optional(),
    priority: priorityShape.optional(),
    timeout: z.number().gt(0).max(TASK_LIMITS.timeoutSeconds).optional(),
    idempotency_key: idempotencyKeyShape.optional(),
  }),
);
export type AgentTask = z.output<typeof agentTaskShape>;

export const taskErrorShape = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  severity: z.enum(SEVERITIES),
  data: z.record(z.string(), z.unknown()).optional(),
});
/** Why an attempt or a task failed. */
export type TaskError = z.output<typeof taskErrorShape>;

export const ATTEMPT_STATUSES = [
  "assigned",
  "running",
  "completed",
  "failed",
  "timed_out",
  "cancelled",
  "interrupted",
] as const;
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number];

export const attemptShape = z.object({
  attempt_number: z.int(),
  started_at: z.string(),
  ended_at: z.string().optional(),
  agent_id: z.string(),
  status: z.enum(ATTEMPT_STATUSES),
  error: taskErrorShape.optional(),
});
export type Attempt = z.output<typeof attemptShape>;

export const termsShape = z.object({
  fitness: z.number(),
  success: z.number(),
  headroom: z.number(),
  speed: z.number(),
  semantic: z.number().optional(),
  cost_share: z.number().optional(),
});
/**
 * The terms of a score, each 0..1 before its weight; `headroom` is 1 − load, `semantic` how like the words of the task
 * are to those of the agent, `cost_share` its cost as a share of the highest, which is taken away. The last two are
 * there where they counted.
 */
export type ScoreTerms = z.output<typeof termsShape>;

export const learnedTermsShape = z.object({
  alpha: z.number(),
  beta: z.number(),
  mean: z.number(),
  sample: z.number(),
});
/**
 * What was believed of an agent's success at tasks like this: Beta(alpha, beta) with its mean, and the success by which
 * the choice was made, which differs from the mean where it paid to learn more about the agent.
 */
export type LearnedTerms = z.output<typeof learnedTermsShape>;

export const predictedTermsShape = z.object({ success: z.number(), weight: z.number() });
/**
 * What the outcome predictor expected of an agent's success at this very task, and how much of that is in the term
 * `success`: success = mean + weight · (predicted success − mean), the mean being what was believed.
 */
export type PredictedTerms = z.output<typeof predictedTermsShape>;

export const matchShape = z.object({
  agent_id: z.string(),
  score: z.number(),
  terms: termsShape,
  /** Where the predictor had a say. */
  predicted: predictedTermsShape.optional(),
});
export type Match = z.output<typeof matchShape>;
export const matchPreviewShape = z.object({ agent_id: z.string(), name: z.string(), score: z.number() });
export type MatchPreview = z.output<typeof matchPreviewShape>;

export const taskShape = z.object({
  id: z.string(),
  status: z.enum([...OPEN_STATUSES, ...SETTLED_STATUSES]),
  description: z.string(),
  type: z.string(),
  priority: z.enum(PRIORITIES),
  required_capabilities: z.array(
    z.object({ name: z.string(), min_proficiency: z.number(), weight: z.number().optional() }),
  ),
  parameters: z.record(z.string(), z.unknown()),
  action: z.string().optional(),
  media_type: z.string().optional(),
  agent: z.string().optional(),
  timeout_seconds: z.number(),
  max_retries: z.int(),
  deadline: z.string().optional(),
  depends_on: z.array(z.string()),
  idempotency_key: z.string().optional(),
  callback_url: z.string().optional(),
  tags: z.array(z.string()),
  assigned_agent: z.string().optional(),
  created_at: z.string(),
  started_at: z.string().optional(),
  completed_at: z.string().optional(),
  estimated_completion: z.string().optional(),
  execution_time_ms: z.number().optional(),
  progress: z.number(),
  progress_message: z.string().optional(),
  attempts: z.array(attemptShape),
  result: z.unknown().optional(),
  error: taskErrorShape.optional(),
  waiting_reason: z.string().optional(),
  matched: matchShape.optional(),
});
/** A task as everybody reads it. Times are ISO 8601; `execution_time_ms` is that of the last attempt. */
export type Task = z.output<typeof taskShape>;

/** Query strings arrive as text, so numbers are coerced. */
export const pageShape = {
  limit: z.coerce.number().int().min(1).max(TASK_LIMITS.pageSize).default(50),
  offset: z.coerce.number().int().min(0).default(0),
  sort_order: z.enum(["asc", "desc"]).default("desc"),
};

const statusName = z
  .enum([...OPEN_STATUSES, ...SETTLED_STATUSES, "pending", "processing"])
  .transform((name): TaskStatus => STATUS_ALIASES[name] ?? (name as TaskStatus));

/** Levels as a query string spells them. */
const PRIORITY_OF_TEXT = new Map(PRIORITIES.map((name, level) => [String(level), name]));

export const taskQueryShape = z.preprocess(
  renameAliases({ state: "status", task_type: "type" }),
  z.strictObject({
    ...pageShape,
    status: statusName.optional(),
    priority: z.preprocess((value) => PRIORITY_OF_TEXT.get(String(value)) ?? value, priorityShape).optional(),
    agent_id: nameShape.optional(),
    type: nameShape.optional(),
    tag: nameShape.optional(),
  }),
);
export type TaskQuery = z.input<typeof taskQueryObject>;
const taskQueryObject = taskQueryShape.out;

export interface Pagination {
  readonly limit: number;
  readonly offset: number;
  readonly has_more: boolean;
}

/** One page of tasks by creation time. `total_count` is exact unless `total_is_at_least` is set. */
export interface TaskPage {
  readonly tasks: readonly Task[];
  readonly total_count: number;
  readonly total_is_at_least?: boolean;
  readonly pagination: Pagination;
}

export const cancelTaskShape = z.strictObject({ reason: keptTextShape.max(1000).optional() }).optional();

/** One agent in an explanation. */
export interface ExplainedAgent extends MatchPreview {
  readonly terms: ScoreTerms;
  /** Missing for tasks that an older hub assigned. */
  readonly learned?: LearnedTerms;
  /** Missing where the predictor had no say. */
  readonly predicted?: PredictedTerms;
  readonly chosen: boolean;
}

/** Why a task went to its agent, or why nobody does it. */
export interface Explanation {
  readonly task_id: string;
  readonly status: TaskStatus;
  /** When these terms held: at the assignment, or now for a task that waits. */
  readonly at: string;
  readonly best: readonly ExplainedAgent[];
  /** Set while nobody can or may do it: `no-agents`, `no-action`, `no-capability`, `below-minimum`, `all-busy`… */
  readonly reason?: string;
  readonly detail?: string;
  readonly nearest_miss?: {
    readonly agent_id: string;
    readonly capability: string;
    readonly proficiency: number;
    readonly minimum: number;
  };
}
