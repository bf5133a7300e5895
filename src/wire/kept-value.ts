// What the journal would change in silence is refused where it comes in: half of a surrogate pair, which has no form in
// UTF-8, and a field called __proto__, which an object that is read back would not have. Browser-safe.

import { z } from "zod";

const HALF_A_CHARACTER = "holds half of a surrogate pair, which is no character; send whole ones";
const PROTO_FIELD = "is a name that objects do not keep; choose another";

/** A text that is kept as it is given. */
export const keptTextShape = z.string().refine((text) => text.isWellFormed(), HALF_A_CHARACTER);

/** Bound of the look into values that were never JSON; what nests deeper fails where it is packed. */
const DEPTH_MAX = 500;

interface Loss {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The first thing in `value` that would not be kept. `seen` ends what contains itself. */
function findLoss(value: unknown, path: PropertyKey[], seen: Set<object>): Loss | undefined {
  if (typeof value === "string") {
    return value.isWellFormed() ? undefined : { path: [...path], message: HALF_A_CHARACTER };
  }
  if (typeof value !== "object" || value === null || path.length > DEPTH_MAX) return undefined;
  if (seen.has(value) || !(Array.isArray(value) || isPlain(value))) return undefined;
  seen.add(value);
  for (const [key, inside] of Object.entries(value)) {
    path.push(key);
    if (key === "__proto__") return { path: [...path], message: PROTO_FIELD };
    const loss = findLoss(key, path, seen) ?? findLoss(inside, path, seen);
    if (loss !== undefined) return loss;
    path.pop();
  }
  return undefined;
}

/** As `shape`, but what would not be kept is refused first, with where it stands. */
export function keptWhole<Shape extends z.ZodType>(shape: Shape): z.ZodType<z.output<Shape>, z.input<Shape>> {
  const looked = z.unknown().superRefine((value, context) => {
    const loss = findLoss(value, [], new Set());
    if (loss !== undefined) context.addIssue({ code: "custom", path: [...loss.path], message: loss.message });
  });
  return looked.pipe(shape as z.ZodType) as unknown as z.ZodType<z.output<Shape>, z.input<Shape>>;
}
