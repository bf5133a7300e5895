// The reading end of a ring's payloads. It trusts its peer, a thread of the same process, but checks that every value
// ends where its record ends.
//
// What makes it quick: an object of a shape that comes often is made by one literal, compiled for it; short texts are
// looked up by their bytes before they are made anew, since what is short is most often a word that comes again.

import { invariant, unreachable } from "../base/invariant.js";
import { type Reference, revive, unpackForeign } from "./codec.js";
import {
  ARRAY_16,
  ARRAY_32,
  BIN_8,
  BIN_32,
  COMPILE_AFTER,
  EXT_32,
  EXTENSION_BUFFER,
  EXTENSION_FOREIGN,
  EXTENSION_MAP,
  EXTENSION_REFERENCE,
  EXTENSION_SET,
  EXTENSION_SHAPE,
  EXTENSION_UNDEFINED,
  EXTENSION_UTF_16,
  FALSE,
  FIRST_SHAPE,
  FIXARRAY,
  FIXEXT_1,
  FIXEXT_8,
  FIXMAP,
  FIXSTR,
  FLOAT_64,
  INT_8,
  INT_16,
  INT_32,
  MAP_16,
  MAP_32,
  NEGATIVE_FIXINT,
  NIL,
  PADDING,
  REMEMBERED_CHARS_MAX,
  REPEATS_MIN,
  SAME_TEXT,
  STR_8,
  STR_16,
  STR_32,
  TRUE,
  UINT_8,
  UINT_16,
  UINT_32,
  viewOf,
} from "./ring-format.js";
import { readText, WordTable } from "./short-text.js";

type Make = (decoder: RingDecoder, texts: string[]) => object;

/** The keys behind a number, the last text of each field, and the way to make an object of them. */
class KnownShape {
  readonly keys: readonly string[];
  readonly texts: string[];
  /** How often each field had the text it had before. */
  readonly repeats: number[];
  make: Make | undefined = undefined;
  #read = 0;

  constructor(keys: readonly string[]) {
    this.keys = keys;
    this.texts = new Array(keys.length).fill("");
    this.repeats = new Array(keys.length).fill(0);
  }

  /** An object begins, and there is no literal yet: makes one if it is time. The writer does so at the same object. */
  begin(): Make | undefined {
    if (++this.#read === COMPILE_AFTER) this.make = compile(this.keys, this.repeats);
    return this.make;
  }
}

/** The reading end of a `RingEncoder`; must see every record, in order. */
export class RingDecoder {
  readonly #ring: Buffer;
  readonly #ringView: DataView;
  readonly #shapes: KnownShape[] = [];
  readonly #words = new WordTable();
  #bytes: Buffer;
  #view: DataView;
  #at = 0;

  constructor(ring: Buffer) {
    this.#ring = ring;
    this.#ringView = viewOf(ring);
    this.#bytes = ring;
    this.#view = this.#ringView;
  }

  /** Decodes the value between `start` and `end` of the ring. */
  decode(start: number, end: number): unknown {
    this.#at = start;
    const value = this.#value();
    invariant(this.#at === end, "a value ends where its record ends");
    return value;
  }

  /** Decodes a value that came in pieces and was put together elsewhere. */
  decodeFrom(bytes: Buffer, start: number, end: number): unknown {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    try {
      return this.decode(start, end);
    } finally {
      this.#bytes = this.#ring;
      this.#view = this.#ringView;
    }
  }

  /** The next value, for the field of an object. Public for the compiled literals only. */
  field(texts: string[], field: number): unknown {
    const token = this.#bytes[this.#at++] as number;
    if (token < FIXSTR) return this.#valueOf(token);
    if (token === SAME_TEXT) return texts[field];
    const value = this.#valueOf(token);
    if (typeof value === "string" && value.length <= REMEMBERED_CHARS_MAX) texts[field] = value;
    return value;
  }

  /** The next value, for a field that is not remembered. Public for the compiled literals only. */
  fresh(): unknown {
    return this.#value();
  }

  #value(): unknown {
    return this.#valueOf(this.#bytes[this.#at++] as number);
  }

  #valueOf(token: number): unknown {
    if (token < FIRST_SHAPE) return token;
    if (token < FIXMAP) return this.#object(this.#shapes[token - FIRST_SHAPE]);
    if (token < FIXARRAY) return this.#dictionary(token - FIXMAP);
    if (token < FIXSTR) return this.#array(token - FIXARRAY);
    if (token < NIL) return this.#text(token - FIXSTR);
    if (token >= NEGATIVE_FIXINT) return token - 0x100;
    return this.#tagged(token);
  }

