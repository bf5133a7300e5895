// What a fault or a stop means for the task, as the error that its attempt keeps. Pure.

import { unreachable } from "../base/invariant.js";
import type { TaskError } from "../wire/task-shapes.js";
import { taskError } from "./agent-error.js";
import type { Lease } from "./lease.js";
import type { TaskRecord } from "./task-record.js";

/** Codes of the runtime: the agent itself did nothing wrong, or nobody can know. */
const RUNTIME_CODES = new Set([
  "TIMEOUT",
  "ACTOR_STOPPED",
  "NO_ACTOR",
  "MAILBOX_FULL",
  "SYSTEM_FULL",
  "THREAD_LOST",
  "STALE_INCARNATION",
  "CANCELLED",
  "AGENT_UNREACHABLE",
]);

/** An attempt that came back without an outcome. Always worth another attempt, up to the task's limit. */
export function faultToError(fault: Error | undefined, agent: string): TaskError {
  if (fault === undefined) return taskError("AGENT_LOST", `agent ${agent} did not answer`, true, "high");
  const code = (fault as { code?: unknown }).code;
  if (typeof code === "string" && RUNTIME_CODES.has(code)) {
    return taskError(code, `agent ${agent}: ${fault.message}`, true, "high");
  }
  return taskError("AGENT_CRASHED", `agent ${agent} crashed: ${fault.name}: ${fault.message}`, true, "high");
}

/** An attempt that was told to stop. */
export function stoppedError(lease: Lease): TaskError {
  const reason = lease.stopping;
  switch (reason) {
    case "timeout": {
      const seconds = lease.task.timeoutMs / 1000;
      return taskError("TIMEOUT", `the attempt took longer than its ${seconds} s`, true, "medium");
    }
    case "shutdown":
      return taskError("INTERRUPTED", "the hub shut down during the attempt", true, "low");
    case "cancelled":
    case "expired":
    case undefined:
      return taskError("ATTEMPT_STOPPED", "the attempt was stopped", true, "low");
    default:
      return unreachable(reason);
  }
}

/** A dependency that can no longer complete. */
export function dependencyFailed(dependency: TaskRecord): TaskError {
  const { id, state } = dependency;
  const message = `the task depends on ${id}, which ended as ${state.kind}; retry that one, then submit this one again`;
  return taskError("DEPENDENCY_FAILED", message, false, "medium", { task_id: id, status: state.kind });
}
