// The writing end of a ring's payloads: values become MessagePack right where the reader will find them.
//
// Objects of the same keys in the same order are of one *shape*. A shape that comes a second time gets a number, and
// from then on only the number and the values travel (`ShapeTree` knows which).

import { invariant } from "../base/invariant.js";
import { exportFrom, isForeign, packForeign, Reference, refsOf } from "./codec.js";
import {
  EncodeError,
  explainEncodeFailure,
  MESSAGE_BYTES_MAX,
  refuseHollow,
  TooLargeError,
} from "./encode-error.js";
import {
  ARRAY_16,
  ARRAY_32,
  BIN_8,
  BIN_32,
  BIN_32_HEAD_BYTES,
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
  NIL,
  PADDING,
  REMEMBERED_CHARS_MAX,
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
import { type Shape, ShapeTree } from "./shape-tree.js";

/** Values inside values inside values; more is most likely an object that contains itself. */
const DEPTH_MAX = 512;
/** The most bytes a number, or the head of anything, takes. */
const HEAD_BYTES_MAX = 9;
/** Up to here a loop over the characters beats a call into the engine, and one byte says how long the text is. */
const WORD_CHARS_MAX = 31;
/** Up to here a text has at most 255 bytes, whatever it says, so its head may be written before they are counted. */
const SHORT_TEXT_CHARS_MAX = 85;

/** One per ring; knows the shapes it has sent. */
export class RingEncoder {
  readonly #ring: Buffer;
  readonly #ringView: DataView;
  readonly #home: object | undefined;
  #bytes: Buffer;
  #view: DataView;
  #limit = 0;
  #at = 0;
  /** Levels that may still follow below the record that is being written. */
  #depth = 0;
  #shapes = new ShapeTree();
  #busy = false;
  start = 0;
  end = 0;

  /** `home`: of the system whose refs may be in what is encoded. */
  constructor(ring: Buffer, home?: object) {
    this.#ring = ring;
    this.#home = home;
    this.#ringView = viewOf(ring);
    this.#bytes = ring;
    this.#view = this.#ringView;
  }

  /**
   * Encodes into the ring from `at` on, up to `limit`, or, if it outgrows that, into bytes of its own. Answers where it
   * lies, from `start` to `end`. Throws `EncodeError` or `TooLargeError`.
   */
  encode(value: unknown, at: number, limit: number): Buffer {
    if (this.#shapes.wornOut) this.#shapes = new ShapeTree();
    invariant(!this.#busy, "a getter or toJSON sends no message while its object is being sent");
    this.#busy = true;
    this.start = at;
    this.#at = at;
    this.#limit = limit;
    try {
      this.#value(value, DEPTH_MAX);
      const bytes = this.#bytes;
      this.end = this.#at;
      if (this.end - this.start > MESSAGE_BYTES_MAX) throw new TooLargeError(this.end - this.start);
      return bytes;
    } catch (error) {
      // Numbers were perhaps given that no reader will hear of. Given again, they mean the new shape to it.
      this.#shapes = new ShapeTree();
      if (error instanceof TooLargeError) throw error;
      throw explainEncodeFailure(error, value, refsOf(this.#home));
    } finally {
      this.#busy = false;
      if (this.#bytes !== this.#ring) {
        this.#bytes = this.#ring;
        this.#view = this.#ringView;
      }
    }
  }

  #value(value: unknown, depth: number): void {
    if (this.#at + HEAD_BYTES_MAX > this.#limit) this.#grow(HEAD_BYTES_MAX);
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        return this.#number(value);
      case "object":
        return value === null ? this.#byte(NIL) : this.#object(value, depth);
      case "boolean":
        return this.#byte(value ? TRUE : FALSE);
      case "undefined":
        return this.#bare(EXTENSION_UNDEFINED);
      default:
        return this.#foreign(value);
    }
  }

  #byte(byte: number): void {
    this.#bytes[this.#at++] = byte;
  }

  #bare(extension: number, byte = 0): void {
    this.#byte(FIXEXT_1);
    this.#byte(extension);
    this.#byte(byte);
  }

  #marked(extension: number, values: readonly unknown[], depth: number): void {
    this.#bare(extension);
    this.#array(values, depth);
  }

  #number(value: number): void {
    const bytes = this.#bytes;
    const at = this.#at;
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      if (value >= 0) {
        if (value < FIRST_SHAPE) {
          bytes[at] = value;
          this.#at = at + 1;
        } else if (value < 0x100) this.#integer(UINT_8, value, 1);
        else if (value < 0x10000) this.#integer(UINT_16, value, 2);
        else this.#integer(UINT_32, value, 4);
      } else if (value >= -0x20) {
        bytes[at] = value;
        this.#at = at + 1;
      } else if (value >= -0x80) this.#integer(INT_8, value, 1);
      else if (value >= -0x8000) this.#integer(INT_16, value, 2);
      else this.#integer(INT_32, value, 4);
      return;
    }
    if (value >>> 0 === value && value !== 0) return this.#integer(UINT_32, value, 4);
    bytes[at] = FLOAT_64;
    this.#view.setFloat64(at + 1, value);
    this.#at = at + 9;
  }

  #integer(tag: number, value: number, width: 1 | 2 | 4): void {
    const at = this.#at;
    this.#bytes[at] = tag;
    if (width === 1) this.#bytes[at + 1] = value;
    else if (width === 2) this.#view.setInt16(at + 1, value);
    else this.#view.setInt32(at + 1, value);
    this.#at = at + 1 + width;
  }

  #text(value: string): void {
    const chars = value.length;
    if (chars > WORD_CHARS_MAX) return this.#longText(value);
    if (this.#at + 1 + chars > this.#limit) this.#grow(1 + chars);
    const bytes = this.#bytes;
    const view = this.#view;
    const at = this.#at + 1;
    let i = 0;
    // Four characters a store: a store into shared memory costs as much as reading its character.
    for (const fours = chars & ~3; i < fours; i += 4) {
      const a = value.charCodeAt(i);
      const b = value.charCodeAt(i + 1);
      const c = value.charCodeAt(i + 2);
      const d = value.charCodeAt(i + 3);
      if ((a | b | c | d) > 0x7f) return this.#longText(value);
      view.setInt32(at + i, a | (b << 8) | (c << 16) | (d << 24), true);
    }
    for (; i < chars; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return this.#longText(value);
      bytes[at + i] = code;
    }
    bytes[at - 1] = FIXSTR | chars;
    this.#at = at + chars;
  }

  #longText(value: string): void {
    const { length } = value;
    if (length > SHORT_TEXT_CHARS_MAX) return this.#veryLongText(value);
    this.#room(2 + 3 * length);
    const textBytes = this.#bytes.utf8Write(value, this.#at + 2, 3 * length);
    if (textBytes !== length && !value.isWellFormed()) return this.#brokenText(value);
    this.#integer(STR_8, textBytes, 1);
    this.#at += textBytes;
  }

  #veryLongText(value: string): void {
    const textBytes = Buffer.byteLength(value);
    if (textBytes !== value.length && !value.isWellFormed()) return this.#brokenText(value);
    this.#room(HEAD_BYTES_MAX + textBytes);
    if (textBytes < 0x10000) this.#integer(STR_16, textBytes, 2);
    else this.#integer(STR_32, textBytes, 4);
    this.#bytes.write(value, this.#at, textBytes, textBytes === value.length ? "latin1" : "utf8");
    this.#at += textBytes;
  }

  #brokenText(value: string): void {
    const textBytes = 2 * value.length;
    this.#extension(EXTENSION_UTF_16, textBytes);
    this.#bytes.write(value, this.#at, textBytes, "utf16le");
    this.#at += textBytes;
  }

  #object(value: object, depth: number): void {
    if (depth === 0) {
      throw new EncodeError(
        `a message has at most ${DEPTH_MAX} levels: flatten it, or mend the object that contains itself`,
      );
    }
    const { constructor } = value;
    if (constructor === Object) return this.#record(value as Record<string, unknown>, depth - 1);
    if (Array.isArray(value)) return this.#array(value, depth - 1);
    if (value instanceof Reference) return this.#reference(value);
    if (value instanceof Uint8Array) {
      if (value instanceof Buffer) this.#bare(EXTENSION_BUFFER);
      return this.#binary(value);
    }
    if (value instanceof Map) return this.#marked(EXTENSION_MAP, [...value].flat(1), depth - 1);
    if (value instanceof Set) return this.#marked(EXTENSION_SET, [...value], depth - 1);
    return this.#instance(value, depth - 1);
  }

  #array(values: readonly unknown[], depth: number): void {
    const { length } = values;
    if (length < 0x10) this.#byte(FIXARRAY | length);
    else if (length < 0x10000) this.#integer(ARRAY_16, length, 2);
    else this.#integer(ARRAY_32, length, 4);
    for (let i = 0; i < length; i++) this.#value(values[i], depth);
  }

  #record(value: Readonly<Record<string, unknown>>, depth: number): void {
    const tree = this.#shapes;
    let shape: Shape | undefined = tree.root;
    for (const key in value) {
      const next: Shape | undefined = shape.next;
      shape = next !== undefined && next.key === key ? next : tree.step(shape, key);
      if (shape === undefined) return this.#dictionary(value, depth);
    }
    if (shape === tree.root) refuseHollow(value, value);
    if (shape.id !== 0) this.#byte(shape.id);
    else if (tree.name(shape)) this.#introduce(shape, value);
    else return this.#dictionary(value, depth);
    this.#depth = depth;
    const { texts } = shape;
    const write = shape.write ?? shape.begin(value);
    if (write !== undefined) return write(this, value, texts);
    const keys = Object.keys(value);
    for (let i = 0; i < keys.length; i++) {
      const one = value[keys[i] as string];
      if (one === texts[i]) (shape.repeats[i] as number) += 1;
      this.field(one, texts, i);
    }
  }

  /** Tells the reader the number and the keys of a shape. */
  #introduce(shape: Shape, value: object): void {
    this.#bare(EXTENSION_SHAPE, shape.id);
    this.#array(Object.keys(value), 1);
  }

  /** Writes one field of a record. Public for the compiled writers only. */
  field(value: unknown, texts: string[], field: number): void {
    if (typeof value !== "string") return this.fresh(value);
    if (value === texts[field]) {
      this.#room(1);
      return this.#byte(SAME_TEXT);
    }
    if (value.length <= REMEMBERED_CHARS_MAX) texts[field] = value;
    this.#text(value);
  }

  /** Writes one field that is not remembered. Public for the compiled writers only. */
  fresh(value: unknown): void {
    if (this.#at + HEAD_BYTES_MAX > this.#limit) this.#grow(HEAD_BYTES_MAX);
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "number") this.#number(value);
    else {
      const depth = this.#depth;
      this.#value(value, depth);
      this.#depth = depth;
    }
  }

  #dictionary(value: Readonly<Record<string, unknown>>, depth: number): void {
    const keys = Object.keys(value);
    if (keys.length < 0x10) this.#byte(FIXMAP | keys.length);
    else if (keys.length < 0x10000) this.#integer(MAP_16, keys.length, 2);
    else this.#integer(MAP_32, keys.length, 4);
    for (const key of keys) {
      this.#value(key, depth);
      this.#value(value[key], depth);
    }
  }

  #reference(reference: Reference): void {
    const [address, generation] = exportFrom(reference, this.#home);
    this.#room(10);
    this.#byte(FIXEXT_8);
    this.#byte(EXTENSION_REFERENCE);
    this.#view.setInt32(this.#at, address);
    this.#view.setInt32(this.#at + 4, generation);
    this.#at += 8;
  }

  #binary(value: Uint8Array): void {
    const { length } = value;
    this.#room(2 * HEAD_BYTES_MAX + length);
    if (length < 0x100) this.#integer(BIN_8, length, 1);
    else {
      while ((this.#at + BIN_32_HEAD_BYTES) % 8 !== 0) this.#byte(PADDING);
      this.#integer(BIN_32, length, 4);
    }
    this.#bytes.set(value, this.#at);
    this.#at += length;
  }

  /** An instance of a class: one that MessagePack knows, or its own properties. */
  #instance(value: object, depth: number): void {
    if (isForeign(value)) return this.#foreign(value);
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") return this.#value(toJSON.call(value), depth);
    const own = { ...value };
    refuseHollow(value, own);
    this.#record(own, depth);
  }

  #foreign(value: unknown): void {
    const packed = packForeign(value, this.#home);
    const packedBytes = packed.end - packed.start;
    this.#extension(EXTENSION_FOREIGN, packedBytes);
    this.#bytes.set(packed.subarray(packed.start, packed.end), this.#at);
    this.#at += packedBytes;
  }

  #extension(type: number, payloadBytes: number): void {
    this.#room(HEAD_BYTES_MAX + payloadBytes);
    this.#integer(EXT_32, payloadBytes, 4);
    this.#byte(type);
  }

  #room(bytes: number): void {
    if (this.#at + bytes > this.#limit) this.#grow(bytes);
  }

  /** Goes on in bytes of its own, with room for `bytes` more. */
  #grow(bytes: number): void {
    const writtenBytes = this.#at - this.start;
    const neededBytes = writtenBytes + bytes;
    if (neededBytes > MESSAGE_BYTES_MAX + 2 * HEAD_BYTES_MAX) throw new TooLargeError(neededBytes);
    const grown = Buffer.from(new ArrayBuffer(Math.max(4_096, neededBytes + (neededBytes >> 1))));
    this.#bytes.copy(grown, 0, this.start, this.#at);
    this.#bytes = grown;
    this.#view = viewOf(grown);
    this.#limit = grown.length;
    this.start = 0;
    this.#at = writtenBytes;
  }
}
