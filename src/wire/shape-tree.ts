// What a ring's writer knows of the shapes of objects: which keys follow on which, and the numbers it has given.
//
// The keys of an object are looked up by walking the tree from its root, a key a step, where each step first tries the
// way the last object went: most objects go that way to the end. The tree is bounded; objects that find no room in it
// travel with their keys, and when there were many of them the writer starts over with a fresh one.

import type { RingEncoder } from "./ring-encoder.js";
import { COMPILE_AFTER, FIRST_SHAPE, REPEATS_MIN, SHAPES_MAX } from "./ring-format.js";

/** Objects with more keys are dictionaries: their keys are data and travel each time. */
const SHAPE_KEYS_MAX = 64;
const TREE_KEYS_MAX = 1_024;
/** So many objects that found no room make the tree worn out. */
const HOMELESS_MAX = 1_024;
type WriteFields = (encoder: RingEncoder, value: object, texts: string[]) => void;

/** What is known of all objects that begin with the same keys. */
export class Shape {
  readonly key: string;
  readonly keys: number;
  /** The number under which the reader knows it; 0 for none. */
  id = 0;
  /** The last text of each field, once the shape has a number. */
  texts: string[] = [];
  /** Writes the fields of an object, once `COMPILE_AFTER` of them have begun. */
  write: WriteFields | undefined = undefined;
  /** The shape with one more key that the last object went to. */
  next: Shape | undefined = undefined;
  seen = 0;
  /** How often each field had the text it had before. */
  repeats: number[] = [];
  #written = 0;
  #longer: Map<string, Shape> | undefined = undefined;

  constructor(key: string, keys: number) {
    this.key = key;
    this.keys = keys;
  }

  longer(key: string): Shape | undefined {
    return this.#longer?.get(key);
  }

  add(shape: Shape): void {
    this.#longer ??= new Map();
    this.#longer.set(shape.key, shape);
  }

  /** An object begins, and there is no writer yet: makes one if it is time. */
  begin(value: object): WriteFields | undefined {
    if (++this.#written === COMPILE_AFTER) this.write = compile(Object.keys(value), this.repeats);
    return this.write;
  }
}

export class ShapeTree {
  readonly root = new Shape("", 0);
  #keys = 0;
  #named = 0;
  #homeless = 0;

  /** Too many objects find no room here. */
  get wornOut(): boolean {
    return this.#homeless > HOMELESS_MAX;
  }

  /** The shape that follows on `key`; undefined if there is no room for it. */
  step(shape: Shape, key: string): Shape | undefined {
    let next = shape.longer(key);
    if (next === undefined) {
      if (shape.keys >= SHAPE_KEYS_MAX) return undefined;
      if (this.#keys >= TREE_KEYS_MAX) {
        this.#homeless++;
        return undefined;
      }
      this.#keys++;
      next = new Shape(key, shape.keys + 1);
      shape.add(next);
    }
    shape.next = next;
    return next;
  }

  /** Gives a shape that came before its number; false for one that is new, or when all numbers are given. */
  name(shape: Shape): boolean {
    if (shape.seen++ === 0) return false;
    if (this.#named >= SHAPES_MAX) {
      this.#homeless++;
      return false;
    }
    shape.id = FIRST_SHAPE + this.#named++;
    shape.texts = new Array(shape.keys).fill("");
    shape.repeats = new Array(shape.keys).fill(0);
    return true;
  }
}

/** A function that reads every field by its name: what the engine learns of this shape's objects, it keeps for them. */
function compile(keys: readonly string[], repeats: readonly number[]): WriteFields {
  const fields = keys.map((key, i) => {
    const value = `value[${JSON.stringify(key)}]`;
    const repeatsOften = (repeats[i] as number) >= REPEATS_MIN;
    return repeatsOften ? `encoder.field(${value}, texts, ${i});` : `encoder.fresh(${value});`;
  });
  return new Function("encoder", "value", "texts", fields.join(" ")) as WriteFields;
}
