// A supervisor at work: it hears how its children end, asks actor/supervision for the verdict, and has actor/children
// carry it out.

import { errorFromRecord, errorToRecord } from "../base/errors.js";
import { unreachable } from "../base/invariant.js";
import { threadOf } from "./address.js";
import { Cell, LOADING, STOPPING, SUSPENDED } from "./cell.js";
import {
  childEnded,
  childGone,
  isInGroupRestart,
  pathOf,
  restartChild,
  restartGroup,
  restartLater,
  resumeChild,
  stopChildren,
  stopOne,
} from "./children.js";
import { recordOf, type StopReasonRecord } from "./control-message.js";
import type { StopReason } from "./definition.js";
import { IntensityExceeded, RestartRequested } from "./errors.js";
import { type Child, RemoteChild } from "./family.js";
import type { Kernel } from "./kernel.js";
import { sayAbandoned } from "./leave.js";
import { crash } from "./lifecycle.js";
import { ActorRef, assertRef } from "./ref.js";
import { emptyBudget } from "./restart-budget.js";
import { concerned, DEFAULT_INTENSITY, decideVerdict, type Exit } from "./supervision.js";

/** A child tells its parent, wherever that is, and stays suspended. */
export function reportExit(cell: Cell, exit: Exit, error: Error): void {
  const { parent, kernel } = cell;
  if (parent instanceof Cell) {
    superviseChild(parent, cell, exit, error, false);
  } else if (parent instanceof ActorRef) {
    const message = {
      kind: "exit",
      parent: parent.export(),
      child: cell.ref.export(),
      exit,
      error: errorToRecord(error),
    } as const;
    kernel.transport.control(threadOf(parent.address), message);
  } else {
    kernel.ports.log.log("fatal", "the root of the tree failed", { error: String(error) });
  }
}

/** `late`: it was not waited for. A parent on another thread says so, as it may have said already. */
export function reportGone(cell: Cell, reason: StopReason, late: boolean): void {
  const { parent, kernel } = cell;
  if (late && !(parent instanceof ActorRef)) sayAbandoned(cell.kernel, cell.path);
  if (parent instanceof Cell) childGone(parent, cell, reason.code);
  else if (parent instanceof ActorRef) {
    const message = {
      kind: "gone",
      parent: parent.export(),
      child: cell.ref.export(),
      reason: recordOf(reason),
      ...(late ? { late: cell.path } : {}),
    } as const;
    kernel.transport.control(threadOf(parent.address), message);
  }
  if (reason.code === "fault")
    kernel.ports.log.log("warn", "an actor stopped after a fault", { actor: cell.path });
}

/** The verdict on a child, and its effects. `free`: this restart is paid for already. */
export function superviseChild(parent: Cell, child: Child, exit: Exit, error: Error, free: boolean): void {
  const { family, kernel } = parent;
  if (family === undefined || !family.children.has(child)) return;
  if (parent.status >= STOPPING) return stopOne(parent, child, { code: "parent-stopped" });
  if (child instanceof RemoteChild && child.stopping !== undefined)
    return stopOne(parent, child, child.stopping);
  if (isInGroupRestart(parent, child)) {
    // It starts again with the others, however it ended.
    if (child instanceof RemoteChild && child.lost) childEnded(parent, child);
    return;
  }
  child.history ??= { streak: 0, lastFaultMs: 0, budget: emptyBudget() };
  // The root keeps a budget per child: actors that have nothing to do with each other do not share a fate.
  const budget = parent.parent === undefined ? child.history.budget : family.budget;
  const nowMs = kernel.ports.clock.nowMs();
  const given = { exit, error, restart: child.restart, nowMs, free };
  let verdict: ReturnType<typeof decideVerdict>;
  try {
    verdict = decideVerdict(parent.definition.supervision, given, budget, child.history, kernel.ports.random);
  } catch (thrown) {
    stopOne(parent, child, { code: "fault", error });
    crash(parent, thrown, undefined);
    return;
  }
  switch (verdict.action) {
    case "resume":
      return resumeChild(parent, child, error);
    case "stop":
      return stopOne(parent, child, exit === "normal" ? { code: "normal" } : { code: exit, error });
    case "restart":
      return restartWithOthers(parent, child, error, verdict.delayMs);
    case "escalate":
      return giveUp(parent, child, error);
    case "give-up":
      return giveUp(parent, child, tooOften(parent, child, error));
    default:
      return unreachable(verdict);
  }
}

