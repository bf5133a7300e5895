// The reading end of a ring: drain a bounded batch, decode each record in ring order, hand it on.
//
// A reader never stops for anybody: what the receiver does not want is dropped by the receiver, after decoding, because
// sequential records would otherwise lose their place without any error.

import { invariant, unreachable } from "../base/invariant.js";
import {
  ASK_WORD,
  CALLER_BYTES,
  DEADLINE_WORD,
  type Envelope,
  FLAG_LAST,
  FLAG_PAYLOAD,
  FLAG_SHORT,
  FLAG_TRACE,
  HEADER_WORDS,
  KIND_CHUNK,
  KIND_CONTROL,
  KIND_ELEMENTS,
  KIND_FAILURE,
  KIND_MESSAGE,
  KIND_METHOD,
  KIND_REPLY,
  KIND_TOPIC,
  KIND_WORD,
  paddedBytes,
  RECEIVER_GENERATION_WORD,
  RECEIVER_WORD,
  HEADER_BYTES as RECORD_HEADER_BYTES,
  RECORD_WORD,
  SENDER_GENERATION_WORD,
  SENDER_WORD,
  SHORT_HEADER_BYTES,
  SLOT_BITS,
  SLOT_MASK,
  TRACE_BYTES,
  type Trail,
} from "../wire/envelope.js";
import { RingDecoder } from "../wire/ring-decoder.js";
import { capacityOf, HEAD_INDEX, HEADER_BYTES, TAIL_INDEX } from "./layout.js";

/** Takes what a ring delivers. The envelope is only lent: it is filled anew for the next record. */
export interface Sink {
  deliver(thread: number, envelope: Envelope, payload: unknown): void;
}

/** Consumed room is given back to the writer after this many bytes, and at the end of a batch. */
const RELEASE_BYTES = 16 * 1024;

export class RingReader {
  readonly #header: Int32Array;
  readonly #words: Int32Array;
  readonly #bytes: Buffer;
  readonly #capacityBytes: number;
  readonly #methods: string[] = [""];
  readonly #decoder: RingDecoder;
  #head = 0;
  #chunked: Buffer | undefined;
  #chunkedBytes = 0;
  readonly #thread: number;
  readonly #sink: Sink;
  readonly #envelope: Envelope;
  /** Records consumed since the ring was made. */
  records = 0;

  /** Reads what `thread` writes into `memory`; `envelope` is the one it fills for each record. */
  constructor(memory: SharedArrayBuffer, thread: number, sink: Sink, envelope: Envelope) {
    this.#thread = thread;
    this.#sink = sink;
    this.#envelope = envelope;
    this.#header = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.#words = new Int32Array(memory, HEADER_BYTES);
    this.#bytes = Buffer.from(memory, HEADER_BYTES);
    this.#decoder = new RingDecoder(this.#bytes);
    this.#capacityBytes = capacityOf(memory);
    this.#head = Atomics.load(this.#header, HEAD_INDEX);
  }

