// What a test expects of a value: a part of it, or a question about it.

import { ActorRef } from "../actor/ref.js";

/**
 * Plain objects match by the keys they name, arrays element by element, a regular expression matches texts, a function
 * is asked, an actor's ref matches the same actor; everything else matches what is the same.
 */
// biome-ignore lint/suspicious/noExplicitAny: a predicate names the type it wants
export type Pattern<T = any> =
  | ((value: T) => boolean)
  | RegExp
  | (T extends readonly (infer E)[]
      ? readonly Pattern<E>[]
      : T extends object
        ? { readonly [K in keyof T]?: Pattern<T[K]> }
        : T);

export function matches(value: unknown, pattern: unknown): boolean {
  if (typeof pattern === "function") return (pattern as (value: unknown) => unknown)(value) === true;
  if (pattern instanceof RegExp) return typeof value === "string" && pattern.test(value);
  if (Object.is(value, pattern)) return true;
  if (typeof pattern !== "object" || pattern === null || typeof value !== "object" || value === null)
    return false;
  if (pattern instanceof ActorRef) return value instanceof ActorRef && value.equals(pattern);
  if (pattern instanceof Date) return value instanceof Date && value.getTime() === pattern.getTime();
  if (pattern instanceof Map || pattern instanceof Set) return hasAll(value, pattern);
  if (Array.isArray(pattern)) {
    return (
      Array.isArray(value) &&
      value.length === pattern.length &&
      pattern.every((one, at) => matches(value[at], one))
    );
  }
  return Object.entries(pattern).every(([key, one]) => matches((value as Record<string, unknown>)[key], one));
}

/** Collections match entry by entry, in order. */
function hasAll(value: object, pattern: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>): boolean {
  if (!(value instanceof Map || value instanceof Set)) return false;
  return value.constructor === pattern.constructor && matches([...value], [...pattern]);
}
