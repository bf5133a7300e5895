// The envelope: what stands in front of every payload in a ring, in 32-bit words, little-endian.
//
//   word  0              1                     2                       3
//        +--------------+---------------------+-----------------------+--------------------+
//        | recordBytes  | kind flags  method  | receiver slot callers | receiver generation|
//        |              |  8    8      16     |      24          8    |                    |
//        +--------------+---------------------+-----------------------+--------------------+
//        | sender slot  | sender generation   | ask id                | deadline           |
//        +--------------+---------------------+-----------------------+--------------------+
//   word  4              5                     6                       7
//
//   words 4 to 7 are left out of a record with FLAG_SHORT: a tell by nobody in particular, which has none of them;
//
//   then, if flagged, 24 bytes of trace context (W3C: 16 bytes trace id, 8 bytes span id),
//   then `callers` times 8 bytes (address, generation): who waits for whom, oldest first,
//   then the payload in MessagePack, unless the record has none.
//
// The receiver's thread is the ring's. The sender's is, too, unless somebody sends on what came from another thread:
// then the upper 8 bits of word 4 hold the sender's thread plus one. Ask id 0 means a plain tell. The deadline is in
// milliseconds since the system's epoch, 0 for none. `recordBytes` counts everything, padding excluded; what makes a
// record visible is the ring's tail, stored last.

import { invariant } from "../base/invariant.js";

export const RECORD_WORD = 0;
export const KIND_WORD = 1;
export const RECEIVER_WORD = 2;
export const RECEIVER_GENERATION_WORD = 3;
export const SENDER_WORD = 4;
export const SENDER_GENERATION_WORD = 5;
export const ASK_WORD = 6;
export const DEADLINE_WORD = 7;
export const HEADER_WORDS = 8;
export const HEADER_BYTES = HEADER_WORDS * 4;
/** The first four words: the header of a record with FLAG_SHORT. */
export const SHORT_HEADER_BYTES = 16;
export const TRACE_BYTES = 24;
export const CALLER_BYTES = 8;
export const CALLERS_MAX = 16;
export const RECORD_ALIGN_BYTES = 8;
export const METHODS_MAX = 0xffff;

invariant(SHORT_HEADER_BYTES === SENDER_WORD * 4, "a short header ends before the sender");
invariant(SHORT_HEADER_BYTES % RECORD_ALIGN_BYTES === 0, "the short header keeps the payload aligned");
invariant(HEADER_BYTES % RECORD_ALIGN_BYTES === 0, "the header keeps the payload aligned");
invariant(TRACE_BYTES % RECORD_ALIGN_BYTES === 0, "the trace keeps the payload aligned");
invariant(CALLER_BYTES % RECORD_ALIGN_BYTES === 0, "callers keep the payload aligned");

/** What a record is. */
export const KIND_MESSAGE = 1;
export const KIND_REPLY = 2;
export const KIND_FAILURE = 3;
export const KIND_CONTROL = 4;
/** Gives a method name its number on this ring. */
export const KIND_METHOD = 5;
/** A piece of a message that did not fit; the last piece carries FLAG_LAST. */
export const KIND_CHUNK = 6;
/** What was published under a topic: [its name, payload], for all who subscribe on the reader's thread. */
export const KIND_TOPIC = 7;
/** Elements of a stream, an array of them; they come before the reply to its ask. */
export const KIND_ELEMENTS = 8;

export const FLAG_PAYLOAD = 1;
export const FLAG_TRACE = 2;
export const FLAG_LAST = 4;
export const FLAG_SHORT = 8;

export const SLOT_BITS = 24;
export const SLOT_MASK = (1 << SLOT_BITS) - 1;

/** Word 4 for a sender that is not of the ring's own thread, from its address; `addressOfForeign` reads it. */
export function foreignSender(address: number): number {
  return address + (1 << SLOT_BITS);
}

/** The address of a foreign sender, undefined for one of the ring's own thread. */
export function addressOfForeign(senderWord: number): number | undefined {
  return senderWord > SLOT_MASK ? senderWord - (1 << SLOT_BITS) : undefined;
}

/** What travels beside a message through a chain of asks. Most messages have none. */
export interface Trail {
  /** W3C trace context: 16 bytes trace id, 8 bytes span id. */
  readonly trace?: Uint8Array;
  /** Pairs of (address, generation) of the actors that wait for this message's answer, oldest first; at most 16. */
  readonly callers?: readonly number[];
}

/** One mutable envelope per direction and thread; filled, used, filled again. */
export class Envelope {
  kind = 0;
  method = "";
  receiverSlot = 0;
  receiverGeneration = 0;
  senderSlot = 0;
  senderGeneration = 0;
  askId = 0;
  deadline = 0;
  trail: Trail | undefined = undefined;
  hasPayload = false;
}

/** Bytes a record of `recordBytes` occupies in the ring. */
export function paddedBytes(recordBytes: number): number {
  return (recordBytes + RECORD_ALIGN_BYTES - 1) & ~(RECORD_ALIGN_BYTES - 1);
}

/** Whether a record needs no more than the short header. */
export function isShort({ senderSlot, askId, trail }: Envelope): boolean {
  return senderSlot === 0 && askId === 0 && trail === undefined;
}

/** Bytes of the optional blocks between header and payload. */
export function trailBytes(trail: Trail | undefined): number {
  if (trail === undefined) return 0;
  const callers = trail.callers === undefined ? 0 : trail.callers.length >> 1;
  return (trail.trace === undefined ? 0 : TRACE_BYTES) + callers * CALLER_BYTES;
}