  get empty(): boolean {
    return Atomics.load(this.#header, TAIL_INDEX) === this.#head;
  }

  /** Delivers up to `recordsMax` records; says how many. */
  drain(recordsMax: number): number {
    const tail = Atomics.load(this.#header, TAIL_INDEX);
    const mask = this.#capacityBytes - 1;
    let head = this.#head;
    let released = head;
    let records = 0;
    while (head !== tail && records < recordsMax) {
      const offset = head & mask;
      const recordBytes = this.#words[(offset >> 2) + RECORD_WORD] ?? 0;
      invariant(recordBytes >= SHORT_HEADER_BYTES, "a record holds at least its header");
      // Passed before it is taken: a record that brings down its taker is not read a second time.
      head = (head + Math.min(paddedBytes(recordBytes), this.#capacityBytes - offset)) | 0;
      this.#head = head;
      records++;
      this.#take(this.#words, offset >> 2, this.#bytes, offset, recordBytes);
      if (((head - released) | 0) >= RELEASE_BYTES) {
        Atomics.store(this.#header, HEAD_INDEX, head);
        released = head;
      }
    }
    if (head !== released) Atomics.store(this.#header, HEAD_INDEX, head);
    this.records += records;
    return records;
  }

  #take(words: Int32Array, at: number, bytes: Buffer, offset: number, recordBytes: number): void {
    const kindWord = words[at + KIND_WORD] ?? 0;
    const kind = kindWord & 0xff;
    switch (kind) {
      case KIND_MESSAGE:
      case KIND_REPLY:
      case KIND_FAILURE:
      case KIND_CONTROL:
      case KIND_TOPIC:
      case KIND_ELEMENTS:
        return this.#deliver(kind, kindWord, words, at, bytes, offset, recordBytes);
      case KIND_METHOD:
        this.#methods[kindWord >>> 16] = bytes.toString(
          "utf8",
          offset + RECORD_HEADER_BYTES,
          offset + recordBytes,
        );
        return;
      case KIND_CHUNK:
        return this.#gather(kindWord, words[at + RECEIVER_WORD] ?? 0, bytes, offset, recordBytes);
      default:
        unreachable(kind as never);
    }
  }

  #deliver(
    kind: number,
    kindWord: number,
    words: Int32Array,
    at: number,
    bytes: Buffer,
    offset: number,
    recordBytes: number,
  ): void {
    const envelope = this.#envelope;
    const flags = (kindWord >>> 8) & 0xff;
    const receiver = words[at + RECEIVER_WORD] ?? 0;
    const callers = receiver >>> SLOT_BITS;
    envelope.kind = kind;
    envelope.method = this.#methods[kindWord >>> 16] ?? "";
    envelope.receiverSlot = receiver & SLOT_MASK;
    envelope.receiverGeneration = words[at + RECEIVER_GENERATION_WORD] ?? 0;
    envelope.trail = undefined;
    let payloadOffset = offset + SHORT_HEADER_BYTES;
    if ((flags & FLAG_SHORT) !== 0) {
      envelope.senderSlot = 0;
      envelope.askId = 0;
    } else {
      envelope.senderSlot = words[at + SENDER_WORD] ?? 0;
      envelope.senderGeneration = words[at + SENDER_GENERATION_WORD] ?? 0;
      envelope.askId = words[at + ASK_WORD] ?? 0;
      envelope.deadline = words[at + DEADLINE_WORD] ?? 0;
      payloadOffset = offset + RECORD_HEADER_BYTES;
      const traced = (flags & FLAG_TRACE) !== 0;
      if (traced || callers > 0) {
        envelope.trail = readTrail(words, bytes, payloadOffset, traced, callers);
        payloadOffset += (traced ? TRACE_BYTES : 0) + callers * CALLER_BYTES;
      }
    }
    envelope.hasPayload = (flags & FLAG_PAYLOAD) !== 0;
    let payload: unknown;
    if (envelope.hasPayload) {
      const end = offset + recordBytes;
      payload =
        bytes === this.#bytes
          ? this.#decoder.decode(payloadOffset, end)
          : this.#decoder.decodeFrom(bytes, payloadOffset, end);
    }
    this.#sink.deliver(this.#thread, envelope, payload);
  }

  #gather(kindWord: number, totalBytes: number, bytes: Buffer, offset: number, recordBytes: number): void {
    if (this.#chunked === undefined) {
      this.#chunked = Buffer.from(new ArrayBuffer(paddedBytes(totalBytes)));
      this.#chunkedBytes = 0;
    }
    const whole = this.#chunked;
    bytes.copy(whole, this.#chunkedBytes, offset + RECORD_HEADER_BYTES, offset + recordBytes);
    this.#chunkedBytes += recordBytes - RECORD_HEADER_BYTES;
    if (((kindWord >>> 8) & FLAG_LAST) === 0) return;
    invariant(this.#chunkedBytes === totalBytes, "all pieces of a chunked message arrived");
    this.#chunked = undefined;
    const words = new Int32Array(whole.buffer, 0, Math.max(HEADER_WORDS, whole.length >> 2));
    this.#take(words, 0, whole, 0, totalBytes);
  }
}

function readTrail(
  words: Int32Array,
  bytes: Buffer,
  offset: number,
  traced: boolean,
  callers: number,
): Trail {
  let at = offset;
  let trace: Uint8Array | undefined;
  if (traced) {
    trace = Uint8Array.prototype.slice.call(bytes, at, at + TRACE_BYTES);
    at += TRACE_BYTES;
  }
  if (callers === 0) return trace === undefined ? {} : { trace };
  const pairs: number[] = [];
  for (let i = 0; i < callers; i++, at += CALLER_BYTES) {
    pairs.push(words[at >> 2] ?? 0, words[(at >> 2) + 1] ?? 0);
  }
  return trace === undefined ? { callers: pairs } : { trace, callers: pairs };
}
