// The cell: one actor on its own thread, and one turn of it.
//
// A turn takes messages one at a time and runs their handlers. A handler that returns a promise suspends only its own
// actor; the turn goes on when it settles. Whatever is thrown ends the turn and goes to actor/supervision.
//
// Why: the cell *is* its mailbox, and everything most actors never have (children, watchers, timers) hangs on one
// optional field: a million idle actors must fit.

import type { Ask } from "./ask.js";
import { Context } from "./context.js";
import type { AnyDefinition, RestartType, SpawnOptions } from "./definition.js";
import { ActorStopped, Cancelled, NoMethod } from "./errors.js";
import type { Family } from "./family.js";
import type { Kernel } from "./kernel.js";
import { crash } from "./lifecycle.js";
import { Mailbox } from "./mailbox.js";
import { ActorRef } from "./ref.js";
import type { ChildHistory } from "./supervision.js";

/** Its module is being imported; mail is kept. */
export const LOADING = 0;
/** The next turn makes its state. */
export const STARTING = 1;
export const READY = 2;
/** A promise of its start or of a turn is open. */
export const WAITING = 3;
/** It failed and waits for its parent's verdict, or its children are being stopped before a restart. */
export const SUSPENDED = 4;
export const STOPPING = 5;
export const STOPPED = 6;
export type Status = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export const STATUS_NAMES = [
  "loading",
  "starting",
  "ready",
  "waiting",
  "suspended",
  "stopping",
  "stopped",
] as const;

/** The method under which the notice of a watched actor's end waits in the mailbox. No user method has this name. */
export const TERMINATED = " terminated";

/** The parent of an actor, on this thread or another. */
export type Parent = Cell | ActorRef;

export class Cell extends Mailbox {
  readonly kernel: Kernel;
  definition: AnyDefinition;
  readonly parent: Parent | undefined;
  readonly args: unknown;
  readonly restart: RestartType;
  readonly shutdownMs: SpawnOptions["shutdownMs"];
  /** Given, or a number among its siblings. */
  readonly label: string | number;
  status: Status = STARTING;
  queued = false;
  /** A turn of this incarnation awaits its promise. */
  turnOpen = false;
  slot = 0;
  generation = 0;
  incarnation = 0;
  context: Context;
  family: Family | undefined = undefined;
  history: ChildHistory | undefined = undefined;
  #ref: ActorRef | undefined = undefined;

  constructor(
    kernel: Kernel,
    definition: AnyDefinition,
    parent: Parent | undefined,
    label: string | number,
    options: SpawnOptions,
  ) {
    super();
    this.kernel = kernel;
    this.definition = definition;
    this.parent = parent;
    this.label = label;
    this.args = options.args;
    this.restart = options.restart ?? "permanent";
    this.shutdownMs = options.shutdownMs;
    this.context = new Context(this);
  }

  get ref(): ActorRef {
    this.#ref ??= new ActorRef(this.kernel, this, 0, 0);
    return this.#ref;
  }

  get name(): string {
    return typeof this.label === "string" ? this.label : `$${this.label}`;
  }

  get path(): string {
    const { parent } = this;
    if (parent === undefined) return `/${this.name}`;
    const prefix = parent instanceof Cell ? parent.path : (this.family?.parentPath ?? "");
    return `${prefix}/${this.name}`;
  }
}

/** Runs up to `messages` messages of a cell. */
export function runTurn(cell: Cell, messages: number): void {
  const { kernel } = cell;
  const { letter } = kernel;
  for (let left = messages; left > 0 && cell.status === READY; left--) {
    if (!cell.take(letter)) break;
    const { method, payload, sender, ask } = letter;
    letter.payload = undefined;
    if (cell.slot !== 0) kernel.showDepth(cell);
    if (method === TERMINATED) deliverTerminated(cell, payload);
    else runMessage(cell, method, payload, sender, ask);
  }
  if (cell.size === 0) cell.rest(kernel.buffers);
}

