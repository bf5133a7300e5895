// One turn of an actor: it takes messages one at a time and runs their handlers.
//
// A handler that returns a promise suspends only its own actor; the turn goes on when it settles. Whatever is thrown
// ends the turn and goes to actor/lifecycle, which suspends the actor and asks its supervisor.

import { asError } from "../base/errors.js";
import { setAside } from "./aside.js";
import type { Ask } from "./ask.js";
import {
  type Cell,
  EXITED,
  isThenable,
  QUIET,
  READY,
  REDELIVERED,
  STOPPING,
  TERMINATED,
  WAITING,
} from "./cell.js";
import type { Context } from "./context.js";
import type { StopReason } from "./definition.js";
import { ActorStopped, Cancelled, NoMethod, WrongCall } from "./errors.js";
import { SPACE } from "./last-call.js";
import { Later } from "./later.js";
import { type Culprit, crash, type Redelivery } from "./lifecycle.js";
import { sufferExit } from "./links.js";
import type { ActorRef } from "./ref.js";
import { streamName, writtenName } from "./stream-name.js";

/** Runs up to `messages` messages of a cell; one that hears "full" gives the rest of its turn to the others. */
export function runTurn(cell: Cell, messages: number): void {
  const { kernel } = cell;
  for (kernel.turnLeft = messages; kernel.turnLeft > 0 && cell.status === READY; kernel.turnLeft--) {
    if (cell.size === 0) break;
    cell.next();
    if (cell.slot !== 0) showRoom(cell);
    runMessage(cell, cell.method, cell.payload, cell.sender, cell.ask);
  }
  kernel.current = undefined;
  if (cell.slot !== 0 && cell.status < STOPPING) kernel.showDepth(cell);
  if (cell.size === 0) cell.rest(kernel.places);
}

/** Handles a message that waited in no mailbox. */
export function runAtOnce(
  cell: Cell,
  method: string,
  payload: unknown,
  sender: ActorRef | undefined,
  ask: Ask | undefined,
): void {
  const { kernel } = cell;
  cell.method = method;
  cell.payload = payload;
  runMessage(cell, method, payload, sender, ask);
  kernel.current = undefined;
  if (cell.size === 0) cell.payload = undefined;
}

/** Senders elsewhere learn at once that a full mailbox has room again, and all else when the turn is over. */
function showRoom(cell: Cell): void {
  const { capacity, mailbox } = cell.definition;
  if (cell.size === capacity - 1 || mailbox !== undefined) cell.kernel.showDepth(cell);
}

/**
 * Handles one message of an actor that is ready. Method and payload lie in the cell while it is handled. The actor may
 * stay the kernel's current one until the end of its turn.
 * Why so little in it: nearly all messages are for a plain handler that returns nothing and is done.
 */
function runMessage(
  cell: Cell,
  method: string,
  payload: unknown,
  sender: ActorRef | undefined,
  ask: Ask | undefined,
  redelivered = 0,
): void {
  const { definition, kernel } = cell;
  const { last } = definition;
  if (method !== last.method) last.find(definition, method);
  const { handler } = last;
  if (handler === undefined || ask?.settled === true)
    return runUnusual(cell, method, payload, sender, ask, redelivered);
  const context = cell.context as Context;
  context.begin(sender, ask, redelivered);
  context.handled++;
  kernel.counters.messages++;
  // Only when another actor had its turn before: noting a young object in an old one costs V8 more than it looks.
  if (kernel.current !== cell) kernel.current = cell;
  let result: unknown;
  try {
    result = handler(context, payload);
  } catch (error) {
    kernel.current = undefined;
    kernel.longTurns.end(cell, method);
    const aside = setAside(cell);
    return fail(cell, context, error, { method, payload, sender, ask: context.open, redelivered, aside });
  }
  kernel.longTurns.end(cell, method);
  if (result === undefined && ask === undefined) return;
  kernel.current = undefined;
  finish(cell, result, { method, payload, sender, ask: context.open, redelivered });
}

