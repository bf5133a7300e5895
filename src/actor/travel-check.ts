// Whether a value would arrive on another thread as it is. Two looks: one for what would arrive as something else, with
// the path to it; then the very encoder of the rings, which refuses what cannot travel at all.

import { EncodeError, isForeign, Reference, refsOf } from "../wire/codec.js";
import { explainEncodeFailure } from "../wire/encode-error.js";
import { RingEncoder } from "../wire/ring-encoder.js";

/** Deeper than a message may be. */
const LEVELS_MAX = 513;
const SCRATCH_BYTES = 64 * 1024;

const TypedArray = Object.getPrototypeOf(Uint8Array) as { prototype: object };

export class TravelCheck {
  readonly #home: object;
  readonly #scratch = Buffer.from(new ArrayBuffer(SCRATCH_BYTES));
  readonly #encoder: RingEncoder;

  /** `home`: of the system whose refs may travel. */
  constructor(home: object) {
    this.#home = home;
    this.#encoder = new RingEncoder(this.#scratch, home);
  }

  /** Throws `EncodeError` or `TooLargeError`; else freezes the value if it is to, down to the last object in it. */
  pass(value: unknown, path: string, freeze: boolean): void {
    const passed = new Set<object>();
    check(value, path, new Set(), passed);
    this.#encode(value, path);
    // Maps and sets cannot be frozen; what is in them can.
    if (freeze) for (const one of passed) if (!(one instanceof Map || one instanceof Set)) Object.freeze(one);
  }

  #encode(value: unknown, path: string): void {
    try {
      this.#encoder.encode(value, 0, this.#scratch.length);
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      const explained = explainEncodeFailure(error.cause, value, refsOf(this.#home), path);
      throw explained.message.startsWith(path) ? explained : refusal(path, explained.message);
    }
  }
}

/** Throws with the path to the first value that would not arrive as it is; `open` are the objects around this one. */
function check(value: unknown, path: string, open: Set<object>, passed: Set<object>): void {
  if (typeof value === "function" || typeof value === "symbol")
    throw refusal(path, `a ${typeof value} cannot travel`);
  if (typeof value !== "object" || value === null || value instanceof Reference) return;
  if (value instanceof Promise) throw refusal(path, "a promise cannot travel: await it first");
  if (isForeign(value)) return checkForeign(value, path);
  if (passed.has(value)) return;
  if (open.has(value)) throw refusal(path, "it contains itself: flatten it");
  if (open.size > LEVELS_MAX) return;
  open.add(value);
  for (const [inner, within] of entriesOf(value, path)) check(within, inner, open, passed);
  open.delete(value);
  passed.add(value);
}

/** What a value holds, each with its path. */
function entriesOf(value: object, path: string): [string, unknown][] {
  if (Array.isArray(value)) return itemsOf(value, path);
  if (value instanceof Set) {
    refuseExtras(value, Set.prototype, 0, path);
    return [...value].map((inner, index) => [`${path}.values[${index}]`, inner]);
  }
  if (value instanceof Map) {
    refuseExtras(value, Map.prototype, 0, path);
    return [...value].flatMap(([key, inner], index): [string, unknown][] => [
      [`${path}.keys[${index}]`, key],
      [`${path}.get(${typeof key === "object" ? `keys[${index}]` : String(key)})`, inner],
    ]);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw refusal(path, `an instance of ${nameOf(value)} would arrive as a plain object: send its data`);
  const keys = Object.keys(value);
  refuseExtras(value, prototype, keys.length, path);
  return keys.flatMap((key) => readField(value as Readonly<Record<string, unknown>>, key, path));
}

/** One that throws is left to the encoder, which says so. */
function readField(value: Readonly<Record<string, unknown>>, key: string, path: string): [string, unknown][] {
  try {
    return [[`${path}.${key}`, value[key]]];
  } catch {
    return [];
  }
}

function itemsOf(value: readonly unknown[], path: string): [string, unknown][] {
  const items: [string, unknown][] = [];
  for (let index = 0; index < value.length; index++) {
    if (!(index in value)) throw refusal(`${path}[${index}]`, "a hole would arrive as undefined: fill it");
    items.push([`${path}[${index}]`, value[index]]);
  }
  refuseExtras(value, Array.prototype, value.length + 1, path);
  return items;
}

/** A date, an error, binary: what the encoder takes whole. */
function checkForeign(value: object, path: string): void {
  // The class of an error of one's own is lost as promised; its code arrives.
  if (value instanceof Error) return;
  if (value instanceof Date) return refuseExtras(value, Date.prototype, 0, path);
  if (value instanceof RegExp) return refuseExtras(value, RegExp.prototype, 1, path);
  const memory = ArrayBuffer.isView(value) ? value.buffer : (value as ArrayBuffer);
  if (memory instanceof SharedArrayBuffer)
    throw refusal(path, "what lies in shared memory would arrive as a copy: send a copy");
  if (isDetached(memory)) throw refusal(path, "its memory was transferred to somebody else: send a copy");
  const prototype: object = Object.getPrototypeOf(value);
  const isBuiltIn =
    prototype === Buffer.prototype || Object.getPrototypeOf(prototype) === TypedArray.prototype;
  if (isBuiltIn || prototype === ArrayBuffer.prototype || prototype === DataView.prototype) return;
  throw refusal(path, `an instance of ${nameOf(value)} would arrive as what it extends: send its data`);
}

/** Throws for an instance of a class that extends a built-in one, and for properties that do not travel. */
function refuseExtras(value: object, prototype: object | null, ownKeys: number, path: string): void {
  if (Object.getPrototypeOf(value) !== prototype)
    throw refusal(path, `an instance of ${nameOf(value)} would arrive as what it extends: send its data`);
  const keys = Reflect.ownKeys(value);
  if (keys.length === ownKeys) return;
  const hidden = keys.find(
    (key) => key !== "length" && !(typeof key === "string" && isEnumerable(value, key)),
  );
  throw refusal(path, `its property ${String(hidden ?? keys.at(-1))} would not arrive: send plain data`);
}

function isEnumerable(value: object, key: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, key);
}

function isDetached(memory: ArrayBuffer): boolean {
  if (memory.byteLength > 0) return false;
  try {
    return new Uint8Array(memory).length > 0;
  } catch {
    return true;
  }
}

/** The name of the class, where it has one of its own. */
function nameOf(value: object): string {
  const { constructor } = Object.getPrototypeOf(value) as { constructor?: unknown };
  if (typeof constructor === "function" && constructor !== Object && constructor.name !== "")
    return constructor.name;
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

function refusal(path: string, why: string): EncodeError {
  return new EncodeError(`${path}: ${why}`);
}
