// What a supervisor does to its children: resume, restart, stop; one, all, or those of a group. The same for children
// here and on other threads; for a child elsewhere an effect is a control message, and its answer comes back as one.
//
// Several children end last first, each before the next is told: one run per family, in which a child is either
// stopped for good or held, and held ones start again, first to last, when the run is through. Neighbours without a
// name, and all of the root, are stopped together: nothing says that one needs another.

import { errorToRecord } from "../base/errors.js";
import { threadOf } from "./address.js";
import { Cell, SUSPENDED } from "./cell.js";
import { type ControlMessage, recordOf } from "./control-message.js";
import type { StopReason } from "./definition.js";
import { type Child, type EndRun, type Family, type GroupRestart, RemoteChild } from "./family.js";
import { leaveLimitMs, sayAbandoned } from "./leave.js";
import { endNormally, finish, holdCell, renewCell, restartCell, resumeCell, stopCell } from "./lifecycle.js";

export function resumeChild(parent: Cell, child: Child, error: Error): void {
  if (child instanceof Cell) resumeCell(child);
  else tellVerdict(parent, child, "resume", error);
}

export function restartLater(parent: Cell, child: Child, error: Error, delayMs: number): void {
  if (delayMs === 0) return restartChild(parent, child, error);
  const { family, kernel } = parent;
  family?.cancelPending(child);
  const timer = kernel.ports.timers.after(delayMs, () => {
    family?.pending.delete(child);
    restartChild(parent, child, error);
  });
  family?.pending.set(child, timer);
}

/** A new incarnation of a child; one whose thread was lost is born again there. */
export function restartChild(parent: Cell, child: Child, error: Error): void {
  if (child instanceof Cell) restartCell(child, error);
  else if (child.lost) bearAgain(parent, child, error);
  else tellVerdict(parent, child, "restart", error);
}

/** Ends the incarnations of a group, last first, and starts the next ones, first to last, after `delayMs`. */
export function restartGroup(parent: Cell, group: readonly Child[], error: Error, delayMs: number): void {
  const family = parent.family as Family;
  const { endRun } = family;
  // All of them are being stopped: nothing is left to restart.
  if (endRun !== undefined && endRun.restart === undefined) return;
  const renewAtMs = parent.kernel.ports.clock.nowMs() + delayMs;
  for (const child of group) family.cancelPending(child);
  if (endRun?.restart === undefined) {
    const restart: GroupRestart = { members: [...group], error, renewAtMs, timer: undefined };
    const done = () => renewLater(parent, restart);
    family.endRun = { queue: [...group], done, waiting: new Set(), running: false, restart };
  } else {
    const { restart, queue, waiting } = endRun;
    const [known, wanted, open] = [new Set(restart.members), new Set(group), new Set(queue)];
    const isNew = (child: Child) => wanted.has(child) && !known.has(child);
    endRun.queue = [...family.children].filter((child) => open.has(child) || isNew(child));
    restart.members = [...family.children].filter((child) => known.has(child) || wanted.has(child));
    restart.renewAtMs = Math.max(restart.renewAtMs, renewAtMs);
    if (waiting.size > 0) return;
  }
  endNext(parent);
}

/** Whether a child is about to start again together with others. */
export function isInGroupRestart(parent: Cell, child: Child): boolean {
  return parent.family?.endRun?.restart?.members.includes(child) === true;
}

function renewLater(parent: Cell, restart: GroupRestart): void {
  const { timers, clock } = parent.kernel.ports;
  restart.timer?.cancel();
  const leftMs = restart.renewAtMs - clock.nowMs();
  if (leftMs <= 0) renew(parent, restart);
  else restart.timer = timers.after(leftMs, () => renew(parent, restart));
}

function renew(parent: Cell, { members, error }: GroupRestart): void {
  const family = parent.family as Family;
  family.endRun = undefined;
  for (const child of members) {
    if (!family.children.has(child)) continue;
    if (child instanceof Cell) renewCell(child, error);
    else if (child.stopping !== undefined) continue;
    else if (child.lost) bearAgain(parent, child, error);
    else tellVerdict(parent, child, "renew", error);
  }
}

