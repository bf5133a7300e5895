// What to say of a field or an agent that nobody knows: the one that was probably meant, else those that there are.
// Why such fields are refused at all: what a hub drops in silence, its caller believes to be in force. Browser-safe.

import type { z } from "zod";

/** A slip of the hand: one letter that is wrong, missing or too many in three, and never more than this. */
const SLIPS_MAX = 3;
const LETTERS_PER_SLIP = 3;

/** The parts of a zod type that lead to the objects inside it. */
interface Node {
  readonly shape?: Readonly<Record<string, Node>>;
  readonly element?: Node;
  readonly def?: {
    readonly type: string;
    /** Of a union that one field decides. */
    readonly discriminator?: string;
    readonly options?: readonly Node[];
    /** Of a literal. */
    readonly values?: readonly unknown[];
    readonly innerType?: Node;
    readonly in?: Node;
    readonly out?: Node;
  };
}

function fieldOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;
}

/** The member of a union that `value` says it is. */
function chosen(def: NonNullable<Node["def"]>, value: unknown): Node | undefined {
  const { discriminator: key } = def;
  if (key === undefined) return undefined;
  return def.options?.find((one) => one.shape?.[key]?.def?.values?.includes(fieldOf(value, key)));
}

/** What is inside defaults, options, unions, preprocessing and transforms, as `value` has it. */
function peel(node: Node | undefined, value: unknown): Node | undefined {
  let here = node;
  for (;;) {
    const def: Node["def"] = here?.def;
    const inner: Node | undefined =
      def?.innerType ??
      (def?.out?.def?.type === "transform" ? def.in : def?.out) ??
      (def === undefined ? undefined : chosen(def, value));
    if (inner === undefined) return here;
    here = inner;
  }
}

/** The fields of the object at `path`; none where the schema has no object there. */
function fieldsAt(schema: Node, path: readonly PropertyKey[], input: unknown): readonly string[] {
  let value = input;
  let here = peel(schema, value);
  for (const key of path) {
    value = fieldOf(value, key);
    here = peel(here?.element ?? here?.shape?.[String(key)], value);
  }
  return Object.keys(here?.shape ?? {});
}

/** How many letters have to be changed, added or taken away to make one word of the other. */
function slipsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let to = 1; to <= other.length; to++) {
      const changed = (row[to - 1] as number) + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[to] as number) + 1, (next[to - 1] as number) + 1));
    }
    row = next;
  }
  return row[other.length] as number;
}

/** The known word that `given` is a slip of. */
export function closest(given: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestSlips = Number.POSITIVE_INFINITY;
  for (const word of known) {
    const allowed = Math.min(SLIPS_MAX, Math.floor(word.length / LETTERS_PER_SLIP));
    // Why first: a name may be as long as a body, and the table below grows with it.
    if (Math.abs(word.length - given.length) > allowed) continue;
    const slips = slipsBetween(given.toLowerCase(), word.toLowerCase());
    if (slips > allowed || slips >= bestSlips) continue;
    best = word;
    bestSlips = slips;
  }
  return best;
}

/** What is wrong with the field at `path` of `input`, which `schema` does not have. */
export function unknownField(schema: z.ZodType, path: readonly PropertyKey[], input: unknown): string {
  const known = fieldsAt(schema as unknown as Node, path.slice(0, -1), input);
  const meant = closest(String(path.at(-1)), known);
  if (meant !== undefined) return `is not a known field; did you mean ${meant}?`;
  return known.length === 0
    ? "is not a known field; none is expected here"
    : `is not a known field; known are ${known.join(", ")}`;
}

/** Names that are told where none is close: a hub may have thousands of agents. */
const TOLD_NAMES_MAX = 10;
const NAME_CHARS_MAX = 100;

/** The first few of `names`, and how many more there are. */
export function tellNames(names: readonly string[]): string {
  const more = names.length > TOLD_NAMES_MAX ? ` and ${names.length - TOLD_NAMES_MAX} more` : "";
  return names.slice(0, TOLD_NAMES_MAX).join(", ") + more;
}

/** What to say of an id or a name that no agent has, where `known` are the names there are. */
export function unknownAgent(given: string, known: readonly string[]): string {
  const shown = given.length > NAME_CHARS_MAX ? `${given.slice(0, NAME_CHARS_MAX)}…` : given;
  const what = `there is no agent "${shown}"`;
  const meant = closest(given, known);
  if (meant !== undefined) return `${what}; did you mean "${meant}"?`;
  if (known.length === 0) return `${what}, nor any other`;
  return `${what}; known are ${tellNames(known)}`;
}
