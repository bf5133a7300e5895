// Whether a value arrives at a hub as it is: in a frame (`FRAME_FORM`) or in a JSON body (`JSON_FORM`).
// Both hold less than a message between actors, and both would change some values in silence: JSON drops functions and
// makes a Map `{}`, a frame makes a Map an object. Such values are refused before anything is sent. Browser-safe.

import { EncodeError, type Fault, findCulprit, misfitFault } from "./encode-error.js";

/** Deeper than a hub takes; what is deeper is looked at the slow way. */
const QUICK_DEPTH = 64;
/** A frame holds integers of 64 bits; those that a number holds exactly come out as numbers. */
const BIGINT_MIN = -(2n ** 63n);
const BIGINT_MAX = 2n ** 64n - 1n;
const NUMBER_MAX = 2n ** 53n;

/** What neither form holds. */
function commonFault(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return misfitFault(value);
  if (value instanceof Map) return "a Map cannot travel to a hub: send an object, or a list of its entries";
  if (value instanceof Set) return "a Set cannot travel to a hub: send a list";
  if (value instanceof Error) return "an Error cannot travel to a hub: send its code and message";
  if (value instanceof RegExp) return "a RegExp cannot travel to a hub: send its source";
  if (Object.hasOwn(value, "__proto__"))
    return "has a field __proto__, which would be lost: call it otherwise";
  return misfitFault(value);
}

/** MessagePack as a hub takes it from outside: `hive.msgpack.v1`. */
export const FRAME_FORM: Fault = (value) => {
  if (typeof value !== "bigint") return commonFault(value);
  if (value < BIGINT_MIN || value > BIGINT_MAX)
    return "a bigint of more than 64 bits cannot travel to a hub: send it as text";
  return value >= -NUMBER_MAX && value <= NUMBER_MAX
    ? "a bigint this small would arrive as a number: send a number, or text"
    : undefined;
};

/** A JSON body. A field that is undefined is one that is not given. */
export const JSON_FORM: Fault = (value, inList) => {
  if (typeof value === "bigint") return "JSON has no bigint: send it as text";
  if (typeof value === "number" && !Number.isFinite(value)) return `JSON has no ${value}: send null, or text`;
  if (value === undefined && inList) return "JSON has no undefined in a list: send null, or leave it out";
  if (value instanceof Date && Number.isNaN(value.getTime())) return "an invalid Date would arrive as null";
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value))
    return "JSON has no bytes: put them by blobs.put and name the blob, or send text";
  return commonFault(value);
};

/** Throws EncodeError, with the path, for what `form` would refuse or change. */
export function requireForm(value: unknown, form: Fault, root: string): void {
  try {
    if (isPlainest(value, QUICK_DEPTH)) return;
  } catch {
    // A getter threw; the search below says which.
  }
  const culprit = findCulprit(value, { fault: form, root });
  if (culprit === undefined) return;
  const { path, what } = culprit;
  throw new EncodeError(path === "" ? what : `${path}: ${what}`);
}

/** True for what surely arrives as it is in any form: most messages. Undefined in a list, say, needs a closer look. */
function isPlainest(value: unknown, depth: number): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object")
    return typeof value === "string" || typeof value === "boolean" || value === undefined;
  if (value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    for (const item of value) if (item === undefined || !isPlainest(item, depth - 1)) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const [key, inner] of Object.entries(value))
    if (key === "__proto__" || !isPlainest(inner, depth - 1)) return false;
  return true;
}