function bearAgain(parent: Cell, child: RemoteChild, error: Error): void {
  child.lost = false;
  const { kernel } = parent;
  kernel.counters.restarts++;
  kernel.emit({
    type: "actor-restart",
    path: pathOf(parent, child),
    error: errorToRecord(error),
    thread: kernel.thread,
  });
  kernel.nursery.rebirth(parent, child);
}

/** Stops one child for good. At its limit it is abandoned: whatever it still does reaches nobody. */
export function stopOne(parent: Cell, child: Child, reason: StopReason): void {
  endChild(parent, child, reason);
  if (child instanceof RemoteChild && child.lost) childGone(parent, child, reason.code);
  if (parent.family?.children.has(child)) limit(parent, child, () => abandon(parent, child, reason));
}

function endChild(parent: Cell, child: Child, reason: StopReason): void {
  if (child instanceof Cell) {
    if (child.shutdownMs === "brutal") finish(child, reason);
    else stopCell(child, reason);
  } else if (child.lost) {
    parent.kernel.nursery.bury(child);
  } else {
    // Should its thread be lost before it reads this, it does not come back.
    child.stopping = reason;
    control(parent, child, { kind: "stop", target: child.ref.export(), reason: recordOf(reason) });
  }
}

/** A parent was cut off with children left: they end in their own time, and nobody waits for them. */
export function leaveChildren(parent: Cell): void {
  const { family, kernel } = parent;
  if (family === undefined) return;
  family.abandonRun();
  for (const child of [...family.children].reverse()) {
    family.remove(child);
    if (child instanceof RemoteChild) kernel.nursery.forgetRemoteChild(parent);
    endChild(parent, child, { code: "parent-stopped" });
  }
}

/** Ends the incarnation of one child that will start again with others; a temporary one does not. */
function holdOne(parent: Cell, child: Child, error: Error): void {
  if (child.restart === "temporary") return stopOne(parent, child, { code: "stopped", error });
  if (child instanceof Cell)
    holdCell(child, error, (late) => {
      if (late) sayAbandoned(child.kernel, child.path);
      childEnded(parent, child);
    });
  else if (child.lost) childEnded(parent, child);
  else tellVerdict(parent, child, "hold", error);
  if (parent.family?.endRun?.waiting.has(child)) limit(parent, child, () => holdByForce(parent, child));
}

/** Stops all children, last first, then calls `done`. */
export function stopChildren(parent: Cell, done: () => void): void {
  const { family } = parent;
  if (family === undefined || family.children.size === 0) return done();
  if (family.endRun !== undefined && family.endRun.restart === undefined) {
    // A stop overtakes a restart: the run goes on, and the later wish is what follows it.
    family.endRun.done = done;
    return;
  }
  family.abandonRun();
  const queue = [...family.children];
  family.endRun = { queue, done, waiting: new Set(), running: false, restart: undefined };
  endNext(parent);
}

function endNext(parent: Cell): void {
  const { family } = parent;
  const run = family?.endRun;
  if (family === undefined || run === undefined || run.running) return;
  run.running = true;
  for (let child = run.queue.pop(); child !== undefined; child = run.queue.pop()) {
    if (!family.children.has(child)) continue;
    run.waiting.add(child);
    if (run.restart === undefined) stopOne(parent, child, { code: "parent-stopped" });
    else holdOne(parent, child, run.restart.error);
    if (isWaiting(run) && !mayGoOn(parent, family, run, child)) break;
  }
  run.running = false;
  // Its hooks may have ended the run meanwhile, or begun another.
  if (isWaiting(run) || family.endRun !== run) return;
  if (run.restart === undefined) family.endRun = undefined;
  run.done();
}

function isWaiting({ waiting }: EndRun): boolean {
  return waiting.size > 0;
}

/** Whether the next one is told while this one still ends. */
function mayGoOn(parent: Cell, { children }: Family, { queue, restart }: EndRun, child: Child): boolean {
  let next = queue.at(-1);
  for (; next !== undefined && !children.has(next); next = queue.at(-1)) queue.pop();
  if (restart !== undefined || next === undefined) return false;
  return parent.parent === undefined || (typeof child.label === "number" && typeof next.label === "number");
}

