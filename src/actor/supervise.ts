// A supervisor at work: it hears how its children end, asks actor/supervision for the verdict, and carries it out on
// children here and on other threads alike. For a child elsewhere an effect is a control message.

import { errorFromRecord, errorToRecord } from "../base/errors.js";
import { unreachable } from "../base/invariant.js";
import { threadOf } from "./address.js";
import { Cell, STOPPING, SUSPENDED } from "./cell.js";
import type { ControlMessage, StopReasonRecord } from "./control-message.js";
import type { StopReason } from "./definition.js";
import { IntensityExceeded } from "./errors.js";
import { type Child, RemoteChild } from "./family.js";
import { crash, finish, restartCell, resumeCell, stopCell } from "./lifecycle.js";
import { ActorRef } from "./ref.js";
import { emptyBudget } from "./restart-budget.js";
import { decideVerdict, type Exit } from "./supervision.js";

/** How long a stop may take before the actor is abandoned; a supervisor's children need their own time. */
export const SHUTDOWN_MS = 5_000;

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

export function reportGone(cell: Cell, reason: StopReason, record: StopReasonRecord): void {
  const { parent, kernel } = cell;
  if (parent instanceof Cell) childGone(parent, cell);
  else if (parent instanceof ActorRef) {
    const message = {
      kind: "gone",
      parent: parent.export(),
      child: cell.ref.export(),
      reason: record,
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
      return restartLater(parent, child, error, verdict.delayMs);
    case "escalate":
      return giveUp(parent, child, error);
    case "give-up":
      return giveUp(
        parent,
        child,
        new IntensityExceeded(`${parent.path}: its children failed too often`, { cause: error }),
      );
    default:
      return unreachable(verdict);
  }
}

function resumeChild(parent: Cell, child: Child, error: Error): void {
  if (child instanceof Cell) resumeCell(child);
  else
    control(parent, child, {
      kind: "verdict",
      child: child.ref.export(),
      action: "resume",
      error: errorToRecord(error),
    });
}

function restartLater(parent: Cell, child: Child, error: Error, delayMs: number): void {
  if (delayMs === 0) return restartChild(parent, child, error);
  const { family, kernel } = parent;
  family?.pending.get(child)?.cancel();
  const timer = kernel.ports.timers.after(delayMs, () => {
    family?.pending.delete(child);
    restartChild(parent, child, error);
  });
  family?.pending.set(child, timer);
}

/** A new incarnation of a child; one whose thread was lost is born again there. */
export function restartChild(parent: Cell, child: Child, error: Error): void {
  if (child instanceof Cell) return restartCell(child, error);
  if (child.lost) {
    child.lost = false;
    const { kernel } = parent;
    kernel.counters.restarts++;
    kernel.emit({
      type: "actor-restart",
      path: `${parent.path}/${nameOf(child)}`,
      error: errorToRecord(error),
      thread: kernel.thread,
    });
    kernel.nursery.rebirth(parent, child);
    return;
  }
  control(parent, child, {
    kind: "verdict",
    child: child.ref.export(),
    action: "restart",
    error: errorToRecord(error),
  });
}

/** `ctx.restart(child)`: as after a fault, but nobody counts it. */
export function restartOnRequest(parent: Cell, ref: ActorRef, error: Error): void {
  const child = parent.family?.find(ref);
  if (child === undefined || isStopping(child)) return;
  parent.family?.pending.get(child)?.cancel();
  parent.family?.pending.delete(child);
  restartChild(parent, child, error);
}

function nameOf({ label }: RemoteChild): string {
  return typeof label === "string" ? label : `$${label}`;
}

function isStopping(child: Child): boolean {
  return child instanceof Cell ? child.status >= STOPPING : child.stopping !== undefined;
}

/** All children stop, then the supervisor itself has failed. The root only stops the one child. */
function giveUp(parent: Cell, child: Child, error: Error): void {
  const { kernel } = parent;
  kernel.emit({
    type: "supervisor-gave-up",
    path: parent.path,
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

/** Stops one child for good. At its limit it is abandoned: whatever it still does reaches nobody. */
export function stopOne(parent: Cell, child: Child, reason: StopReason): void {
  const { family, kernel } = parent;
  if (child instanceof Cell) {
    if (child.shutdownMs === "brutal") finish(child, reason);
    else stopCell(child, reason);
  } else if (child.lost) {
    kernel.nursery.bury(child);
    childGone(parent, child);
  } else {
    // Should its thread be lost before it reads this, it does not come back.
    child.stopping = reason;
    control(parent, child, { kind: "stop", target: child.ref.export(), reason: recordOf(reason) });
  }
  const limitMs = shutdownLimitMs(child);
  if (limitMs === undefined || family === undefined || !family.children.has(child)) return;
  family.pending.get(child)?.cancel();
  family.pending.set(
    child,
    kernel.ports.timers.after(limitMs, () => abandon(parent, child)),
  );
}

/** Stops all children, last first, then calls `done`. */
export function stopChildren(parent: Cell, done: () => void): void {
  const { family } = parent;
  if (family === undefined || family.children.size === 0) return done();
  if (family.stopRun !== undefined) {
    // A stop overtakes a restart: the run goes on, and the later wish is what follows it.
    family.stopRun.done = done;
    return;
  }
  family.stopRun = { queue: [...family.children], done, waitingFor: undefined, running: false };
  stopNext(parent);
}

function stopNext(parent: Cell): void {
  const { family } = parent;
  const run = family?.stopRun;
  if (family === undefined || run === undefined || run.running) return;
  run.running = true;
  for (let child = run.queue.pop(); child !== undefined; child = run.queue.pop()) {
    if (!family.children.has(child)) continue;
    run.waitingFor = child;
    stopOne(parent, child, { code: "parent-stopped" });
    if (!family.children.has(child)) continue;
    run.running = false;
    return;
  }
  family.stopRun = undefined;
  run.done();
}

function shutdownLimitMs(child: Child): number | undefined {
  if (child.shutdownMs === "unlimited") return undefined;
  if (child.shutdownMs === "brutal") return 0;
  return child.shutdownMs ?? (child.definition.supervision === undefined ? SHUTDOWN_MS : undefined);
}

function abandon(parent: Cell, child: Child): void {
  const { kernel } = parent;
  const path = child instanceof Cell ? child.path : `${parent.path}/${nameOf(child)}`;
  kernel.emit({ type: "actor-abandoned", path, thread: kernel.thread });
  if (child instanceof Cell) finish(child, { code: "parent-stopped" });
  else childGone(parent, child);
}

/** A child is gone for good. */
export function childGone(parent: Cell, child: Child): void {
  const { family } = parent;
  if (family === undefined || !family.remove(child)) return;
  if (child instanceof RemoteChild) parent.kernel.nursery.forgetRemoteChild(parent);
  const run = family.stopRun;
  if (run === undefined || run.waitingFor !== child) return;
  run.waitingFor = undefined;
  stopNext(parent);
}

function control(parent: Cell, child: RemoteChild, message: ControlMessage): void {
  parent.kernel.transport.control(threadOf(child.ref.address), message);
}

/** `ctx.stop(child)`; a ref that is no child of the caller's is stopped all the same. */
export function stopOnRequest(parent: Cell, ref: ActorRef): void {
  const child = parent.family?.find(ref);
  if (child === undefined) parent.kernel.requestStop(ref, { code: "stopped" });
  else stopOne(parent, child, { code: "stopped" });
}

export function recordOf(reason: StopReason): StopReasonRecord {
  return reason.error === undefined
    ? { code: reason.code }
    : { code: reason.code, error: errorToRecord(reason.error) };
}

export function reasonOf(record: StopReasonRecord): StopReason {
  return record.error === undefined
    ? { code: record.code }
    : { code: record.code, error: errorFromRecord(record.error) };
}
