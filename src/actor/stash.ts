// Messages that an actor sets aside until it can deal with them. They keep their sender and their ask, come back in
// front of the mailbox in the order they came in, and return there by themselves when the incarnation ends.

import { noteAside, setAside } from "./aside.js";
import type { Cell } from "./cell.js";
import type { Context } from "./context.js";
import { StashError } from "./errors.js";
import { SPACE } from "./last-call.js";
import { writtenName } from "./stream-name.js";

/** Messages that one actor may have set aside. */
export const STASH_MAX = 1_000;

/** Sets the message aside that the handler was called with. */
export function stashCurrent(cell: Cell, context: Context): void {
  const { kernel } = cell;
  const current = kernel.letter;
  if (kernel.current !== cell || current === undefined)
    throw new StashError(`${cell.path}: stash() belongs before the first await of the handler`);
  const aside = setAside(cell);
  // Once is enough: it is set aside, or in the mailbox again.
  if (aside?.letter !== undefined) return;
  if (aside?.sentOn) throw new StashError(`${cell.path}: stash() of a message that forward() has sent on`);
  const { method, payload } = current;
  if (method.charCodeAt(0) === SPACE)
    throw new StashError(`${cell.path}: stash() belongs in a handler; a hook has no message to set aside`);
  const { stash } = kernel.familyOf(cell);
  if (stash.length >= STASH_MAX) {
    const who = `${cell.path}: "${writtenName(method)}"`;
    throw new StashError(
      `${who} finds ${STASH_MAX} messages set aside, the most there may be: unstash them or stop`,
    );
  }
  const letter = { method, payload, sender: context.sender, ask: context.open };
  stash.push(letter);
  noteAside(cell, { letter });
  // The ask is open still, but this turn does not answer it.
  context.open = undefined;
}

/** Puts everything that was set aside back in front of the mailbox. */
export function unstashAll(cell: Cell): void {
  const stash = cell.family?.stash;
  if (stash === undefined || stash.length === 0) return;
  for (const { method, payload, sender, ask } of stash.reverse()) {
    cell.pushFront(cell.kernel.places, method, payload, sender, ask);
  }
  stash.length = 0;
}
