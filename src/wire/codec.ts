// MessagePack, and the only file that knows msgpackr. Plain values: what the journal keeps and what crosses the
// boundary to the outside. No records, so every encoded value can be read alone, in any order, by any reader.
// Why a scratch buffer that is handed back before each use: msgpackr keeps its target and position once per thread,
// shared by all its packers. Without it a plain value could land in whatever buffer was packed into last, a ring say.

import { Packr, Unpackr } from "msgpackr";

import { CodedError } from "../base/errors.js";

const SCRATCH_BYTES = 64 * 1024;
/** msgpackr packs into its current target and reports where, instead of cutting out a view. */
const REUSE_BUFFER_MODE = 512;

/** What msgpackr leaves on the buffer it packed into. */
interface PackedRange extends Uint8Array {
  readonly start: number;
  readonly end: number;
}

/** Raised where a value cannot be written down; the sender's mistake, and nothing was written. */
export class EncodeError extends CodedError {
  constructor(message: string, cause?: unknown) {
    super("ENCODE", message, cause === undefined ? {} : { cause });
  }
}

function refuseFunction(value: unknown): never {
  const name = typeof value === "function" && value.name !== "" ? ` ${value.name}` : "";
  throw new EncodeError(`a function${name} cannot be encoded; send plain data instead`);
}

// In Node msgpackr writes strings through Buffer's own methods; in a browser a Uint8Array will do.
const scratch: Uint8Array =
  typeof Buffer === "undefined" ? new Uint8Array(SCRATCH_BYTES) : Buffer.allocUnsafeSlow(SCRATCH_BYTES);

const packr = Object.assign(new Packr({ useRecords: false, moreTypes: true }), {
  writeFunction: refuseFunction,
});

// 64-bit integers come back as numbers while they are exact, else as BigInt. Binary is copied: the bytes that are
// decoded often lie in memory that is used again at once.
const unpackr = new Unpackr({ useRecords: false, copyBuffers: true, int64AsType: "auto" as "number" });

function packIntoScratch(value: unknown): PackedRange {
  packr.useBuffer(scratch);
  try {
    return packr.pack(value, REUSE_BUFFER_MODE) as unknown as PackedRange;
  } catch (error) {
    if (error instanceof EncodeError) throw error;
    throw new EncodeError(`a value cannot be encoded: ${String(error)}`, error);
  }
}

/** Encodes `value` into bytes of its own. Throws `EncodeError` for what has no plain form (functions, cycles). */
export function packPlain(value: unknown): Uint8Array {
  const packed = packIntoScratch(value);
  return Uint8Array.prototype.slice.call(packed, packed.start, packed.end);
}

/**
 * Encodes `value` into `target` from `offset` on and answers how many bytes it takes. When they do not fit, nothing
 * is written and the answer is the room it needs, which is then more than `target.length - offset`.
 */
export function packPlainInto(value: unknown, target: Uint8Array, offset: number): number {
  const packed = packIntoScratch(value);
  const { start, end } = packed;
  if (end - start <= target.length - offset) target.set(packed.subarray(start, end), offset);
  return end - start;
}

/** Decodes one value. The result shares no memory with `bytes`; a Map comes back as an object. */
export function unpackPlain(bytes: Uint8Array): unknown {
  return unpackr.unpack(bytes);
}
