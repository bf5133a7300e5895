// Looks over MessagePack that came from outside, byte by byte, before anything decodes it.
// Refused: more bytes or deeper nesting than allowed, lengths that claim more than there is, keys that are not texts,
// bytes behind the value, and every extension but `undefined`, timestamps and arrays of numbers.
// Why before decoding: a decoder believes the lengths it reads, revives what extensions say and recurses as deep as it
// is told; the walk below allocates nothing and keeps its own bounded stack.
// Source of the format: https://github.com/msgpack/msgpack/blob/master/spec.md. Browser-safe.

import { CodedError } from "../base/errors.js";

export interface BoundaryCaps {
  readonly maxBytes: number;
  readonly maxDepth: number;
}

/** Bytes from outside that are not the plain data we take. */
export class BoundaryError extends CodedError {
  constructor(message: string) {
    super("BAD_MESSAGE", message);
  }
}

const EXTENSION_UNDEFINED = 0x00;
const EXTENSION_TYPED_ARRAY = 0x74;
const EXTENSION_TIMESTAMP = 0xff;
const EXTENSIONS: ReadonlySet<number> = new Set([
  EXTENSION_UNDEFINED,
  EXTENSION_TYPED_ARRAY,
  EXTENSION_TIMESTAMP,
]);

/** What a value's first byte tells: the bytes of its own that follow, and how many values it holds. */
interface Head {
  /** Bytes from the first byte to the end of the value's own bytes. */
  bytes: number;
  /** Values inside: the items of an array, or keys and values of a map. */
  inside: number;
  isMap: boolean;
  isText: boolean;
}

function readUint(bytes: Uint8Array, at: number, width: number): number {
  if (at + width > bytes.length) throw new BoundaryError("The message ends in the middle of a length.");
  let value = 0;
  for (let index = 0; index < width; index++) value = value * 256 + (bytes[at + index] as number);
  return value;
}

function allowExtension(type: number): void {
  if (EXTENSIONS.has(type)) return;
  throw new BoundaryError(`The message holds the extension ${type}; send plain data.`);
}

function set(head: Head, bytes: number, inside: number, isMap: boolean, isText: boolean): void {
  head.bytes = bytes;
  head.inside = inside;
  head.isMap = isMap;
  head.isText = isText;
}

function readFixed(first: number, head: Head): boolean {
  if (first <= 0x7f || first >= 0xe0) set(head, 1, 0, false, false);
  else if (first <= 0x8f) set(head, 1, (first & 0x0f) * 2, true, false);
  else if (first <= 0x9f) set(head, 1, first & 0x0f, false, false);
  else if (first <= 0xbf) set(head, 1 + (first & 0x1f), 0, false, true);
  else return false;
  return true;
}

/** Bytes that follow 0xca…0xd3: floats and integers. */
const NUMBER_BYTES: readonly number[] = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8];

function readHead(bytes: Uint8Array, at: number, head: Head): void {
  const first = readUint(bytes, at, 1);
  if (readFixed(first, head)) return;
  if (first === 0xc0 || first === 0xc2 || first === 0xc3) set(head, 1, 0, false, false);
  else if (first === 0xc1) throw new BoundaryError("The message holds the byte 0xc1, which means nothing.");
  else if (first <= 0xc6) {
    const width = 1 << (first - 0xc4);
    set(head, 1 + width + readUint(bytes, at + 1, width), 0, false, false);
  } else if (first <= 0xc9) {
    const width = 1 << (first - 0xc7);
    allowExtension(readUint(bytes, at + 1 + width, 1));
    set(head, 2 + width + readUint(bytes, at + 1, width), 0, false, false);
  } else if (first <= 0xd3) set(head, 1 + (NUMBER_BYTES[first - 0xca] as number), 0, false, false);
  else if (first <= 0xd8) {
    allowExtension(readUint(bytes, at + 1, 1));
    set(head, 2 + (1 << (first - 0xd4)), 0, false, false);
  } else if (first <= 0xdb) {
    const width = 1 << (first - 0xd9);
    set(head, 1 + width + readUint(bytes, at + 1, width), 0, false, true);
  } else {
    const isMap = first >= 0xde;
    const width = (first & 1) === 0 ? 2 : 4;
    const items = readUint(bytes, at + 1, width);
    set(head, 1 + width, isMap ? items * 2 : items, isMap, false);
  }
}

/** Throws `BoundaryError` unless `bytes` is exactly one plain value within the caps. */
export function inspectBoundary(bytes: Uint8Array, caps: BoundaryCaps): void {
  if (bytes.length > caps.maxBytes) {
    throw new BoundaryError(`The message has ${bytes.length} bytes; at most ${caps.maxBytes} are taken.`);
  }
  const head: Head = { bytes: 0, inside: 0, isMap: false, isText: false };
  const remaining: number[] = [1];
  const keyed: boolean[] = [false];
  let at = 0;
  while (remaining.length > 0) {
    const top = remaining.length - 1;
    const left = remaining[top] as number;
    if (left === 0) {
      remaining.pop();
      keyed.pop();
      continue;
    }
    remaining[top] = left - 1;
    readHead(bytes, at, head);
    if (keyed[top] === true && left % 2 === 0 && !head.isText) {
      throw new BoundaryError("The message holds a map whose keys are not all texts.");
    }
    at += head.bytes;
    if (at > bytes.length || head.inside > bytes.length - at) {
      throw new BoundaryError("The message claims to hold more than it does.");
    }
    if (head.inside > 0) {
      if (remaining.length > caps.maxDepth) {
        throw new BoundaryError(`The message nests deeper than ${caps.maxDepth} levels; send it flatter.`);
      }
      remaining.push(head.inside);
      keyed.push(head.isMap);
    }
  }
  if (at !== bytes.length) throw new BoundaryError(`${bytes.length - at} bytes follow the message.`);
}
