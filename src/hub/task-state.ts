// The life of a task as one total function: a state and a change give the next state. Nothing here has an effect.
// The same function runs live (hub/ledger.ts, before the change is journalled) and at boot (hub/recovery.ts, when the
// journal is replayed), so a recovered task cannot be in a state that a live one could not reach.
//
//                      ┌──────── release ───────┐
//   scheduled ─release─┤                        ▼
//                      └─▶ blocked ─release─▶ queued ─assign─▶ assigned ─start─▶ running ─complete─▶ completed
//                                               ▲                 │                │  ▲
//                                            requeue              └─── retry ──┬───┤  answer
//                                               │                              ▼   │  │
//                                               └────────────────────────── retrying ask ▶ waiting
//   any open ─cancel─▶ cancelled     any open ─expire─▶ expired
//   blocked, assigned, running, waiting, retrying ─fail─▶ failed (not retryable)   … ─die─▶ dead (out of attempts)
//   failed, cancelled, expired, dead ─reopen─▶ queued or blocked
//
// Why an illegal pair throws: callers ask `isLegal` where a person may ask for the impossible (cancelling a settled
// task); everywhere else an illegal change means that the hub lost count, and going on would corrupt the ledger.

import { BugError, unreachable } from "../base/invariant.js";
import type { OpenStatus, SettledStatus, TaskStatus } from "../wire/task-shapes.js";

/** Who holds the task now. `fence` grows with each lease of the hub: an answer under an older one is ignored. */
export interface Tenure {
  readonly agent: number;
  readonly attempt: number;
  readonly fence: number;
  readonly assignedMs: number;
}

export type TaskState =
  | { readonly kind: "scheduled"; readonly dueMs: number }
  | { readonly kind: "blocked" }
  | { readonly kind: "queued" }
  | ({ readonly kind: "assigned" } & Tenure)
  | ({ readonly kind: "running"; readonly startedMs: number } & Tenure)
  | ({ readonly kind: "waiting"; readonly startedMs: number; readonly askedMs: number } & Tenure)
  | { readonly kind: "retrying"; readonly dueMs: number }
  | { readonly kind: SettledStatus; readonly settledMs: number };

export type TaskChange =
  | { readonly kind: "release"; readonly blocked: boolean }
  | ({ readonly kind: "assign" } & Tenure)
  | { readonly kind: "start"; readonly startedMs: number }
  | { readonly kind: "ask"; readonly askedMs: number }
  | { readonly kind: "answer" }
  | { readonly kind: "retry"; readonly dueMs: number }
  | { readonly kind: "requeue" }
  | { readonly kind: "complete" | "fail" | "die" | "cancel" | "expire"; readonly settledMs: number }
  | { readonly kind: "reopen"; readonly blocked: boolean };

export type ChangeKind = TaskChange["kind"];

const QUEUED: TaskState = Object.freeze({ kind: "queued" });
const BLOCKED: TaskState = Object.freeze({ kind: "blocked" });

/** Which states each change may leave. The picture above as a table. */
const LEAVES: Readonly<Record<ChangeKind, readonly TaskStatus[]>> = {
  release: ["scheduled", "blocked"],
  assign: ["queued"],
  start: ["assigned"],
  ask: ["running"],
  answer: ["waiting"],
  retry: ["assigned", "running", "waiting"],
  requeue: ["retrying"],
  complete: ["running"],
  fail: ["blocked", "assigned", "running", "waiting", "retrying"],
  die: ["assigned", "running", "waiting", "retrying"],
  cancel: ["scheduled", "blocked", "queued", "assigned", "running", "waiting", "retrying"],
  expire: ["scheduled", "blocked", "queued", "assigned", "running", "waiting", "retrying"],
  reopen: ["failed", "cancelled", "expired", "dead"],
};

/** Whether `change` may happen to a task in `status`. */
export function isLegal(status: TaskStatus, change: ChangeKind): boolean {
  return LEAVES[change].includes(status);
}

export function isSettled(status: TaskStatus): status is SettledStatus {
  switch (status) {
    case "completed":
    case "failed":
    case "cancelled":
    case "expired":
    case "dead":
      return true;
    case "scheduled":
    case "blocked":
    case "queued":
    case "assigned":
    case "running":
    case "waiting":
    case "retrying":
      return false;
    default:
      return unreachable(status);
  }
}

/** An agent holds the task. */
export function isHeld(state: TaskState): state is Extract<TaskState, Tenure> {
  return state.kind === "running" || state.kind === "assigned" || state.kind === "waiting";
}

/** The state a new task starts in. */
export function initialState(
  status: Extract<OpenStatus, "scheduled" | "blocked" | "queued">,
  dueMs = 0,
): TaskState {
  if (status === "scheduled") return { kind: "scheduled", dueMs };
  return status === "blocked" ? BLOCKED : QUEUED;
}

/** The next state. Throws a `BugError` for a change that the state does not allow. */
export function transition(state: TaskState, change: TaskChange): TaskState {
  switch (change.kind) {
    case "assign":
      if (state.kind !== "queued") return illegal(state, change);
      return tenured("assigned", change);
    case "start":
      if (state.kind !== "assigned") return illegal(state, change);
      return running(state, change.startedMs);
    case "complete":
      if (state.kind !== "running") return illegal(state, change);
      return { kind: "completed", settledMs: change.settledMs };
    case "ask":
      if (state.kind !== "running") return illegal(state, change);
      return { ...state, kind: "waiting", askedMs: change.askedMs };
    case "answer":
      if (state.kind !== "waiting") return illegal(state, change);
      return running(state, state.startedMs);
    case "release":
      if (state.kind === "scheduled") return change.blocked ? BLOCKED : QUEUED;
      return state.kind === "blocked" && !change.blocked ? QUEUED : illegal(state, change);
    case "retry":
      return isHeld(state) ? { kind: "retrying", dueMs: change.dueMs } : illegal(state, change);
    case "requeue":
      return state.kind === "retrying" ? QUEUED : illegal(state, change);
    case "fail":
      return settle(state, change, "failed", change.settledMs);
    case "die":
      return settle(state, change, "dead", change.settledMs);
    case "cancel":
      return settle(state, change, "cancelled", change.settledMs);
    case "expire":
      return settle(state, change, "expired", change.settledMs);
    case "reopen":
      if (!isLegal(state.kind, "reopen")) return illegal(state, change);
      return change.blocked ? BLOCKED : QUEUED;
    default:
      return unreachable(change);
  }
}

function tenured(kind: "assigned", tenure: Tenure): TaskState {
  const { agent, attempt, fence, assignedMs } = tenure;
  return { kind, agent, attempt, fence, assignedMs };
}

function running(tenure: Tenure, startedMs: number): TaskState {
  const { agent, attempt, fence, assignedMs } = tenure;
  return { kind: "running", agent, attempt, fence, assignedMs, startedMs };
}

function settle(state: TaskState, change: TaskChange, to: SettledStatus, settledMs: number): TaskState {
  return isLegal(state.kind, change.kind) ? { kind: to, settledMs } : illegal(state, change);
}

function illegal(state: TaskState, change: TaskChange): never {
  throw new BugError(`illegal transition: "${change.kind}" of a task that is ${state.kind}`);
}