  #tagged(token: number): unknown {
    switch (token) {
      case NIL:
        return null;
      case FALSE:
        return false;
      case TRUE:
        return true;
      case FLOAT_64:
        this.#at += 8;
        return this.#view.getFloat64(this.#at - 8);
      case UINT_8:
        return this.#uint8();
      case UINT_16:
        return this.#uint16();
      case UINT_32:
        return this.#uint32();
      case INT_8:
        return (this.#uint8() << 24) >> 24;
      case INT_16:
        return (this.#uint16() << 16) >> 16;
      case INT_32:
        return this.#uint32() | 0;
      case STR_8:
        return this.#text(this.#uint8());
      case STR_16:
        return this.#text(this.#uint16());
      case STR_32:
        return this.#text(this.#uint32());
      default:
        return this.#composed(token);
    }
  }

  #composed(token: number): unknown {
    switch (token) {
      case PADDING:
        return this.#value();
      case BIN_8:
        return this.#binary(this.#uint8());
      case BIN_32:
        return this.#binary(this.#uint32());
      case ARRAY_16:
        return this.#array(this.#uint16());
      case ARRAY_32:
        return this.#array(this.#uint32());
      case MAP_16:
        return this.#dictionary(this.#uint16());
      case MAP_32:
        return this.#dictionary(this.#uint32());
      case FIXEXT_1:
        return this.#bare();
      case FIXEXT_8:
        return this.#reference();
      case EXT_32:
        return this.#extension();
      default:
        return unreachable(token as never);
    }
  }

  #uint8(): number {
    return this.#bytes[this.#at++] as number;
  }

  #uint16(): number {
    this.#at += 2;
    return this.#view.getUint16(this.#at - 2);
  }

  #uint32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4);
  }

  #text(textBytes: number): string {
    const at = this.#at;
    this.#at = at + textBytes;
    return readText(this.#words, this.#bytes, this.#view, at, textBytes);
  }

  #object(shape: KnownShape | undefined): object {
    invariant(shape !== undefined, "a shape is named before it is used");
    const { keys, texts } = shape;
    const make = shape.make ?? shape.begin();
    if (make !== undefined) return make(this, texts);
    const object: Record<string, unknown> = {};
    for (let i = 0; i < keys.length; i++) {
      if (this.#bytes[this.#at] === SAME_TEXT) (shape.repeats[i] as number) += 1;
      assign(object, keys[i] as string, this.field(texts, i));
    }
    return object;
  }

  #dictionary(length: number): object {
    const object: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) assign(object, this.#value() as string, this.#value());
    return object;
  }

  #array(length: number): unknown[] {
    const array: unknown[] = [];
    for (let i = 0; i < length; i++) array.push(this.#value());
    return array;
  }

  #binary(length: number): Uint8Array {
    const binary = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
    binary.set(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return binary;
  }

  #bare(): unknown {
    const type = this.#uint8();
    const byte = this.#uint8();
    switch (type) {
      case EXTENSION_UNDEFINED:
        return undefined;
      case EXTENSION_BUFFER:
        return Buffer.from((this.#value() as Uint8Array).buffer);
      case EXTENSION_MAP: {
        const flat = this.#value() as unknown[];
        const map = new Map<unknown, unknown>();
        for (let i = 0; i < flat.length; i += 2) map.set(flat[i], flat[i + 1]);
        return map;
      }
      case EXTENSION_SET:
        return new Set(this.#value() as unknown[]);
      case EXTENSION_SHAPE: {
        const shape = new KnownShape(this.#value() as string[]);
        this.#shapes[byte - FIRST_SHAPE] = shape;
        return this.#object(shape);
      }
      default:
        return unreachable(type as never);
    }
  }

  #reference(): Reference {
    const type = this.#uint8();
    invariant(type === EXTENSION_REFERENCE, "what takes 8 bytes is a ref");
    const address = this.#uint32() | 0;
    const generation = this.#uint32() | 0;
    return revive(address, generation);
  }

  #extension(): unknown {
    const length = this.#uint32();
    const type = this.#uint8();
    const start = this.#at;
    this.#at = start + length;
    switch (type) {
      case EXTENSION_FOREIGN:
        return unpackForeign(this.#bytes, start, this.#at);
      case EXTENSION_UTF_16:
        return this.#bytes.toString("utf16le", start, this.#at);
      default:
        return unreachable(type as never);
    }
  }
}

/** An own property, whatever its name. */
function assign(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/** A function with one object literal: its properties are read in order, and every object has the same hidden class. */
function compile(keys: readonly string[], repeats: readonly number[]): Make {
  const properties = keys.map((key, i) => {
    const repeatsOften = (repeats[i] as number) >= REPEATS_MIN;
    return `[${JSON.stringify(key)}]: ${repeatsOften ? `decoder.field(texts, ${i})` : "decoder.fresh()"}`;
  });
  return new Function("decoder", "texts", `return { ${properties.join(", ")} };`) as Make;
}
