// What a handler did with its message before its first await, other than to handle it: it set it aside, sent it on, or
// promised an answer. Should it throw after all, this says whose message and whose ask they are.

import type { Ask } from "./ask.js";
import type { Cell } from "./cell.js";
import type { Culprit } from "./lifecycle.js";
import type { Letter } from "./mailbox.js";

export interface Aside {
  /** The number of the turn, among all of its thread. */
  readonly turn: number;
  /** Set aside, with its ask. */
  readonly letter?: Letter;
  /** It is somebody else's now. */
  readonly sentOn?: true;
  /** Its ask, to be answered later. */
  readonly promised?: Ask;
}

/** Notes what the handler that runs has done with its message. */
export function noteAside(cell: Cell, what: Omit<Aside, "turn">): void {
  const { kernel } = cell;
  kernel.familyOf(cell).aside = { ...setAside(cell), turn: kernel.counters.messages, ...what };
}

/** What was done with the message in hand, if its handler has not awaited yet. */
export function setAside({ family, kernel }: Cell): Aside | undefined {
  const aside = family?.aside;
  return aside?.turn === kernel.counters.messages ? aside : undefined;
}

/**
 * What the failure of a turn concerns, with its ask: what was set aside is so no longer, and what was promised is not
 * owed any more. Nothing where the message was sent on, or is in the mailbox again and will be handled anew.
 */
export function inHand(cell: Cell, culprit: Culprit): Culprit | undefined {
  const { letter, sentOn, promised } = culprit.aside ?? {};
  if (sentOn || (letter !== undefined && !takeBack(cell, letter))) return undefined;
  const ask = culprit.ask ?? letter?.ask ?? promised;
  if (ask !== undefined) cell.family?.owed?.delete(ask);
  return ask === culprit.ask ? culprit : { ...culprit, ask };
}

/** The handler of a message failed after all. False when that is in the mailbox again and will be handled anew. */
function takeBack({ family }: Cell, letter: Letter): boolean {
  const at = family?.stash.lastIndexOf(letter) ?? -1;
  return at >= 0 && family?.stash.splice(at, 1).length === 1;
}