/** A turn threw at once. Where it had ended its own incarnation before, that is no fault of the next one. */
function fail(cell: Cell, context: Context, error: unknown, message: Culprit): void {
  if (context.isCurrent) crash(cell, error, message);
  else if (message.ask !== undefined) cell.kernel.asks.fail(message.ask, asError(error));
}

/** A turn goes on though its incarnation is over, by what it did before its first await: nobody waits for it. */
function abandon(cell: Cell, context: Context, promise: PromiseLike<unknown>, ask: Ask | undefined): void {
  context.abort(new Cancelled("the actor's incarnation ended"));
  if (ask !== undefined)
    cell.kernel.asks.fail(ask, new ActorStopped(`${cell.path} ended in the middle of the turn`));
  Promise.resolve(promise).then(undefined, () => undefined);
}

/** A handler returned what somebody may wait for. */
function finish(cell: Cell, result: unknown, message: Culprit): void {
  // A message that was set aside keeps its ask.
  const { ask } = message;
  if (isThenable(result)) awaitTurn(cell, result, { ...message, aside: setAside(cell) });
  else if (ask !== undefined) cell.kernel.asks.settle(ask, result);
}

/** Whatever is not for a plain handler. */
function runUnusual(
  cell: Cell,
  method: string,
  payload: unknown,
  sender: ActorRef | undefined,
  ask: Ask | undefined,
  redelivered: number,
): void {
  if (ask?.settled === true) return;
  if (method.charCodeAt(0) === SPACE) return runSystemMessage(cell, method, payload, sender, ask);
  const { concurrent, handlers } = cell.definition;
  if (concurrent?.has(method) !== true || handlers[method] === undefined)
    return refuseMethod(cell, method, payload, sender, ask);
  runConcurrently(cell, method, payload, sender, ask, redelivered);
}

/** Keeps the actor from its next message until the promise settles. */
function awaitTurn(cell: Cell, promise: PromiseLike<unknown>, message: Culprit): void {
  const { incarnation, kernel } = cell;
  const { ask } = message;
  const context = cell.context as Context;
  if (!context.isCurrent) return abandon(cell, context, promise, ask);
  cell.status = WAITING;
  cell.turn = { method: message.method, sinceMs: kernel.sliceMs };
  if (ask !== undefined) ask.onCancel = () => context.abort(new Cancelled());
  Promise.resolve(promise).then(
    (value) => {
      if (cell.incarnation !== incarnation) return;
      cell.turn = undefined;
      if (ask !== undefined && !(value instanceof Later)) kernel.asks.settle(ask, value);
      if (cell.status !== WAITING) return;
      cell.status = READY;
      if (cell.size > 0) kernel.enqueue(cell);
    },
    (error: unknown) => {
      if (cell.incarnation !== incarnation) return;
      cell.turn = undefined;
      crash(cell, error, message);
    },
  );
}

/** Handles what came back, beside the turn that waits for it. */
export function runReturning(cell: Cell): void {
  const { family } = cell;
  const letters = family?.returning ?? [];
  if (family !== undefined) family.returning = undefined;
  for (const { method, payload, sender, ask } of letters) {
    if (ask?.settled === true) continue;
    // Not while a start takes its time: there is no state yet.
    if (cell.status === READY || cell.turnOpen) runConcurrently(cell, method, payload, sender, ask);
    else cell.kernel.push(cell, method, payload, sender, ask);
  }
}