function runMessage(
  cell: Cell,
  method: string,
  payload: unknown,
  sender: ActorRef | undefined,
  ask: Ask | undefined,
): void {
  const { definition, kernel } = cell;
  if (ask?.settled === true) return;
  const handler = definition.handlers[method];
  if (handler === undefined) return refuseMethod(cell, method, payload, sender, ask);
  kernel.counters.messages++;
  if (definition.concurrent?.has(method)) return runConcurrently(cell, method, payload, sender, ask);
  const { context } = cell;
  context.begin(sender, ask);
  let result: unknown;
  kernel.current = cell;
  try {
    result = handler(context, payload);
  } catch (error) {
    kernel.current = undefined;
    crash(cell, error, { method, payload, sender, ask });
    return;
  }
  kernel.current = undefined;
  if (isThenable(result)) awaitTurn(cell, result, method, payload, sender, ask);
  else if (ask !== undefined) kernel.settle(ask, result);
}

/** Keeps the actor from its next message until the promise settles. */
function awaitTurn(
  cell: Cell,
  promise: PromiseLike<unknown>,
  method: string,
  payload: unknown,
  sender: ActorRef | undefined,
  ask: Ask | undefined,
): void {
  const { incarnation, kernel, context } = cell;
  cell.status = WAITING;
  cell.turnOpen = true;
  if (ask !== undefined) ask.onCancel = () => context.abort(new Cancelled());
  promise.then(
    (value) => {
      if (cell.incarnation !== incarnation) return;
      cell.turnOpen = false;
      if (ask !== undefined) kernel.settle(ask, value);
      if (cell.status !== WAITING) return;
      cell.status = READY;
      if (cell.size > 0) kernel.enqueue(cell);
    },
    (error: unknown) => {
      if (cell.incarnation !== incarnation) return;
      cell.turnOpen = false;
      crash(cell, error, { method, payload, sender, ask });
    },
  );
}

/** A concurrent method has a context of its own, so that messages in between do not change its sender or signal. */
function runConcurrently(
  cell: Cell,
  method: string,
  payload: unknown,
  sender: ActorRef | undefined,
  ask: Ask | undefined,
): void {
  const { kernel, incarnation } = cell;
  const context = cell.context.fork();
  context.begin(sender, ask);
  let result: unknown;
  kernel.current = cell;
  try {
    result = cell.definition.handlers[method]?.(context, payload);
  } catch (error) {
    kernel.current = undefined;
    crash(cell, error, { method, payload, sender, ask });
    return;
  }
  kernel.current = undefined;
  if (!isThenable(result)) {
    if (ask !== undefined) kernel.settle(ask, result);
    return;
  }
  const { turns } = kernel.familyOf(cell);
  turns.add(context);
  if (ask !== undefined) ask.onCancel = () => context.abort(new Cancelled());
  result.then(
    (value) => {
      if (cell.incarnation !== incarnation) return;
      turns.delete(context);
      if (ask !== undefined) kernel.settle(ask, value);
    },
    (error: unknown) => {
      if (cell.incarnation !== incarnation) return;
      turns.delete(context);
      crash(cell, error, { method, payload, sender, ask });
    },
  );
}

function deliverTerminated(cell: Cell, payload: unknown): void {
  const hook = cell.definition.hooks.terminated;
  if (hook === undefined) return;
  const [ref, reason] = payload as [ActorRef, Parameters<typeof hook>[2]];
  const { context, kernel } = cell;
  context.begin(undefined, undefined);
  kernel.current = cell;
  let result: unknown;
  try {
    result = hook(context, ref, reason);
  } catch (error) {
    kernel.current = undefined;
    crash(cell, error, { method: TERMINATED, payload: undefined, sender: undefined, ask: undefined });
    return;
  }
  kernel.current = undefined;
  if (isThenable(result)) awaitTurn(cell, result, TERMINATED, undefined, undefined, undefined);
}

function refuseMethod(
  cell: Cell,
  method: string,
  payload: unknown,
  sender: ActorRef | undefined,
  ask: Ask | undefined,
): void {
  const known = Object.keys(cell.definition.handlers).join(", ");
  const error = new NoMethod(
    `${cell.path} has no method "${method}"; it has ${known === "" ? "none" : known}`,
  );
  if (ask !== undefined) cell.kernel.fail(ask, error);
  cell.kernel.deadLetters.add({
    receiver: cell.path,
    method,
    payload,
    reason: "no-method",
    sender: sender?.id,
  });
}

/** What an open turn owes when its incarnation ends: its signal fires, its ask gets an answer. */
export function abandonTurn(cell: Cell, context: Context): void {
  context.abort(new Cancelled("the actor's incarnation ended"));
  const ask = context.open;
  if (ask !== undefined)
    cell.kernel.fail(ask, new ActorStopped(`${cell.path} ended in the middle of the turn`));
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}
