// What cannot travel, and where in a message it stands. Nothing here is asked before something failed or looks odd:
// the codecs find out in passing, and this file then walks the value to name the culprit. Browser-safe.

import { CodedError } from "../base/errors.js";

/** A payload that cannot be serialised. The message names the path to the value and what to send instead. */
export class EncodeError extends CodedError {
  constructor(message: string, details?: ConstructorParameters<typeof CodedError>[2]) {
    super("ENCODE", message, details);
  }
}

/** One message has at most so many bytes. */
export const MESSAGE_BYTES_MAX = 8 * 1024 * 1024;

/** A message larger than one message may be. Send a reference to the data instead, or split it. */
export class TooLargeError extends CodedError {
  constructor(givenBytes: number) {
    super(
      "TOO_LARGE",
      `the message takes ${givenBytes} bytes; at most ${MESSAGE_BYTES_MAX} fit in one. Split it.`,
      { data: { givenBytes, maxBytes: MESSAGE_BYTES_MAX } },
    );
  }
}

const AS_ARRAY = "send an array of what it gives, `[...value]`";

/** What to do instead, by the tag of `Object.prototype.toString`. */
const ADVICE: Readonly<Record<string, string>> = {
  SharedArrayBuffer: "give it to a thread as its workerData, or send a copy of its bytes",
  WeakMap: "send a Map",
  WeakSet: "send a Set",
  WeakRef: "send what it refers to",
  Number: "send the number itself, `value.valueOf()`",
  String: "send the text itself, `value.valueOf()`",
  Boolean: "send the boolean itself, `value.valueOf()`",
  BigInt: "send the bigint itself, `value.valueOf()`",
  Symbol: "send its description",
  Function: "send data, or the ref of an actor that has the function",
  Promise: "await it first",
  Generator: AS_ARRAY,
  "Array Iterator": AS_ARRAY,
  "Map Iterator": AS_ARRAY,
  "Set Iterator": AS_ARRAY,
};

/** What a value is that has no form of its own in a message; undefined for what may travel. */
function misfit(value: unknown): string | undefined {
  if (typeof value === "function") return "Function";
  if (typeof value === "symbol") return "Symbol";
  if (typeof value !== "object" || value === null) return undefined;
  if (value instanceof Promise) return "Promise";
  if (value.constructor === String) return "String";
  // Why only without properties: an instance of a class of one's own travels as its properties, whatever it is called.
  if (Object.keys(value).length > 0 || isContainer(value)) return undefined;
  // What says itself how it travels is not judged by its class: a URL becomes its text.
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") return undefined;
  const tag = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return tag === "Object" || tag === "Arguments" ? undefined : tag;
}

function isContainer(value: object): boolean {
  return (
    Array.isArray(value) ||
    value instanceof Map ||
    value instanceof Set ||
    value instanceof Date ||
    value instanceof Error ||
    value instanceof RegExp ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value)
  );
}

/** What is wrong with a value, whatever is inside it; undefined for nothing. `inList`: it stands in an array. */
export type Fault = (value: unknown, inList: boolean) => string | undefined;

/** The fault of what has no form of its own in any message. */
export function misfitFault(value: unknown): string | undefined {
  const kind = misfit(value);
  return kind === undefined ? undefined : describeMisfit(kind);
}

function describeMisfit(kind: string): string {
  return `${/^[AEIO]/.test(kind) ? "an" : "a"} ${kind} cannot travel: ${ADVICE[kind] ?? "send the data that is in it"}`;
}

/** Throws for what has no form of its own in a message. */
export function refuseMisfit(value: unknown): void {
  const fault = misfitFault(value);
  if (fault !== undefined) throw new EncodeError(fault);
}

/** Throws for an object that is more than its own properties, of which `own` is a copy. */
export function refuseHollow(value: object, own: object): void {
  if (value.constructor === String) return refuseMisfit(value);
  for (const _ in own) return;
  refuseMisfit(value);
}

/**
 * The failure, with the path to what caused it and its kind. `opaque` values are not looked into; a text is what is
 * wrong with one. `root` is what paths begin with.
 */
