// What an incarnation sends itself through timers and pipes. Such a message is for this incarnation and no other, also
// when it waits in the mailbox already: a restart keeps the mail of others and drops this.
//
// Why by the sender: these messages are signed with a ref that is the actor's own and nobody else's, so that telling
// them apart costs nothing until an incarnation ends.

import { type Cell, REDELIVERED } from "./cell.js";
import type { AnyDefinition } from "./definition.js";
import { assertMethod, NoMethod } from "./errors.js";
import { Letter } from "./mailbox.js";
import { ActorRef } from "./ref.js";
import { isStream } from "./stream-name.js";

/**
 * Refuses a method that an actor does not have, for what sends it messages from now on. Why at once: a typing error
 * would otherwise fill the dead letters. A stream is none: nobody would take what it yields.
 */
export function assertUnderstands({ definition, path }: Cell, method: string, wish: string): void {
  assertMethod(method);
  const { handlers }: AnyDefinition = definition;
  if (!isStream(method) && handlers[method] !== undefined) return;
  const known = Object.keys(handlers).filter((name) => !isStream(name));
  throw new NoMethod(`${path} cannot ${wish} "${method}": it has ${known.join(", ") || "no such methods"}`);
}

/** A timer fired. A mailbox that is full refuses it, as it refuses others. */
export function sendToSelf(cell: Cell, method: string, payload: unknown): void {
  if (cell.full && !cell.drops) cell.kernel.counters.full++;
  else pushToSelf(cell, method, payload);
}

export function pushToSelf(cell: Cell, method: string, payload: unknown): void {
  const family = cell.kernel.familyOf(cell);
  family.own ??= new ActorRef(cell.kernel, cell, 0, 0);
  cell.kernel.push(cell, method, payload, family.own, undefined);
}

/** The incarnation has ended: what it had sent itself and not handled becomes dead letters. */
export function dropOwnMail(cell: Cell): void {
  const { family, kernel, path } = cell;
  if (family?.own === undefined || cell.size === 0) return;
  const kept: Letter[] = [];
  const letter = new Letter();
  while (cell.take(letter)) {
    const { method, payload, sender } = letter;
    if (sender !== family.own || method === REDELIVERED) kept.push({ ...letter });
    else kernel.deadLetters.add({ receiver: path, method, payload, reason: "stopped", sender: path });
  }
  for (const { method, payload, sender, ask } of kept.reverse())
    cell.pushFront(kernel.places, method, payload, sender, ask);
}
