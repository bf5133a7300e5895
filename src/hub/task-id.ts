// Ids of tasks and agents: a prefix, the number in base 36, and a random tail. Ids of one kind sort by creation, and
// the number is found without a table. They are names, not secrets.

import type { Random } from "../base/random.js";

const NUMBER_CHARS = 8;
const TAIL_CHARS = 6;
const TAIL_BOUND = 36 ** TAIL_CHARS;

export type IdPrefix = "task" | "agent";

/** `task-0000002s-k3x9qd` for number 100. */
export function publicId(prefix: IdPrefix, number: number, random: Random): string {
  const head = number.toString(36).padStart(NUMBER_CHARS, "0");
  const tail = random.below(TAIL_BOUND).toString(36).padStart(TAIL_CHARS, "0");
  return `${prefix}-${head}-${tail}`;
}

/** The number in an id, or undefined for anything that is not one. Whether the id exists is another question. */
export function numberInId(prefix: IdPrefix, id: string): number | undefined {
  const end = prefix.length + 1 + NUMBER_CHARS;
  if (id.length !== end + 1 + TAIL_CHARS || !id.startsWith(`${prefix}-`) || id[end] !== "-") return undefined;
  const head = id.slice(prefix.length + 1, end);
  return /^[0-9a-z]+$/.test(head) ? Number.parseInt(head, 36) : undefined;
}