function restartWithOthers(parent: Cell, child: Child, error: Error, delayMs: number): void {
  const { strategy = "one-for-one" } = parent.definition.supervision ?? {};
  if (strategy === "one-for-one") return restartLater(parent, child, error, delayMs);
  restartGroup(parent, concerned(strategy, parent.family?.children ?? [], child), error, delayMs);
}

/** `ctx.restart(child)`: as after a fault, but nobody counts it. */
export function restartOnRequest(parent: Cell, ref: ActorRef, error: Error): void {
  assertRef("restart", ref);
  const child = parent.family?.find(ref);
  if (child === undefined || isStopping(child) || isInGroupRestart(parent, child)) return;
  parent.family?.cancelPending(child);
  restartChild(parent, child, error);
}

/** `system.restart(ref)`: it fails, on whatever thread, and its supervisor decides. */
export function requestRestart(kernel: Kernel, ref: ActorRef): void {
  if (ref.cell !== undefined) failOnRequest(ref.cell);
  else kernel.transport.control(threadOf(ref.address), { kind: "restart", target: ref.export() });
}

/** One that has not started yet, or has failed already, has nothing to begin anew. */
export function failOnRequest(cell: Cell | undefined): void {
  if (cell === undefined || cell.status === LOADING || cell.status === SUSPENDED) return;
  crash(cell, new RestartRequested(`a restart of ${cell.path} was asked for`), undefined);
}

function isStopping(child: Child): boolean {
  return child instanceof Cell ? child.status >= STOPPING : child.stopping !== undefined;
}

function tooOften(parent: Cell, child: Child, error: Error): IntensityExceeded {
  const { restarts, withinMs } = parent.definition.supervision?.intensity ?? DEFAULT_INTENSITY;
  const allowed = `${restarts} ${restarts === 1 ? "restart" : "restarts"} in ${withinMs} ms`;
  const path = pathOf(parent, child);
  const what =
    parent.parent === undefined
      ? `${path} failed too often: more than ${allowed}`
      : `${parent.path}: its children failed too often, last ${path}: more than ${allowed}`;
  return new IntensityExceeded(`${what}; the last time: ${error.message}`, { cause: error });
}

/** All children stop, then the supervisor itself has failed. The root only stops the one child. */
function giveUp(parent: Cell, child: Child, error: Error): void {
  const { kernel } = parent;
  kernel.emit({
    type: "supervisor-gave-up",
    path: parent.path,
    child: pathOf(parent, child),
    stopped: parent.parent === undefined ? "child" : "children",
    error: errorToRecord(error),
    thread: kernel.thread,
  });
  if (parent.parent === undefined) return stopOne(parent, child, { code: "fault", error });
  if (parent.status === SUSPENDED) return;
  parent.status = SUSPENDED;
  stopChildren(parent, () => {
    if (parent.status === SUSPENDED) reportExit(parent, "fault", error);
  });
}

/** `ctx.stop(child)`; a ref that is no child of the caller's is stopped all the same. */
export function stopOnRequest(parent: Cell, ref: ActorRef): void {
  assertRef("stop", ref);
  const child = parent.family?.find(ref);
  if (child === undefined) parent.kernel.requestStop(ref, { code: "stopped" });
  else stopOne(parent, child, { code: "stopped" });
}

export function reasonOf(record: StopReasonRecord): StopReason {
  return record.error === undefined
    ? { code: record.code }
    : { code: record.code, error: errorFromRecord(record.error) };
}
