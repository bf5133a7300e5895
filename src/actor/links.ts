// Links: two actors that end together. When one is gone the other fails, and its supervisor decides; an actor with an
// `exited` hook traps the end instead. A normal end only concerns those who trap. A restart concerns nobody.
//
// Each end holds its own half: a watch on the other. What makes the other half is a control message where that actor is
// on another thread. Source: Erlang's links and its trap_exit, for incarnations instead of processes.

import { threadOf } from "./address.js";
import { type Cell, EXITED, READY, STOPPED, STOPPING, SUSPENDED, WAITING } from "./cell.js";
import type { StopReason } from "./definition.js";
import { LinkedExit } from "./errors.js";
import type { Watcher } from "./family.js";
import { crash } from "./lifecycle.js";
import type { ActorRef } from "./ref.js";

export function link(cell: Cell, other: ActorRef): void {
  if (other.equals(cell.ref)) return;
  linkHalf(cell, other);
  if (other.cell === undefined) tellOther("link", cell, other);
  else if (other.cell.status !== STOPPED) linkHalf(other.cell, cell.ref);
}

export function unlink(cell: Cell, other: ActorRef): void {
  if (!unlinkHalf(cell, other)) return;
  if (other.cell === undefined) tellOther("unlink", cell, other);
  else unlinkHalf(other.cell, cell.ref);
}

/** This actor hears of the end of the other one. */
export function linkHalf(cell: Cell, other: ActorRef): void {
  if (cell.status >= STOPPING) return;
  const family = cell.kernel.familyOf(cell);
  family.links ??= new Map();
  if (family.links.has(other.id)) return;
  const half: Watcher = { terminated: (ref, reason) => linkedEnd(cell, ref, reason) };
  family.links.set(other.id, { other, half });
  cell.kernel.watches.add(other, half);
}

export function unlinkHalf(cell: Cell, other: ActorRef): boolean {
  const known = cell.family?.links?.get(other.id);
  if (known === undefined) return false;
  cell.family?.links?.delete(other.id);
  cell.kernel.watches.remove(known.other, known.half);
  return true;
}

/** A cell is gone: it hears of nobody any more. */
export function forgetLinks(cell: Cell): void {
  for (const { other } of [...(cell.family?.links?.values() ?? [])]) unlinkHalf(cell, other);
}

function linkedEnd(cell: Cell, ref: ActorRef, reason: StopReason): void {
  cell.family?.links?.delete(ref.id);
  // Before it has started, nobody knows whether it traps.
  const isUp = cell.status === READY || cell.status === WAITING || cell.status === SUSPENDED;
  if (!isUp || cell.definition.hooks.exited !== undefined)
    cell.kernel.pushSystem(cell, EXITED, [ref, reason]);
  else sufferExit(cell, ref, reason);
}

/** The end of a linked actor, for one who does not trap it. */
export function sufferExit(cell: Cell, ref: ActorRef, reason: StopReason): void {
  if (reason.code === "normal") return;
  const error = new LinkedExit(`${ref}, to which ${cell.path} is linked, is gone: ${reason.code}`, {
    cause: reason.error,
  });
  crash(cell, error, undefined);
}

function tellOther(kind: "link" | "unlink", cell: Cell, other: ActorRef): void {
  const [target, by] = [other.export(), cell.ref.export()];
  cell.kernel.transport.control(threadOf(other.address), { kind, target, by });
}
