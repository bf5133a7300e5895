// What people tell of how an agent did, and what they are answered. Browser-safe: zod is the only foreign import.

import { z } from "zod";
import type { AgentCapability } from "./agent-shapes.js";
import { CAPABILITIES_MAX } from "./agent-shapes.js";
import { nameShape, renameAliases } from "./task-shapes.js";

const LEARN_ALIASES = {
  task_type: "type",
  kind: "type",
  task_kind: "type",
  execution_quality: "quality",
  latency_ms: "execution_time_ms",
} as const;

/** Two weeks: longer than any attempt may take. */
const EXECUTION_MAX_MS = 14 * 24 * 3_600_000;

/** Body of `POST /api/agents/{id}/learn`. */
export const learnShape = z.preprocess(
  renameAliases(LEARN_ALIASES),
  z
    .strictObject({
      /** The type of the tasks that it was about. */
      type: nameShape.default("general"),
      /** Their action, when they name one. */
      action: nameShape.optional(),
      success: z.boolean(),
      /** How good the work was; counts for a success only. 1 unless given. */
      quality: z.number().min(0).max(1).optional(),
      execution_time_ms: z.number().min(0).max(EXECUTION_MAX_MS).optional(),
      /** Those of its capabilities that were practised: their proficiencies move. */
      capabilities: z.array(nameShape).max(CAPABILITIES_MAX).default([]),
    })
    .refine(({ success, quality = 0 }) => success || quality === 0, {
      path: ["quality"],
      error: "belongs to a success; a failure has none: leave it out, or set success to true",
    }),
);
/** What a caller may send. */
export type Learn = z.input<(typeof learnShape)["out"]>;
export type LearnSpec = z.output<typeof learnShape>;

/** Success at tasks of a type is believed to be Beta(alpha, beta), which has this mean. */
export interface LearnedBelief {
  readonly alpha: number;
  readonly beta: number;
  readonly mean: number;
}

/** `GET /api/agents/{id}/performance`. */
export interface AgentPerformance {
  readonly agent_id: string;
  readonly name: string;
  /** Mean of Beta(1 + completed, 1 + failed). */
  readonly performance_score: number;
  readonly tasks_completed: number;
  readonly tasks_failed: number;
  /** Running mean of successful executions; 0 before the first. */
  readonly average_execution_time_ms: number;
  readonly capabilities: readonly AgentCapability[];
  /** By the action, else the type, of the tasks that it did. */
  readonly learned: readonly ({ readonly type: string } & LearnedBelief)[];
}

/** What is known of the agent now. */
export interface LearnAnswer {
  readonly agent_id: string;
  /** What the outcome was filed under: the action, else the type. */
  readonly type: string;
  readonly learned: LearnedBelief;
  /** The capabilities that were named, as they are now. */
  readonly capabilities: readonly AgentCapability[];
}
