// The effects of a verdict: start, suspend, restart, stop. A life only moves forward; a restart is a new incarnation
// of the same cell, with the same ref and the same mailbox.
//
// Children end before their parent ends or restarts, last first, each within its own limit.

import { asError, errorToRecord } from "../base/errors.js";
import { type Aside, inHand } from "./aside.js";
import type { Ask } from "./ask.js";
import {
  type Cell,
  isThenable,
  LOADING,
  READY,
  REDELIVERED,
  STARTING,
  STOPPED,
  STOPPING,
  SUSPENDED,
  WAITING,
} from "./cell.js";
import { Context } from "./context.js";
import type { StopReason } from "./definition.js";
import { ActorStopped, Cancelled, StaleIncarnation } from "./errors.js";
import { failOwed } from "./later.js";
import { sayAbandoned, takeLeave } from "./leave.js";
import { Letter } from "./mailbox.js";
import { dropOwnMail } from "./own-mail.js";
import { unstashAll } from "./stash.js";
import { writtenName } from "./stream-name.js";
import type { Exit } from "./supervision.js";
import { keepTraced } from "./trace.js";

/** The message that a fault happened in. */
export type Culprit = Pick<Letter, "method" | "payload" | "sender"> & {
  readonly ask: Ask | undefined;
  /** How often it failed before. */
  readonly redelivered: number;
  /** What the turn that failed had done with it. */
  readonly aside?: Aside | undefined;
};

/** A message that failed and is handed to the actor again. */
export interface Redelivery {
  readonly method: string;
  readonly payload: unknown;
  readonly times: number;
  /** What it failed with last. */
  readonly error: Error;
}

/** Makes the state of a new incarnation; the actor is ready when this, and its `started` hook, are done. */
export function startIncarnation(cell: Cell): void {
  const { written } = cell.definition;
  if (written !== undefined) cell.definition = keepTraced(cell, written);
  const { incarnation, definition, kernel } = cell;
  const context = new Context(cell);
  cell.context = context;
  kernel.current = cell;
  try {
    const state = definition.makeState(cell.args, context);
    if (isThenable(state)) whenDone(cell, incarnation, state, (made) => begin(cell, incarnation, made));
    else begin(cell, incarnation, state);
  } catch (error) {
    if (isStarting(cell, incarnation)) crash(cell, error, undefined);
  } finally {
    kernel.current = undefined;
    kernel.longTurns.end(cell, "(start)");
  }
}

/** The state of a new incarnation is made. */
function begin(cell: Cell, incarnation: number, state: unknown): void {
  if (!isStarting(cell, incarnation)) return;
  const context = cell.context as Context;
  context.state = state;
  const hook = cell.definition.hooks.started?.(context);
  if (isThenable(hook)) whenDone(cell, incarnation, hook, () => beReady(cell));
  else if (isStarting(cell, incarnation)) beReady(cell);
}

function beReady(cell: Cell): void {
  cell.status = READY;
  if (cell.size > 0) cell.kernel.enqueue(cell);
}

/** A start that takes its time: what follows, or fails, concerns nobody once the incarnation is over. */
function whenDone(
  cell: Cell,
  incarnation: number,
  part: PromiseLike<unknown>,
  then: (result: unknown) => void,
): void {
  if (!isStarting(cell, incarnation)) return void Promise.resolve(part).then(undefined, () => undefined);
  cell.status = WAITING;
  const check = (result: unknown) => {
    if (isStarting(cell, incarnation)) then(result);
  };
  const failed = (error: unknown) => {
    if (isStarting(cell, incarnation)) crash(cell, error, undefined);
  };
  Promise.resolve(part).then(check).then(undefined, failed);
}

function isStarting(cell: Cell, incarnation: number): boolean {
  return cell.incarnation === incarnation && cell.status < STOPPING;
}

/** Something was thrown inside the actor. It is suspended until its parent has decided. */
export function crash(cell: Cell, thrown: unknown, culprit: Culprit | undefined): void {
  const error = asError(thrown);
  const { kernel } = cell;
  if (cell.status >= STOPPING) {
    if (culprit?.ask !== undefined) kernel.asks.fail(culprit.ask, error);
    return;
  }
  const failed = culprit && inHand(cell, culprit);
  if (failed !== undefined) {
    if (mayTryAgain(cell, failed)) redeliver(cell, failed, error);
    else giveUpMessage(cell, failed, error);
  }
  kernel.counters.faults++;
  kernel.emit({ type: "actor-fault", path: cell.path, error: errorToRecord(error), thread: kernel.thread });
  suspend(cell, "fault", error);
}

function mayTryAgain({ definition }: Cell, { method, redelivered }: Culprit): boolean {
  return redelivered < definition.redeliver && !method.startsWith(" ");
}

/** The message goes back to the front, to meet the next incarnation. */
function redeliver(cell: Cell, { method, payload, sender, ask, redelivered }: Culprit, error: Error): void {
  const again: Redelivery = { method, payload, times: redelivered + 1, error };
  cell.pushFront(cell.kernel.places, REDELIVERED, again, sender, ask);
}

function giveUpMessage(
  cell: Cell,
  { method, payload, sender, ask }: Omit<Culprit, "redelivered">,
  error: Error,
) {
  const { kernel, path } = cell;
  if (ask !== undefined) kernel.asks.fail(ask, error);
  if (method.startsWith(" ")) return;
  kernel.deadLetters.add({ receiver: path, method, payload, reason: "fault", sender: sender?.id });
}

function suspend(cell: Cell, exit: Exit, error: Error): void {
  if (cell.status === SUSPENDED) return;
  cell.status = SUSPENDED;
  cell.kernel.reportExit(cell, exit, error);
}

