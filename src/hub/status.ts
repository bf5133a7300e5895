// The hub at a glance: for the status route, for resources, for health. Counted when somebody asks.

import { availableParallelism, freemem, loadavg, totalmem } from "node:os";
import type { AgentState } from "../wire/agent-shapes.js";
import { AGENT_STATES, AGENT_TYPES } from "../wire/agent-shapes.js";
import type { TaskStatus } from "../wire/task-shapes.js";
import { agentState } from "./agent-view.js";
import type { Dispatcher } from "./dispatch.js";
import { loadOf } from "./load-priority.js";
import type { HubParts } from "./parts.js";

export interface HubStatus {
  readonly hive_id: string;
  readonly agents: {
    readonly total: number;
    readonly active: number;
    readonly by_state: Readonly<Record<AgentState, number>>;
    readonly by_type: Readonly<Record<string, number>>;
  };
  readonly tasks: {
    readonly queue: {
      readonly waiting: number;
      readonly parked: number;
      readonly by_status: Readonly<Record<TaskStatus, number>>;
    };
    readonly executor: { readonly running: number; readonly slots: number; readonly load: number };
    readonly metrics: {
      readonly submitted: number;
      readonly reopened: number;
      readonly settled: number;
      readonly open: number;
      readonly retries: number;
      readonly late_answers: number;
    };
    readonly system: {
      readonly journal: string;
      readonly engine: "native" | "js";
      readonly draining: boolean;
    };
  };
  readonly metrics: {
    readonly average_performance: number;
    readonly tasks_completed: number;
    readonly tasks_failed: number;
    readonly uptime_seconds: number;
  };
  readonly resources: HubResources["system_resources"];
  readonly swarm_center: readonly [number, number];
  readonly total_energy: number;
  readonly timestamp: string;
}

export interface HubResources {
  readonly system_resources: {
    readonly cpu_cores: number;
    /** Percent of all cores over the last minute. */
    readonly cpu_usage: number;
    readonly memory_total_bytes: number;
    readonly memory_available_bytes: number;
    /** Percent of the machine's memory. */
    readonly memory_usage: number;
    readonly process_memory_bytes: number;
    readonly process_heap_bytes: number;
  };
  readonly timestamp: string;
}

export interface HubHealth {
  readonly status: "healthy" | "degraded" | "unhealthy";
  readonly components: Readonly<
    Record<string, { readonly status: string; readonly [detail: string]: unknown }>
  >;
}

/** A commit that takes longer means a sick disk. */
const COMMIT_SLOW_MS = 5_000;

export function hubStatus(
  parts: HubParts,
  dispatcher: Dispatcher,
  hub: { readonly hiveId: string; readonly startedMs: number },
): HubStatus {
  const { ledger, roster, waiting, writer, matcher, clock } = parts;
  const rows = roster.inOrder();
  const byState = Object.fromEntries(AGENT_STATES.map((state) => [state, 0])) as Record<AgentState, number>;
  const byType = Object.fromEntries(AGENT_TYPES.map((type) => [type, 0])) as Record<string, number>;
  let [slots, completed, failed, energy, performance] = [0, 0, 0, 0, 0];
  for (const row of rows) {
    byState[agentState(row)] += 1;
    const type = row.record.type ?? row.meta?.type ?? "worker";
    byType[type] = (byType[type] ?? 0) + 1;
    if (row.isAvailable) slots += row.maxConcurrent;
    completed += row.completed;
    failed += row.failed;
    energy += row.energy * 100;
    performance += (row.completed + 1) / (row.completed + row.failed + 2);
  }
  let parked = 0;
  for (const lane of waiting.waiting()) if (lane.parkedBecause !== undefined) parked += lane.tasks.size;
  const totals = ledger.totals();
  return {
    hive_id: hub.hiveId,
    agents: {
      total: rows.length,
      active: byState.idle + byState.working,
      by_state: byState,
      by_type: byType,
    },
    tasks: {
      queue: { waiting: waiting.size, parked, by_status: ledger.countByStatus() },
      executor: { running: dispatcher.leases.size, slots, load: loadOf(parts) },
      metrics: {
        submitted: totals.submitted,
        reopened: totals.reopened,
        settled: ledger.settledCount,
        open: ledger.countedOpen,
        retries: totals.retries,
        late_answers: totals.lateAnswers,
      },
      system: { journal: writer.state, engine: matcher.engine, draining: dispatcher.isDraining },
    },
    metrics: {
      average_performance: rows.length === 0 ? 0 : Math.round((performance / rows.length) * 1e4) / 1e4,
      tasks_completed: completed,
      tasks_failed: failed,
      uptime_seconds: Math.round((clock.wallMs() - hub.startedMs) / 1000),
    },
    resources: hubResources(clock.wallMs()).system_resources,
    swarm_center: [0, 0],
    total_energy: Math.round(energy),
    timestamp: new Date(clock.wallMs()).toISOString(),
  };
}

export function hubResources(wallMs: number): HubResources {
  const total = totalmem();
  const free = freemem();
  const cores = availableParallelism();
  const memory = process.memoryUsage();
  return {
    system_resources: {
      cpu_cores: cores,
      cpu_usage: percent((loadavg()[0] ?? 0) / cores),
      memory_total_bytes: total,
      memory_available_bytes: free,
      memory_usage: percent((total - free) / total),
      process_memory_bytes: memory.rss,
      process_heap_bytes: memory.heapUsed,
    },
    timestamp: new Date(wallMs).toISOString(),
  };
}

function percent(share: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) * 1e4) / 100;
}

export function hubHealth(
  parts: HubParts,
  dispatcher: Dispatcher,
  journal: { readonly state: string; readonly pendingSinceMs: number | undefined },
): HubHealth {
  const { roster, ledger, waiting, clock } = parts;
  const pendingMs = journal.pendingSinceMs === undefined ? 0 : clock.nowMs() - journal.pendingSinceMs;
  const storeStatus =
    journal.state === "open"
      ? pendingMs > COMMIT_SLOW_MS
        ? "degraded"
        : "healthy"
      : journal.state === "read-only"
        ? "degraded"
        : "unhealthy";
  const failed = roster.inOrder().filter((row) => row.condition === "failed").length;
  const agentsStatus = failed === 0 ? "healthy" : "degraded";
  const components = {
    store: { status: storeStatus, journal: journal.state, pending_ms: Math.round(pendingMs) },
    agents: { status: agentsStatus, total: roster.size, failed },
    tasks: {
      status: ledger.isBalanced ? "healthy" : "unhealthy",
      open: ledger.countedOpen,
      waiting: waiting.size,
      running: dispatcher.leases.size,
    },
  };
  const statuses = Object.values(components).map((one) => one.status);
  const status = statuses.includes("unhealthy")
    ? "unhealthy"
    : statuses.includes("degraded")
      ? "degraded"
      : "healthy";
  return { status, components };
}
