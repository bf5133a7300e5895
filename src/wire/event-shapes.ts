// Facts for watchers: what the hub tells everybody who listens, in the order it happened.
// One hub-wide sequence: a watcher that lost its connection resumes from the last `seq` it saw.

import { z } from "zod";

export const EVENT_TYPES = [
  "agent_created",
  "agent_status_changed",
  "agent_performance_updated",
  "agent_removed",
  "task_created",
  "task_assigned",
  "task_started",
  "task_progress",
  "task_retrying",
  "task_completed",
  "task_failed",
  "task_cancelled",
  "task_expired",
  "task_reopened",
  "hive_status_update",
  "metrics_update",
  "system_alert",
  "resource_alert",
  "learning_cycle_started",
  "learning_cycle_completed",
  "coordination_event",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What a watcher may subscribe to: everything about agents, tasks, the system, … */
export const EVENT_TOPICS = ["agents", "tasks", "system", "metrics", "learning", "coordination"] as const;
export type EventTopic = (typeof EVENT_TOPICS)[number];

const TOPIC_OF: Readonly<Record<EventType, EventTopic>> = {
  agent_created: "agents",
  agent_status_changed: "agents",
  agent_performance_updated: "agents",
  agent_removed: "agents",
  task_created: "tasks",
  task_assigned: "tasks",
  task_started: "tasks",
  task_progress: "tasks",
  task_retrying: "tasks",
  task_completed: "tasks",
  task_failed: "tasks",
  task_cancelled: "tasks",
  task_expired: "tasks",
  task_reopened: "tasks",
  hive_status_update: "system",
  metrics_update: "metrics",
  system_alert: "system",
  resource_alert: "system",
  learning_cycle_started: "learning",
  learning_cycle_completed: "learning",
  coordination_event: "coordination",
};

export function topicOf(type: EventType): EventTopic {
  return TOPIC_OF[type];
}

/** What the data of events says in one word or number, and what a subscription may filter by. */
export const EVENT_FIELDS = [
  "task_id",
  "task_type",
  "status",
  "attempt",
  "progress",
  "message",
  "due_ms",
  "agent_id",
  "name",
  "state",
  "reason",
] as const;
export type EventField = (typeof EVENT_FIELDS)[number];

export const hubEventShape = z.object({
  type: z.enum(EVENT_TYPES),
  /** Task events carry at least `task_id` and `status`, agent events `agent_id` and `state`. */
  data: z.record(z.string(), z.unknown()),
  timestamp: z.string(),
  message_id: z.string(),
  /** Grows by one with each event of the hub. */
  seq: z.int(),
  correlation_id: z.string().optional(),
});
export type HubEvent = z.output<typeof hubEventShape>;