/** The actor ends itself. A permanent one is its supervisor's affair, as in OTP. */
export function endNormally(cell: Cell): void {
  if (cell.status >= STOPPING) return;
  if (cell.restart === "permanent" && cell.parent !== undefined) {
    suspend(cell, "normal", new ActorStopped(`${cell.path} stopped itself`));
  } else stopCell(cell, { code: "normal" });
}

/** The verdict was to go on as if nothing had happened; the message that failed stays lost. */
export function resumeCell(cell: Cell): void {
  if (cell.status !== SUSPENDED) return;
  cell.status = cell.turnOpen ? WAITING : READY;
  if (cell.size > 0) cell.kernel.enqueue(cell);
}

/** Ends this incarnation and starts the next. */
export function restartCell(cell: Cell, error: Error): void {
  holdCell(cell, error, (late) => {
    if (late) sayAbandoned(cell.kernel, cell.path);
    renewCell(cell, error);
  });
}

/**
 * The first half of a restart: this incarnation ends, the next waits. One that is gone or going never holds. `late`:
 * its hook was not waited for.
 */
export function holdCell(cell: Cell, error: Error, held: (late: boolean) => void): void {
  if (cell.status >= STOPPING) return;
  if (cell.status === LOADING) return held(false);
  endIncarnation(cell);
  cell.status = SUSPENDED;
  const { incarnation } = cell;
  const current = () => cell.incarnation === incarnation && cell.status === SUSPENDED;
  cell.kernel.stopChildren(cell, () => {
    if (current()) takeLeave(cell, "restarting", error, (late) => void (current() && held(late)));
  });
}

/** The second half. What is left of the first, if that took too long, reaches nobody. */
export function renewCell(cell: Cell, error: Error): void {
  if (cell.status !== SUSPENDED) return;
  const { kernel, path } = cell;
  cell.family?.cancelPending(cell);
  cell.incarnation++;
  cell.status = STARTING;
  kernel.counters.restarts++;
  kernel.familyOf(cell).restarts++;
  kernel.emit({ type: "actor-restart", path, error: errorToRecord(error), thread: kernel.thread });
  kernel.enqueue(cell);
}

/** Stops an actor for good: mail becomes dead letters, children stop, the hook runs, watchers hear of it. */
export function stopCell(cell: Cell, reason: StopReason): void {
  if (cell.status >= STOPPING) return;
  endIncarnation(cell);
  cell.status = STOPPING;
  buryMail(cell);
  const isAlone = cell.family === undefined || cell.family.children.size === 0;
  if (isAlone && cell.definition.hooks.stopped === undefined) return finish(cell, reason);
  cell.kernel.stopChildren(cell, () =>
    takeLeave(cell, "stopped", reason, (late) => finish(cell, reason, late)),
  );
}

/**
 * The end, also of an actor that did not stop in time: whatever it still does reaches nobody. `late`: its own hook was
 * not waited for, which nobody has said yet.
 */
export function finish(cell: Cell, reason: StopReason, late = false): void {
  if (cell.status === STOPPED) return;
  if (cell.status < STOPPING) endIncarnation(cell);
  cell.status = STOPPED;
  buryMail(cell);
  const { family, kernel } = cell;
  kernel.counters.stopped++;
  // Why before the news of it: whoever hears of an end finds the actor gone, its name free, its topics without it.
  if (family?.subscriptions !== undefined)
    for (const subscription of family.subscriptions) subscription.remove(cell);
  kernel.forget(cell);
  if (family !== undefined) {
    family.cancelPending(cell);
    kernel.watches.announce(cell, reason);
    kernel.watches.forget(cell);
    kernel.forgetLinks(cell);
    kernel.leaveChildren(cell);
  }
  kernel.reportGone(cell, reason, late);
}

/** What belongs to one incarnation ends: contexts, open turns, timers, the stash, restarts that wait. */
function endIncarnation(cell: Cell): void {
  cell.incarnation++;
  unstashAll(cell);
  if (cell.turnOpen && cell.context !== undefined) abandonTurn(cell, cell.context);
  cell.turn = undefined;
  const { family } = cell;
  if (family === undefined) return;
  for (const turn of family.turns) abandonTurn(cell, turn);
  family.turns.clear();
  failOwed(cell);
  family.timers?.cancelAll();
  dropOwnMail(cell);
  family.cancelAllPending();
  for (const inflow of [...(family.inflows ?? [])])
    inflow.fail(new StaleIncarnation(`${cell.path}: the incarnation that read this stream has ended`));
}

function buryMail(cell: Cell): void {
  const { kernel } = cell;
  if (cell.size === 0) return cell.rest(kernel.places);
  const letter = new Letter();
  while (cell.take(letter)) {
    const { method, payload, sender, ask } = letter;
    if (method === REDELIVERED) {
      const last = payload as Redelivery;
      giveUpMessage(cell, { method: last.method, payload: last.payload, sender, ask }, last.error);
      continue;
    }
    if (ask !== undefined)
      kernel.asks.fail(
        ask,
        new ActorStopped(`${cell.path} stopped before it got to "${writtenName(method)}"`),
      );
    if (method.startsWith(" ")) continue;
    kernel.deadLetters.add({ receiver: cell.path, method, payload, reason: "stopped", sender: sender?.id });
  }
  cell.rest(kernel.places);
}

/** What an open turn owes when its incarnation ends: its signal fires, its ask gets an answer. */
function abandonTurn(cell: Cell, context: Context): void {
  context.abort(new Cancelled("the actor's incarnation ended"));
  const ask = context.open;
  if (ask !== undefined)
    cell.kernel.asks.fail(ask, new ActorStopped(`${cell.path} ended in the middle of the turn`));
}
