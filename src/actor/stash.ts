// Messages that an actor sets aside until it can deal with them. They keep their sender and their ask, come back in
// front of the mailbox in the order they came in, and return there by themselves when the incarnation ends.

import type { Cell } from "./cell.js";
import type { Context } from "./context.js";
import { StashError } from "./errors.js";
import type { Letter } from "./mailbox.js";

/** Messages that one actor may have set aside. */
export const STASH_MAX = 1_000;

/** Sets the message aside that the handler was called with. */
export function stashCurrent(cell: Cell, context: Context): void {
  const { kernel } = cell;
  const { method, payload } = kernel.letter;
  if (kernel.current !== cell)
    throw new StashError(`${cell.path}: stash() belongs before the first await of the handler`);
  const family = kernel.familyOf(cell);
  const { stash } = family;
  if (stash.length >= STASH_MAX) {
    throw new StashError(
      `${cell.path}: "${method}" finds ${STASH_MAX} messages set aside, the most there may be: unstash them or stop`,
    );
  }
  const letter = { method, payload, sender: context.sender, ask: context.open };
  stash.push(letter);
  family.aside = { letter, turn: kernel.counters.messages };
  // The ask is open still, but this turn does not answer it.
  context.open = undefined;
}

/** The message in hand, if its handler has set it aside and has not awaited yet. */
export function setAside({ family, kernel }: Cell): Letter | undefined {
  const aside = family?.aside;
  return aside?.turn === kernel.counters.messages ? aside.letter : undefined;
}

/** The handler of a message failed after all. False when that is in the mailbox again and will be handled anew. */
export function takeBack({ family }: Cell, letter: Letter): boolean {
  const at = family?.stash.lastIndexOf(letter) ?? -1;
  return at >= 0 && family?.stash.splice(at, 1).length === 1;
}

/** Puts everything that was set aside back in front of the mailbox. */
export function unstashAll(cell: Cell): void {
  const stash = cell.family?.stash;
  if (stash === undefined || stash.length === 0) return;
  for (const { method, payload, sender, ask } of stash.reverse()) {
    cell.pushFront(cell.kernel.buffers, method, payload, sender, ask);
  }
  stash.length = 0;
}
