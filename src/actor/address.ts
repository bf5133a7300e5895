// Where an actor is: its thread and its slot there, in one number, plus a generation that keeps a late message from a
// newcomer in the same slot. Generations of a slot only grow, so a message for one that is still ahead of its actor
// waits for the birth, and one for a generation that is past is dead.

import { SLOT_BITS, SLOT_MASK } from "../wire/envelope.js";

/** Threads are numbered 0 (main) to 126, so that an address stays a small integer. */
export const THREADS_MAX = 127;

export function addressOf(thread: number, slot: number): number {
  return (thread << SLOT_BITS) | slot;
}

export function threadOf(address: number): number {
  return address >>> SLOT_BITS;
}

export function slotOf(address: number): number {
  return address & SLOT_MASK;
}

/** Whether generation `a` came after `b`; they wrap. */
export function isLater(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

/** One string per actor, for maps and for people. */
export function keyOf(address: number, generation: number): string {
  return `${threadOf(address)}/${slotOf(address)}#${generation}`;
}
