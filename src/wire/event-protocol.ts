// What a client says on a JSON event socket: commands, and the wish that a subscription is. Browser-safe.
// A command is `{action, payload, correlation_id, timeout_ms}`; its answer is `{type: "reply", action, correlation_id,
// success, data, error}`. Everything else that arrives is an event, or a `slow_consumer` warning.

import { z } from "zod";
import { EVENT_FIELDS, type EventField } from "./event-shapes.js";
import { idempotencyKeyShape } from "./task-shapes.js";

export const COMMANDS = [
  "subscribe",
  "unsubscribe",
  "create_agent",
  "create_task",
  "cancel_task",
  "get_status",
] as const;

const TIMEOUT_DEFAULT_MS = 30_000;
const TIMEOUT_MAX_MS = 300_000;
const TOPICS_MAX = 32;
const FILTERS_MAX = 8;

export const commandShape = z.strictObject({
  action: z.enum(COMMANDS),
  payload: z.unknown().optional(),
  correlation_id: z.string().max(200).optional(),
  timeout_ms: z.int().min(1).max(TIMEOUT_MAX_MS).default(TIMEOUT_DEFAULT_MS),
});
export type Command = z.output<typeof commandShape>;

const filterShape = z.union([z.string().max(200), z.number(), z.boolean()]).optional();
/** Why strict: no event ever has a field that nobody knows, and its subscriber would wait for ever. */
const filtersShape = z.strictObject(
  Object.fromEntries(EVENT_FIELDS.map((field) => [field, filterShape])) as Record<
    EventField,
    typeof filterShape
  >,
);

/** Payload of `subscribe`. */
export const subscribeShape = z.strictObject({
  /** Families (`tasks`), types (`task_completed`) or prefixes (`agent_*`). Nothing means everything. */
  topics: z.array(z.string().min(1).max(100)).max(TOPICS_MAX).default([]),
  /** Fields that an event's data must have, with these values. */
  filters: filtersShape
    .refine(
      (filters) => Object.keys(filters).length <= FILTERS_MAX,
      `must have at most ${FILTERS_MAX} fields`,
    )
    .default({}),
  /** Resumes after this sequence number; without it the subscription starts with what comes next. */
  from_seq: z.int().min(0).optional(),
});

/** Payload of `cancel_task`. */
export const cancelCommandShape = z.strictObject({
  task_id: z.string().min(1).max(100),
  reason: z.string().max(1_000).optional(),
});

/** Payload of `unsubscribe` and `get_status`. */
export const emptyPayloadShape = z.strictObject({});

/** What is read of the payload of `create_task` here; the hub reads the rest. */
export const keyedCommandShape = z.object({ idempotency_key: idempotencyKeyShape.optional() }).loose();