/** Whether its end is part of a run, and it has not ended yet. */
export function isWaitedFor({ family }: Cell, child: Child): boolean {
  return family?.endRun?.waiting.has(child) === true;
}

/** A child is gone, or holds: the run goes on with the one before it. */
export function childEnded(parent: Cell, child: Child): void {
  const { family } = parent;
  const run = family?.endRun;
  if (family === undefined || !run?.waiting.delete(child)) return;
  family.cancelPending(child);
  if (!isWaiting(run)) endNext(parent);
}

/** A child is gone for good. */
export function childGone(parent: Cell, child: Child, why: StopReason["code"]): void {
  const { family } = parent;
  if (family === undefined || !family.remove(child)) return;
  if (child instanceof RemoteChild) parent.kernel.nursery.forgetRemoteChild(parent);
  childEnded(parent, child);
  if (family.significant?.delete(child) && BY_ITSELF.has(why)) shutDownWith(parent, family.significant.size);
}

/** Ends that are the child's own: nobody asked for them. */
const BY_ITSELF: ReadonlySet<StopReason["code"]> = new Set(["normal", "fault", "thread-lost"]);

/** A significant child has ended by itself: its supervisor may be done, too. */
function shutDownWith(parent: Cell, significantLeft: number): void {
  const { autoShutdown = "never" } = parent.definition.supervision ?? {};
  if (autoShutdown === "never" || (autoShutdown === "all-significant" && significantLeft > 0)) return;
  endNormally(parent);
}

function limit(parent: Cell, child: Child, late: () => void): void {
  const limitMs = shutdownLimitMs(child);
  if (limitMs === undefined) return;
  const { family, kernel } = parent;
  family?.cancelPending(child);
  family?.pending.set(child, kernel.ports.timers.after(limitMs, late));
}

/** A supervisor's children need their own time. */
function shutdownLimitMs({ shutdownMs, definition }: Child): number | undefined {
  if (shutdownMs === undefined && definition.supervision !== undefined) return undefined;
  return leaveLimitMs(shutdownMs);
}

function abandon(parent: Cell, child: Child, reason: StopReason): void {
  sayAbandoned(parent.kernel, pathOf(parent, child));
  if (child instanceof Cell) finish(child, reason);
  else childGone(parent, child, reason.code);
}

/**
 * Ends an actor and all below it now, whatever they are busy with. Returns who was left, those on other threads too,
 * without those that only waited for others.
 */
export function abandonTree(cell: Cell, reason: StopReason, left: string[] = []): string[] {
  const children = [...(cell.family?.children ?? [])];
  for (const child of children.reverse()) {
    if (child instanceof Cell) abandonTree(child, reason, left);
    else {
      left.push(pathOf(cell, child));
      childGone(cell, child, reason.code);
    }
  }
  if (children.length === 0 && cell.parent !== undefined) left.push(cell.path);
  finish(cell, reason);
  return left;
}

/** Whatever it is still busy with belongs to an incarnation that is over. */
function holdByForce(parent: Cell, child: Child): void {
  sayAbandoned(parent.kernel, pathOf(parent, child));
  if (child instanceof Cell) child.status = SUSPENDED;
  childEnded(parent, child);
}

export function pathOf(parent: Cell, child: Child): string {
  if (child instanceof Cell) return child.path;
  return `${parent.path}/${typeof child.label === "string" ? child.label : `$${child.label}`}`;
}

type Wish = Extract<ControlMessage, { kind: "verdict" }>["action"];

function tellVerdict(parent: Cell, child: RemoteChild, action: Wish, error: Error): void {
  control(parent, child, {
    kind: "verdict",
    child: child.ref.export(),
    action,
    error: errorToRecord(error),
  });
}

function control(parent: Cell, child: RemoteChild, message: ControlMessage): void {
  parent.kernel.transport.control(threadOf(child.ref.address), message);
}
