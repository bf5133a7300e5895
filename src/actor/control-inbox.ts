// What a thread does when another one tells it about the life of an actor.

import { errorFromRecord } from "../base/errors.js";
import { unreachable } from "../base/invariant.js";
import { slotOf, threadOf } from "./address.js";
import type { Ask } from "./ask.js";
import type { Cell } from "./cell.js";
import { childEnded, childGone, isWaitedFor } from "./children.js";
import type { ControlMessage, Where } from "./control-message.js";
import type { StopReason } from "./definition.js";
import type { Kernel } from "./kernel.js";
import { sayAbandoned } from "./leave.js";
import { holdCell, renewCell, restartCell, resumeCell, stopCell } from "./lifecycle.js";
import { linkHalf, unlinkHalf } from "./links.js";
import type { ActorRef } from "./ref.js";
import { failOnRequest, reasonOf, superviseChild } from "./supervise.js";
import { onWatch } from "./watches.js";

/** Takes one control message that came from thread `from`. */
export function takeControl(kernel: Kernel, from: number, message: ControlMessage): void {
  switch (message.kind) {
    case "spawn":
      return kernel.nursery.receive(message);
    case "exit": {
      const { parent, child } = familyOf(kernel, message);
      const error = errorFromRecord(message.error);
      if (parent !== undefined && child !== undefined)
        superviseChild(parent, child, message.exit, error, false);
      else
        kernel.transport.control(from, {
          kind: "stop",
          target: message.child,
          reason: { code: "parent-stopped" },
        });
      return;
    }
    case "verdict": {
      const cell = cellAt(kernel, message.child);
      if (cell === undefined) return;
      return obey(kernel, from, cell, message.action, errorFromRecord(message.error));
    }
    case "held":
      return takeHeld(kernel, from, message);
    case "stop":
      return stopAt(kernel, message.target, reasonOf(message.reason));
    case "restart":
      return failOnRequest(cellAt(kernel, message.target));
    case "gone":
      return takeGone(kernel, from, message);
    case "bury":
      return kernel.bury(slotOf(message.child[0]), message.child[1]);
    case "watch":
      return onWatch(kernel, from, message.target[0], message.target[1], message.lost);
    case "unwatch":
      cellAt(kernel, message.target)?.family?.watcherThreads.delete(from);
      return;
    case "terminated":
      return kernel.watches.onTerminated(kernel.refTo(...message.target), message.reason);
    case "link":
      return takeLink(kernel, message.target, kernel.refTo(...message.by));
    case "unlink": {
      const cell = cellAt(kernel, message.target);
      if (cell !== undefined) unlinkHalf(cell, kernel.refTo(...message.by));
      return;
    }
    case "cancel":
      return cancel(kernel, from, message);
    case "registry":
      return kernel.registry.take(from, message.message);
    case "credit":
      return kernel.outflows.grant(from, message.ask, message.count);
    case "event":
      return kernel.emit(message.event);
    default:
      return unreachable(message);
  }
}

function takeHeld(kernel: Kernel, from: number, message: Extract<ControlMessage, { kind: "held" }>): void {
  const { parent, child } = familyOf(kernel, message);
  if (parent === undefined || child === undefined) return;
  if (message.late !== undefined && isWaitedFor(parent, child)) sayAbandoned(kernel, message.late, from);
  childEnded(parent, child);
}

function takeGone(kernel: Kernel, from: number, message: Extract<ControlMessage, { kind: "gone" }>): void {
  kernel.nursery.slotsOn(threadOf(message.child[0])).give(slotOf(message.child[0]), message.child[1]);
  const { parent, child } = familyOf(kernel, message);
  // A parent that waited no longer has said so, and does not know the child any more.
  const isNews = parent === undefined || child !== undefined;
  if (message.late !== undefined && isNews) sayAbandoned(kernel, message.late, from);
  if (parent !== undefined && child !== undefined) childGone(parent, child, message.reason.code);
}

/** The parent that a message is for, and the child it tells of; undefined where they are gone. */
function familyOf(kernel: Kernel, message: { readonly parent: Where; readonly child: Where }) {
  const parent = cellAt(kernel, message.parent);
  return { parent, child: parent?.family?.find(kernel.refTo(...message.child)) };
}

/** What a parent on another thread decided about an actor of this one. */
function obey(
  kernel: Kernel,
  from: number,
  cell: Cell,
  action: "restart" | "resume" | "hold" | "renew",
  error: Error,
): void {
  switch (action) {
    case "restart":
      return restartCell(cell, error);
    case "resume":
      return resumeCell(cell);
    case "hold":
      return holdCell(cell, error, (isLate) => {
        const parent = (cell.parent as ActorRef).export();
        const late = isLate ? { late: cell.path } : {};
        kernel.transport.control(from, { kind: "held", parent, child: cell.ref.export(), ...late });
      });
    case "renew":
      return renewCell(cell, error);
    default:
      return unreachable(action);
  }
}

function stopAt(kernel: Kernel, target: Where, reason: StopReason): void {
  const cell = cellAt(kernel, target);
  if (cell !== undefined) stopCell(cell, reason);
}

function cellAt(kernel: Kernel, [address, generation]: Where): Cell | undefined {
  return kernel.cellAt(slotOf(address), generation);
}

/** One that is gone needs no half: the other end hears that it is. */
function takeLink(kernel: Kernel, target: Where, by: ActorRef): void {
  const cell = cellAt(kernel, target);
  const slot = slotOf(target[0]);
  if (cell !== undefined) linkHalf(cell, by);
  else if (kernel.unborn.awaits(slot, target[1])) kernel.unborn.link(slot, target[1], by);
}

/** The asker gave up: a waiting ask is skipped when its turn comes, one under way sees its signal fire. */
function cancel(kernel: Kernel, from: number, message: Extract<ControlMessage, { kind: "cancel" }>): void {
  const { target, ask: id, begun } = message;
  const cell = cellAt(kernel, target);
  const ask = cell === undefined ? undefined : findAsk(cell, from, id);
  if (ask === undefined) {
    // A stream whose elements came has ended meanwhile.
    if (!begun) kernel.asks.cancelEarly(from, id);
    return;
  }
  ask.settled = true;
  ask.release?.();
  ask.onCancel?.();
}

function findAsk(cell: Cell, from: number, id: number): Ask | undefined {
  const matches = (ask: Ask | undefined): ask is Ask =>
    ask !== undefined && ask.thread === from && ask.id === id;
  if (cell.turnOpen && matches(cell.context?.open)) return cell.context?.open;
  for (const turn of cell.family?.turns ?? []) if (matches(turn.open)) return turn.open;
  for (const ask of cell.family?.owed ?? []) if (matches(ask)) return ask;
  for (const { ask } of cell.family?.stash ?? []) if (matches(ask)) return ask;
  for (const ask of cell.family?.givenAway ?? []) if (matches(ask)) return ask;
  for (const ask of cell.asks()) if (matches(ask)) return ask;
  return undefined;
}