export function explainEncodeFailure(
  error: unknown,
  value: unknown,
  opaque: (value: object) => boolean | string,
  root = "payload",
): EncodeError {
  const culprit = findCulprit(value, { opaque, fault: misfitFault, root });
  const why = culprit?.what ?? (error instanceof Error ? error.message : String(error));
  return new EncodeError(culprit === undefined ? why : `${culprit.path}: ${why}`, { cause: error });
}

/** Throws, with the path, for the first part of a value that has no form of its own in a message. */
export function refuseOddities(value: unknown, opaque: (value: object) => boolean): void {
  const culprit = findCulprit(value, { opaque, fault: misfitFault, root: "payload" });
  if (culprit !== undefined) throw new EncodeError(`${culprit.path}: ${culprit.what}`);
}

export interface CulpritSearch {
  readonly fault: Fault;
  /** What is not looked into; a text is what is wrong with it. */
  readonly opaque?: (value: object) => boolean | string;
  /** What the value itself is called; empty where the paths begin with its fields. */
  readonly root: string;
}

/** The first part of a value that has a fault or contains itself, and where it is. */
export function findCulprit(value: unknown, search: CulpritSearch): Culprit | undefined {
  try {
    return new Search(search).look(value, search.root, 0);
  } catch {
    // What cannot even be looked at, such as a proxy that was revoked, has no path.
    return undefined;
  }
}

export interface Culprit {
  readonly path: string;
  readonly what: string;
}

/** Deeper than a message may be, and as deep as a stack surely reaches. */
const SEARCH_DEPTH_MAX = 1_024;

class Search {
  readonly #fault: Fault;
  readonly #opaque: (value: object) => boolean | string;
  /** Objects that are being looked into, with their paths. */
  readonly #open = new Map<object, string>();
  readonly #done = new Set<object>();

  constructor({ fault, opaque = () => false }: CulpritSearch) {
    this.#fault = fault;
    this.#opaque = opaque;
  }

  look(value: unknown, path: string, depth: number, inList = false): Culprit | undefined {
    const what = this.#fault(value, inList);
    if (what !== undefined) return { path, what };
    if (typeof value !== "object" || value === null || depth > SEARCH_DEPTH_MAX) return undefined;
    const above = this.#open.get(value);
    if (above !== undefined) {
      return { path, what: `is ${above} again: a message cannot contain itself; send an id instead` };
    }
    if (this.#done.has(value) || ArrayBuffer.isView(value)) return undefined;
    const verdict = this.#opaque(value);
    if (verdict !== false) return verdict === true ? undefined : { path, what: verdict };
    this.#open.set(value, path);
    const found = this.#lookInside(value, path, depth + 1);
    this.#open.delete(value);
    this.#done.add(value);
    return found;
  }

  #lookInside(value: object, path: string, depth: number): Culprit | undefined {
    if (value instanceof Error) return this.look((value as { data?: unknown }).data, `${path}.data`, depth);
    if (value instanceof Map || value instanceof Set) return this.#lookIntoItems(value, path, depth);
    const isList = Array.isArray(value);
    let reading = path;
    try {
      const { toJSON } = value as { toJSON?: unknown };
      if (typeof toJSON === "function") {
        reading = `${path}.toJSON()`;
        return this.look(toJSON.call(value), reading, depth);
      }
      for (const key of isList ? value.keys() : Object.keys(value)) {
        reading = isList ? `${path}[${key}]` : path === "" ? `${key}` : `${path}.${key}`;
        const found = this.look((value as Readonly<Record<string, unknown>>)[key], reading, depth, isList);
        if (found !== undefined) return found;
      }
    } catch (error) {
      return { path: reading, what: `reading it throws: ${String(error)}; send plain data` };
    }
    return undefined;
  }

  #lookIntoItems(
    value: Map<unknown, unknown> | Set<unknown>,
    path: string,
    depth: number,
  ): Culprit | undefined {
    let at = 0;
    for (const item of value) {
      const found = this.look(item, `${path}{${at++}}`, depth);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