/** A concurrent method has a context of its own, so that messages in between do not change its sender or signal. */
function runConcurrently(
  cell: Cell,
  method: string,
  payload: unknown,
  sender: ActorRef | undefined,
  ask: Ask | undefined,
  redelivered = 0,
): void {
  const { kernel, incarnation } = cell;
  const context = (cell.context as Context).fork({ method, payload, sender, ask });
  context.begin(sender, ask, redelivered);
  (cell.context as Context).handled++;
  kernel.counters.messages++;
  let result: unknown;
  kernel.current = cell;
  kernel.fork = context;
  try {
    result = cell.definition.handlers[method]?.(context, payload);
  } catch (error) {
    kernel.current = undefined;
    kernel.fork = undefined;
    const aside = setAside(cell);
    fail(cell, context, error, { method, payload, sender, ask: context.open, redelivered, aside });
    return;
  } finally {
    kernel.longTurns.end(cell, method);
  }
  kernel.current = undefined;
  kernel.fork = undefined;
  const { open } = context;
  if (!isThenable(result)) {
    if (open !== undefined) kernel.asks.settle(open, result);
    return;
  }
  if (!context.isCurrent) return abandon(cell, context, result, open);
  const aside = setAside(cell);
  const { turns } = kernel.familyOf(cell);
  turns.add(context);
  if (open !== undefined) open.onCancel = () => context.abort(new Cancelled());
  Promise.resolve(result).then(
    (value) => {
      if (cell.incarnation !== incarnation) return;
      turns.delete(context);
      if (open !== undefined && !(value instanceof Later)) kernel.asks.settle(open, value);
    },
    (error: unknown) => {
      if (cell.incarnation !== incarnation) return;
      turns.delete(context);
      crash(cell, error, { method, payload, sender, ask: open, redelivered, aside });
    },
  );
}

/** What the runtime itself puts into mailboxes. */
function runSystemMessage(
  cell: Cell,
  method: string,
  payload: unknown,
  sender: ActorRef | undefined,
  ask: Ask | undefined,
): void {
  if (method === REDELIVERED) {
    const again = payload as Redelivery;
    cell.method = again.method;
    cell.payload = again.payload;
    return runMessage(cell, again.method, again.payload, sender, ask, again.times);
  }
  if (method === QUIET) return answerQuiet(cell, ask);
  const { terminated, exited } = cell.definition.hooks;
  const [ref, reason] = payload as [ActorRef, StopReason];
  // It may have unwatched while the notice waited.
  if (method === TERMINATED && !cell.kernel.watches.takeBack(ref, cell)) return;
  const hook = method === TERMINATED ? terminated : exited;
  if (hook !== undefined) notify(cell, method, () => hook(cell.context as Context, ref, reason));
  else if (method === EXITED) sufferExit(cell, ref, reason);
}

function notify(cell: Cell, method: string, hook: () => unknown): void {
  const { kernel } = cell;
  const notice: Culprit = { method, payload: undefined, sender: undefined, ask: undefined, redelivered: 0 };
  const context = cell.context as Context;
  context.begin(undefined, undefined);
  kernel.current = cell;
  let result: unknown;
  try {
    result = hook();
  } catch (error) {
    kernel.current = undefined;
    fail(cell, context, error, notice);
    return;
  } finally {
    kernel.longTurns.end(cell, method);
  }
  kernel.current = undefined;
  if (isThenable(result)) awaitTurn(cell, result, notice);
}

function refuseMethod(
  cell: Cell,
  method: string,
  payload: unknown,
  sender: ActorRef | undefined,
  ask: Ask | undefined,
): void {
  const error = unknownMethod(cell, method);
  if (ask !== undefined) cell.kernel.asks.fail(ask, error);
  cell.kernel.deadLetters.add({
    receiver: cell.path,
    method,
    payload,
    reason: "no-method",
    sender: sender?.id,
  });
}

/** Whether nothing waits, here or set aside, and no concurrent turn is open. */
function answerQuiet({ size, family, kernel }: Cell, ask: Ask | undefined): void {
  const isIdle =
    family === undefined ||
    (family.turns.size === 0 &&
      family.stash.length === 0 &&
      family.returning === undefined &&
      (family.owed?.size ?? 0) === 0);
  if (ask !== undefined) kernel.asks.settle(ask, size === 0 && isIdle);
}

function unknownMethod({ definition, path }: Cell, method: string): Error {
  const { handlers } = definition;
  if (handlers[streamName(method)] !== undefined)
    return new WrongCall(`"${method}" of ${path} is a stream: read it by \`ref.stream("${method}")\``);
  const name = writtenName(method);
  if (name !== method && handlers[name] !== undefined)
    return new WrongCall(`"${name}" of ${path} is no stream, it answers once: \`ref.ask("${name}")\``);
  const known = Object.keys(handlers).map(writtenName).join(", ");
  return new NoMethod(`${path} has no method "${name}"; it has ${known === "" ? "none" : known}`);
}
