// Who waits for whom: the chain of callers behind an ask. An ask that comes back to an actor whose open turn is in the
// chain would wait for itself; it fails and names the circle, or, where its method is reentrant, is handled at once.
//
// On one thread the chain is links: each ask knows the turn that made it and what that turn answers. Between threads it
// is a list of addresses in the envelope. An ask that settles cuts its link, so chains hold nobody.
//
// "Waits" is a guess in one way: a turn that asks without awaiting the answer, and stays open for another reason, looks
// the same as one that waits.

import type { Trail } from "../wire/envelope.js";
import { CALLERS_MAX } from "../wire/envelope.js";
import type { Ask } from "./ask.js";
import type { Cell } from "./cell.js";
import type { Context } from "./context.js";
import { AskCycle } from "./errors.js";
import type { Kernel } from "./kernel.js";
import type { ActorRef } from "./ref.js";
import { writtenName } from "./stream-name.js";

/** Whoever makes an ask notes itself in it. */
export interface AskingTurn {
  asks(ask: Ask): void;
}

/** For asks that are made in the stead of another one: the chain behind them is the same. */
export function inTheNameOf(ask: Ask): AskingTurn {
  return {
    asks: (made) => {
      made.trail = ask.trail;
      made.asker = ask.asker;
      made.turn = ask.turn;
      made.within = ask.within;
    },
  };
}

/** What an ask from a turn takes along to another thread. */
export function trailOf(ask: Ask): Trail | undefined {
  const callers = callersOf(ask).slice(-2 * CALLERS_MAX);
  const trace = traceOf(ask);
  if (trace === undefined) return callers.length === 0 ? undefined : { callers };
  return { trace, callers };
}

/** Pairs of address and generation, the oldest first, the one who asked last. */
function callersOf(ask: Ask | undefined): number[] {
  if (ask === undefined) return [];
  if (ask.asker === undefined) return [...(ask.trail?.callers ?? [])];
  return [...callersOf(ask.within), ...ask.asker.self.export()];
}

function traceOf(ask: Ask): Uint8Array | undefined {
  for (let one: Ask | undefined = ask; one !== undefined; one = one.within)
    if (one.trail?.trace !== undefined) return one.trail.trace;
  return undefined;
}

/** Turns that ask without waiting are mostly over by then: their promises have settled. */
const SURE_AFTER_MS = 1;

/**
 * An ask for an actor in the middle of a turn. Where it came back to that turn it will fail, unless the turn ends very
 * soon; a reentrant method gets it at once, then the answer is true.
 */
export function takeReturning(
  cell: Cell,
  method: string,
  payload: unknown,
  sender: ActorRef | undefined,
  ask: Ask,
): boolean {
  if (!comesBack(cell, ask)) return false;
  const { kernel } = cell;
  if (cell.definition.reentrant?.has(method)) {
    const family = kernel.familyOf(cell);
    family.returning ??= [];
    family.returning.push({ method, payload, sender, ask });
    kernel.enqueue(cell);
    return true;
  }
  kernel.ports.timers.after(SURE_AFTER_MS, () => {
    if (!ask.settled && cell.turnOpen && comesBack(cell, ask))
      kernel.asks.fail(ask, cycleError(cell, method, ask));
  });
  return false;
}

function comesBack(cell: Cell, ask: Ask): boolean {
  for (let one: Ask | undefined = ask; one !== undefined; one = one.within) {
    if (one.asker === undefined) return isAmongCallers(cell, one.trail?.callers);
    if (isTurnOf(cell, one)) return true;
  }
  return false;
}

function isTurnOf({ context }: Cell, { asker, turn }: Ask): boolean {
  return context !== undefined && asker === context && turn === context.handled;
}

function isAmongCallers(cell: Cell, callers: readonly number[] | undefined): boolean {
  const context = cell.context as Context;
  if (callers === undefined || cell.slot === 0 || context.askedIn !== context.handled) return false;
  const address = cell.kernel.addressOf(cell.slot);
  for (let i = 0; i < callers.length; i += 2)
    if (callers[i] === address && callers[i + 1] === cell.generation) return true;
  return false;
}

function cycleError(cell: Cell, method: string, ask: Ask): AskCycle {
  const names = namesOf(cell.kernel, callersOf(ask));
  const circle = [...names.slice(Math.max(0, names.lastIndexOf(cell.path))), cell.path].join(" → ");
  return new AskCycle(
    `${circle}: ${cell.path} waits for an answer in this chain and would never get to "${writtenName(method)}"; ` +
      "list the method under `reentrant`, or tell instead of asking",
  );
}

function namesOf(kernel: Kernel, callers: readonly number[]): string[] {
  const names: string[] = [];
  for (let i = 0; i < callers.length; i += 2)
    names.push(String(kernel.refTo(callers[i] as number, callers[i + 1] as number)));
  return names;
}
