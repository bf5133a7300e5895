// The memory of one ring: one writer thread, one reader thread, never a lock.
//
//   byte 0          128          256                     256+capacity         256+capacity+slack
//        +-----------+------------+----------------------+--------------------+
//        | tail      | head       | records …            | slack              |
//        | (writer)  | (reader)   |                      |                    |
//        +-----------+------------+----------------------+--------------------+
//
// *Position*: a wrapping 32-bit count of bytes ever written or read; compared only by difference, never with `<`.
// *Offset*: position modulo capacity. *Capacity*: a power of two. *Slack*: a record that starts before the end of the
// ring may run on into the slack, so that every record is contiguous; the next one starts at offset 0.
// Why: contiguous records let MessagePack be written and read in place, without a staging copy.

import { invariant } from "../base/invariant.js";
import {
  FLAG_LAST,
  KIND_CHUNK,
  KIND_MESSAGE,
  KIND_WORD,
  paddedBytes,
  RECORD_WORD,
} from "../wire/envelope.js";

export const CACHE_LINE_BYTES = 128;
/** Index (in 32-bit words) of the writer's position: the end of what is published. */
export const TAIL_INDEX = 0;
/** Index (in 32-bit words) of the reader's position: the end of what is consumed. */
export const HEAD_INDEX = CACHE_LINE_BYTES / 4;
export const HEADER_BYTES = 2 * CACHE_LINE_BYTES;

/** A record, encoded in one piece, is at most this long; anything longer travels in chunks. */
export const SLACK_BYTES = 128 * 1024;
export const DATA_RING_BYTES = 256 * 1024;
export const CONTROL_RING_BYTES = 64 * 1024;
/** The smallest ring that can make progress with chunks. */
export const RING_BYTES_MIN = 4 * 1024;

/** Allocates the memory of a ring. Pages nobody touches cost nothing. */
export function allocateRing(capacityBytes: number): SharedArrayBuffer {
  invariant(
    capacityBytes >= RING_BYTES_MIN && (capacityBytes & (capacityBytes - 1)) === 0,
    "capacity is a power of two",
  );
  return new SharedArrayBuffer(HEADER_BYTES + capacityBytes + SLACK_BYTES);
}

export function capacityOf(memory: SharedArrayBuffer): number {
  const capacityBytes = memory.byteLength - HEADER_BYTES - SLACK_BYTES;
  invariant((capacityBytes & (capacityBytes - 1)) === 0, "capacity is a power of two");
  return capacityBytes;
}

/** Bytes published and not yet consumed. Any thread may ask; the answer may be old. */
export function unreadBytes(memory: SharedArrayBuffer): number {
  const words = new Int32Array(memory, 0, HEADER_BYTES / 4);
  return (Atomics.load(words, TAIL_INDEX) - Atomics.load(words, HEAD_INDEX)) >>> 0;
}

/** Messages published and never read. Only once the reader is gone and the writer writes no more. */
export function countUnread(memory: SharedArrayBuffer): number {
  const header = new Int32Array(memory, 0, HEADER_BYTES / 4);
  const words = new Int32Array(memory, HEADER_BYTES);
  const capacityBytes = capacityOf(memory);
  const tail = Atomics.load(header, TAIL_INDEX);
  let messages = 0;
  for (let head = Atomics.load(header, HEAD_INDEX); head !== tail; ) {
    const offset = head & (capacityBytes - 1);
    const recordBytes = words[(offset >> 2) + RECORD_WORD] ?? 0;
    const kindWord = words[(offset >> 2) + KIND_WORD] ?? 0;
    const kind = kindWord & 0xff;
    if (kind === KIND_MESSAGE || (kind === KIND_CHUNK && ((kindWord >>> 8) & FLAG_LAST) !== 0)) messages++;
    head = (head + Math.min(paddedBytes(recordBytes), capacityBytes - offset)) | 0;
  }
  return messages;
}
