// How much waits for an actor, at one glance from wherever the asker is: read, never asked for. For an actor on another
// thread it is the shared word of actor/presence, which may lag.

import { isLater, slotOf, threadOf } from "./address.js";
import { STOPPING } from "./cell.js";
import { DEPTH_MASK, FULL_BIT, LOST_BIT } from "./presence.js";
import type { ActorRef } from "./ref.js";

/** The actor is gone for good. */
export const GONE = -1;
/** It would answer `full`, or its thread was lost and it is not back yet. */
export const NO_ROOM = Number.POSITIVE_INFINITY;

/** Messages that wait for an actor, or `GONE`, or `NO_ROOM`. */
export function depthOf(ref: ActorRef): number {
  const { cell } = ref;
  if (cell !== undefined) {
    if (cell.status >= STOPPING) return GONE;
    if (cell.full && !cell.drops) return NO_ROOM;
    return cell.turnOpen ? cell.size + 1 : cell.size;
  }
  const { address, generation } = ref;
  const presence = ref.kernel.presenceOf(threadOf(address));
  const slot = slotOf(address);
  const alive = presence.generation(slot);
  // One that is not born yet has an empty mailbox.
  if (alive !== generation) return isLater(alive, generation) ? GONE : 0;
  const word = presence.depthWord(slot);
  if (word < 0) return GONE;
  return (word & (FULL_BIT | LOST_BIT)) === 0 ? word & DEPTH_MASK : NO_ROOM;
}
