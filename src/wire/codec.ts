// MessagePack by msgpackr, in three dialects. The only file that knows msgpackr.
//
//   foreign   what the rings' own codec leaves to it: dates, errors, arrays of numbers, big integers, patterns
//   plain     self-contained, for the journal and for snapshots
//   boundary  plain, with caps on size and depth, for bytes that come from outside
//
// Refs inside messages are revived by the receiving thread's system: `bindReferences` binds it. msgpackr keeps its
// target buffer, position and extensions per module, so every encode hands its own target back first.

// Why these two paths: the package's main entry reads strings through a native helper that cannot see shared memory; on
// a ring it throws inside for every message and costs 12 µs each. These read them in JavaScript, from anywhere.
import { addExtension, Packr } from "msgpackr/pack";
import { Unpackr } from "msgpackr/unpack";
import { errorFromRecord, errorToRecord } from "../base/errors.js";
import { invariant } from "../base/invariant.js";
import { EncodeError, explainEncodeFailure, refuseMisfit, refuseOddities } from "./encode-error.js";

const REUSE_BUFFER_MODE = 512;
const REFERENCE_EXTENSION = 0x10;
const ERROR_EXTENSION = 0x11;

export { EncodeError } from "./encode-error.js";

/** Something that stands for an actor and can travel inside a payload. */
export abstract class Reference {
  /** @internal The system it belongs to: the same object for all its refs on one thread. */
  get home(): object | undefined {
    return undefined;
  }

  /** @internal [address, generation] as other threads know it; makes it known to them if it was not. */
  abstract export(): readonly [address: number, generation: number];
}

const STRAY = "a ref of another actor system cannot travel: it would be somebody else here; send data";

/** What a ref travels as between threads of its own system. Throws `EncodeError` for one of another. */
export function exportFrom(reference: Reference, home: object | undefined): readonly [number, number] {
  if (reference.home !== home) throw new EncodeError(STRAY);
  return reference.export();
}

/** For `explainEncodeFailure`: refs are not looked into, and say what is wrong with those of another system. */
export function refsOf(home: object | undefined): (value: object) => boolean | string {
  return (value) => value instanceof Reference && (value.home === home || STRAY);
}

/** Turns what travelled back into a ref of the receiving system. */
export type ReviveReference = (address: number, generation: number) => Reference;

let reviver: ReviveReference | undefined;
/** The system whose refs may be packed right now; undefined for none. */
let packingFor: { readonly home: object | undefined } | undefined;

/** Binds refs in payloads to a system until it is called again; give back what it returned. */
export function bindReferences(next: ReviveReference | undefined): ReviveReference | undefined {
  const previous = reviver;
  reviver = next;
  return previous;
}

/** The ref that travelled as these two numbers. */
export function revive(address: number, generation: number): Reference {
  invariant(reviver !== undefined, "a system is bound while refs are decoded");
  return reviver(address, generation);
}

addExtension({
  Class: Reference as unknown as new () => Reference,
  type: REFERENCE_EXTENSION,
  write(reference: Reference): readonly number[] {
    if (packingFor === undefined)
      throw new EncodeError("a ref means something only while its system runs: store its path");
    return exportFrom(reference, packingFor.home);
  },
  read: ([address, generation]: [number, number]): Reference => revive(address, generation),
});

addExtension({
  Class: Error,
  type: ERROR_EXTENSION,
  write: (error: Error) => errorToRecord(error),
  read: errorFromRecord,
});

/** Classes that msgpackr would take for plain objects. */
const MISFITS = [
  Promise,
  WeakMap,
  WeakSet,
  WeakRef,
  Number,
  String,
  Boolean,
  Symbol,
  BigInt,
  ...(typeof SharedArrayBuffer === "undefined" ? [] : [SharedArrayBuffer]),
] as unknown as readonly (new () => unknown)[];

for (const Class of MISFITS)
  addExtension({ Class, type: 0x12, write: refuseMisfit, read: (): undefined => undefined });

const SCRATCH_BYTES = 64 * 1024;

/** What msgpackr leaves on the buffer it packed into. */
export interface PackedRange extends Uint8Array {
  readonly start: number;
  readonly end: number;
}

// In Node msgpackr writes strings through Buffer's own methods; in a browser a Uint8Array will do.
const scratch: Uint8Array =
  typeof Buffer === "undefined" ? new Uint8Array(SCRATCH_BYTES) : Buffer.allocUnsafeSlow(SCRATCH_BYTES);

const packr = Object.assign(new Packr({ useRecords: false, moreTypes: true }), {
  writeFunction: refuseMisfit,
});

// 64-bit integers come back as numbers while they are exact, else as BigInt. Binary is copied: the bytes that are
// decoded often lie in memory that is used again at once.
const unpackr = new Unpackr({ useRecords: false, copyBuffers: true, int64AsType: "auto" as "number" });

const foreignOptions = { useRecords: true, moreTypes: true, copyBuffers: true };
const foreignPackr = Object.assign(new Packr({ ...foreignOptions }), { writeFunction: refuseMisfit });
const foreignUnpackr = new Unpackr({ ...foreignOptions });

/** Instances that the rings' codec leaves to msgpackr. */
export function isForeign(value: object): boolean {
  return (
    ArrayBuffer.isView(value) ||
    value instanceof Date ||
    value instanceof Error ||
    value instanceof RegExp ||
    value instanceof ArrayBuffer ||
    value instanceof Promise
  );
}

/** Encodes what the rings' codec leaves to msgpackr. The bytes are lent until the next call. */
export function packForeign(value: unknown, home?: object): PackedRange {
  packingFor = { home };
  try {
    foreignPackr.useBuffer(scratch);
    return foreignPackr.pack(value, REUSE_BUFFER_MODE) as unknown as PackedRange;
  } finally {
    packingFor = undefined;
  }
}

/** Decodes what `packForeign` encoded. */
export function unpackForeign(bytes: Uint8Array, start: number, end: number): unknown {
  return foreignUnpackr.unpack(bytes, { start, end });
}

const isReference = (value: object): boolean => value instanceof Reference;

function packIntoScratch(value: unknown): PackedRange {
  let packed: PackedRange;
  try {
    packr.useBuffer(scratch);
    packed = packr.pack(value, REUSE_BUFFER_MODE) as unknown as PackedRange;
  } catch (error) {
    throw explainEncodeFailure(error, value, isReference);
  }
  if (hasHollow(packed)) refuseOddities(value, isReference);
  return packed;
}

/** What msgpackr writes an object without properties as; so it does with what is more than its properties. */
const HOLLOW = [0xde, 0, 0];

/** Why not a look at each object beforehand: nearly none is hollow, and bytes are looked through much faster. */
function hasHollow({ buffer, byteOffset, start, end }: PackedRange): boolean {
  const bytes = new Uint8Array(buffer, byteOffset + start, end - start);
  for (let at = bytes.indexOf(HOLLOW[0] as number); at >= 0; at = bytes.indexOf(HOLLOW[0] as number, at + 1))
    if (bytes[at + 1] === HOLLOW[1] && bytes[at + 2] === HOLLOW[2]) return true;
  return false;
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
