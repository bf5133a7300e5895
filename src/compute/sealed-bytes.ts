// Bytes that are to be read again after a while, by this program or a later one: a body between a head that says what
// it is and a checksum.
//
//    0  8   magic, 8 letters
//    8  4   version of what follows                         (numbers by lowest byte first)
//   12  4   CRC32C of all from byte 16 on, continued over bytes 8 to 12
//   16  4   length of the body
//   20  …   body
//
// Bytes that are not exactly that are refused, and the error says which of the usual accidents it was: another file,
// one that was cut off, one whose bytes changed, or one written by a newer Hive.

import { crc32c } from "../base/crc32c.js";
import { CodedError } from "../base/errors.js";

const OFFSET_VERSION = 8;
const OFFSET_CHECKSUM = 12;
const OFFSET_LENGTH = 16;
const OFFSET_BODY = 20;
const AGAIN = "load a whole copy, or save it anew";

/** What the bytes are. */
export interface Seal {
  /** 8 ASCII letters. */
  readonly magic: string;
  readonly version: number;
  /** Of the error when they are refused. */
  readonly code: string;
  /** As in "these bytes are no network". */
  readonly name: string;
  /** The function that makes them. */
  readonly madeBy: string;
}

export function sealBytes({ magic, version }: Seal, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(OFFSET_BODY + body.length);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(magic));
  view.setUint32(OFFSET_VERSION, version, true);
  view.setUint32(OFFSET_LENGTH, body.length, true);
  bytes.set(body, OFFSET_BODY);
  view.setUint32(OFFSET_CHECKSUM, checksumOf(bytes), true);
  return bytes;
}

/** Hands the body of sealed bytes to `read`. Throws with the code of the seal when they or their body are wrong. */
export function openSealed<T>(seal: Seal, bytes: Uint8Array, read: (body: Uint8Array) => T): T {
  checkHead(seal, bytes);
  try {
    return read(bytes.subarray(OFFSET_BODY));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const what = `their checksum is right and their content is not: ${reason}`;
    throw refusal(seal, what, "save it anew", error);
  }
}

function checkHead(seal: Seal, bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array)) throw refusal(seal, "they are no Uint8Array", "read the file as bytes");
  const magic = new TextEncoder().encode(seal.magic);
  if (bytes.length < magic.length || magic.some((byte, at) => bytes[at] !== byte))
    throw refusal(seal, `they do not begin with "${seal.magic}"`, `give what ${seal.madeBy} returned`);
  if (bytes.length < OFFSET_BODY)
    throw refusal(seal, `they end after ${bytes.length} bytes, in the head`, AGAIN);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(OFFSET_VERSION, true);
  const isWhole = checksumOf(bytes) === view.getUint32(OFFSET_CHECKSUM, true);
  if (isWhole && version !== seal.version)
    throw refusal(seal, `they are of version ${version}, and this Hive reads ${seal.version}`, "update Hive");
  const expected = OFFSET_BODY + view.getUint32(OFFSET_LENGTH, true);
  if (bytes.length !== expected)
    throw refusal(seal, `there are ${bytes.length} of them, and their head says ${expected}`, AGAIN);
  if (!isWhole) throw refusal(seal, "their checksum does not fit: some of them changed", AGAIN);
}

function checksumOf(bytes: Uint8Array): number {
  const content = crc32c(bytes, OFFSET_LENGTH);
  return crc32c(bytes, OFFSET_VERSION, OFFSET_CHECKSUM, content);
}

function refusal({ code, name }: Seal, what: string, help: string, cause?: unknown): CodedError {
  return new CodedError(code, `these bytes are no ${name}: ${what}; ${help}`, { cause });
}

/** 32-bit floats as bytes, lowest first, whatever the machine. */
export function floatsToBytes(floats: Float32Array): Uint8Array {
  const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength).slice();
  return inFileOrder(bytes);
}

/** The floats that `floatsToBytes` made bytes of. Throws when they are none. */
export function floatsFrom(name: string, bytes: unknown): Float32Array {
  if (!(bytes instanceof Uint8Array) || bytes.length % 4 !== 0)
    throw new Error(`${name} are no bytes of 32-bit floats`);
  // A copy that begins where floats may, and nowhere else does: bytes of a Buffer lie in the middle of others.
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return new Float32Array(inFileOrder(copy).buffer);
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Turns the bytes of each float round where the machine has the highest first. */
function inFileOrder(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const own = bytes as Uint8Array<ArrayBuffer>;
  if (!IS_LITTLE_ENDIAN) for (let at = 0; at < own.length; at += 4) own.subarray(at, at + 4).reverse();
  return own;
}
