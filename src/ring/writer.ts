// The writing end of a ring: claim room, encode straight into it, publish by one atomic store.
//
// `write` answers FULL instead of waiting, ever. A message that does not fit in one piece is kept here, whole and
// encoded once, and goes out in chunks as the reader makes room; until it is out the ring answers FULL (one chunked
// message per ring). A payload that cannot be encoded throws at the sender and never harms the ring.

import { EncodeError } from "../wire/codec.js";
import {
  ASK_WORD,
  CALLER_BYTES,
  DEADLINE_WORD,
  type Envelope,
  FLAG_LAST,
  FLAG_PAYLOAD,
  FLAG_SHORT,
  FLAG_TRACE,
  isShort,
  KIND_CHUNK,
  KIND_METHOD,
  KIND_WORD,
  METHODS_MAX,
  paddedBytes,
  RECEIVER_GENERATION_WORD,
  RECEIVER_WORD,
  HEADER_BYTES as RECORD_HEADER_BYTES,
  RECORD_WORD,
  SENDER_GENERATION_WORD,
  SENDER_WORD,
  SHORT_HEADER_BYTES,
  SLOT_BITS,
  TRACE_BYTES,
  type Trail,
  trailBytes,
} from "../wire/envelope.js";
import { RingEncoder } from "../wire/ring-encoder.js";
import { capacityOf, HEAD_INDEX, HEADER_BYTES, SLACK_BYTES, TAIL_INDEX } from "./layout.js";

export const SENT = 0;
export const FULL = 1;
export type WriteResult = typeof SENT | typeof FULL;

/** A message may grow to this without being asked how large it will be: most are far smaller. */
const ROOM_BYTES = 2048;
const METHOD_BYTES_MAX = 256;
/** While there is little room the writer looks for more each so many bytes. */
const LOOK_EVERY_BYTES = 1024;

export class RingWriter {
  readonly #header: Int32Array;
  readonly #words: Int32Array;
  readonly #bytes: Buffer;
  readonly #capacityBytes: number;
  /**
   * With this much room by the last known head, the writer need not look where the reader is now. Never less than the
   * piece that `pump` waits for, or a held message would wait for room that nobody looks for.
   */
  readonly #ampleBytes: number;
  /** As much as may be waited for: what an empty ring offers at every offset. */
  readonly #expectableBytes: number;
  /** Room that is made sure of for a payload before it is encoded. */
  #roomBytes = ROOM_BYTES;
  readonly #methods = new Map<string, number>();
  readonly #encoder: RingEncoder;
  #tail = 0;
  #publishedTail = 0;
  #head = 0;
  /** Where the tail was when the reader's position was looked up. */
  #lookedAt = 0;
  /** Up to here there is room in this lap, and no look is due. */
  #sureTail = 0;
  #lastMethod = "";
  #lastMethodId = 0;
  #chunked: Buffer | undefined;
  #chunkedSentBytes = 0;
  /** Records written since the ring was made. */
  records = 0;

  /** `home`: of the system whose refs may be in what is written. */
  constructor(memory: SharedArrayBuffer, home?: object) {
    this.#header = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.#words = new Int32Array(memory, HEADER_BYTES);
    this.#bytes = Buffer.from(memory, HEADER_BYTES);
    this.#capacityBytes = capacityOf(memory);
    this.#encoder = new RingEncoder(this.#bytes, home);
    this.#ampleBytes = (this.#capacityBytes >> 2) + RECORD_HEADER_BYTES;
    this.#expectableBytes = Math.min(this.#capacityBytes >> 1, SLACK_BYTES - 2 * ROOM_BYTES);
    this.#methods.set("", 0);
  }

  /** Bytes written and not yet visible to the reader. */
  get unpublishedBytes(): number {
    return (this.#tail - this.#publishedTail) | 0;
  }

  /** Whether a message waits here for room. */
  get holding(): boolean {
    return this.#chunked !== undefined;
  }

  /** Encodes one record. Throws `EncodeError` or `TooLargeError`; nothing is sent then. */
  write(envelope: Envelope, payload: unknown): WriteResult {
    if (this.#chunked !== undefined && !this.pump()) return FULL;
    const isLast = envelope.method === this.#lastMethod;
    const methodId = isLast ? this.#lastMethodId : this.#methodId(envelope.method);
    if (methodId < 0) return FULL;
    const short = isShort(envelope);
    const headBytes = short ? SHORT_HEADER_BYTES : RECORD_HEADER_BYTES + trailBytes(envelope.trail);
    const roomBytes = payload === undefined ? paddedBytes(headBytes) : headBytes + this.#roomBytes;
    if (((this.#sureTail - this.#tail) | 0) < roomBytes && !this.#hasRoom(roomBytes)) return FULL;
    const offset = this.#tail & (this.#capacityBytes - 1);
    let recordBytes = headBytes;
    let encoded = this.#bytes;
    if (payload !== undefined) {
      const encoder = this.#encoder;
      encoded = encoder.encode(payload, offset + headBytes, offset + this.#freeFrom(this.#head));
      recordBytes += encoder.end - encoder.start;
      if (recordBytes > ROOM_BYTES || this.#roomBytes > ROOM_BYTES) this.#expect(recordBytes);
    }
    const flags = payload === undefined ? 0 : FLAG_PAYLOAD;
    if (short) {
      // Here and not in a method of its own: most records are short, and a call costs as much as these stores.
      const words = this.#words;
      const at = offset >> 2;
      words[at + KIND_WORD] = envelope.kind | ((flags | FLAG_SHORT) << 8) | (methodId << 16);
      words[at + RECEIVER_WORD] = envelope.receiverSlot;
      words[at + RECEIVER_GENERATION_WORD] = envelope.receiverGeneration;
    } else this.#writeHeader(envelope, offset, methodId, flags);
    if (encoded === this.#bytes) this.#commit(recordBytes);
    else this.#hold(encoded, offset, headBytes, recordBytes);
    return SENT;
  }

  /** Makes everything written visible. True if there was something. */
  publish(): boolean {
    if (this.#tail === this.#publishedTail) return false;
    this.#publishedTail = this.#tail;
    Atomics.store(this.#header, TAIL_INDEX, this.#tail);
    return true;
  }

  /** Moves a held message on as far as there is room. True once nothing is held. */
  pump(): boolean {
    const whole = this.#chunked;
    if (whole === undefined) return true;
    while (this.#chunkedSentBytes < whole.length) {
      const leftBytes = whole.length - this.#chunkedSentBytes;
      // Small pieces cost more than they carry: wait for a decent one.
      const wantedBytes = Math.min(leftBytes, this.#capacityBytes >> 2);
      const roomBytes = this.#freeBytes(wantedBytes + RECORD_HEADER_BYTES) - RECORD_HEADER_BYTES;
      if (roomBytes < wantedBytes) return false;
      const pieceBytes = Math.min(leftBytes, roomBytes);
      const offset = this.#tail & (this.#capacityBytes - 1);
      const at = offset >> 2;
      const last = pieceBytes === leftBytes ? FLAG_LAST : 0;
      this.#words[at + RECORD_WORD] = RECORD_HEADER_BYTES + pieceBytes;
      this.#words[at + KIND_WORD] = KIND_CHUNK | (last << 8);
      this.#words[at + RECEIVER_WORD] = whole.length;
      whole.copy(
        this.#bytes,
        offset + RECORD_HEADER_BYTES,
        this.#chunkedSentBytes,
        this.#chunkedSentBytes + pieceBytes,
      );
      this.#chunkedSentBytes += pieceBytes;
      this.#commit(RECORD_HEADER_BYTES + pieceBytes);
    }
    this.#chunked = undefined;
    return true;
  }

  /** About what the next message takes, by the last ones. Why: one that outgrows its room is copied thrice more. */
  #expect(recordBytes: number): void {
    const before = this.#roomBytes;
    const roomBytes = Math.max(recordBytes + ROOM_BYTES, before - (before >> 3));
    this.#roomBytes = Math.max(ROOM_BYTES, Math.min(roomBytes, this.#expectableBytes));
  }

  /** A message that outgrew the room ahead: its encoded bytes wait here and go in chunks, in order. */
  #hold(encoded: Buffer, offset: number, headBytes: number, recordBytes: number): void {
    const { start, end } = this.#encoder;
    const whole = Buffer.from(new ArrayBuffer(recordBytes));
    this.#bytes.copy(whole, 0, offset, offset + headBytes);
    encoded.copy(whole, headBytes, start, end);
    whole.writeInt32LE(recordBytes, RECORD_WORD * 4);
    this.#chunked = whole;
    this.#chunkedSentBytes = 0;
    this.pump();
  }

  #writeHeader(envelope: Envelope, offset: number, methodId: number, flags: number): void {
    const words = this.#words;
    const at = offset >> 2;
    const { trail } = envelope;
    const callers = trail?.callers === undefined ? 0 : trail.callers.length >> 1;
    const traced = trail?.trace === undefined ? 0 : FLAG_TRACE;
    words[at + KIND_WORD] = envelope.kind | ((flags | traced) << 8) | (methodId << 16);
    words[at + RECEIVER_WORD] = envelope.receiverSlot | (callers << SLOT_BITS);
    words[at + RECEIVER_GENERATION_WORD] = envelope.receiverGeneration;
    words[at + SENDER_WORD] = envelope.senderSlot;
    words[at + SENDER_GENERATION_WORD] = envelope.senderGeneration;
    words[at + ASK_WORD] = envelope.askId;
    words[at + DEADLINE_WORD] = envelope.deadline;
    if (trail !== undefined) this.#writeTrail(trail, (at << 2) + RECORD_HEADER_BYTES);
  }

  #writeTrail(trail: Trail, offset: number): void {
    let at = offset;
    if (trail.trace !== undefined) {
      this.#bytes.set(trail.trace, at);
      at += TRACE_BYTES;
    }
    for (let i = 0; i < (trail.callers?.length ?? 0); i += 2, at += CALLER_BYTES) {
      this.#words[at >> 2] = trail.callers?.[i] ?? 0;
      this.#words[(at >> 2) + 1] = trail.callers?.[i + 1] ?? 0;
    }
  }

  /** The number of a method name, telling the reader first if it is new; negative when there was no room for that. */
  #methodId(name: string): number {
    const known = this.#methods.get(name);
    if (known !== undefined) {
      this.#lastMethod = name;
      this.#lastMethodId = known;
      return known;
    }
    const nameBytes = Buffer.byteLength(name);
    if (nameBytes > METHOD_BYTES_MAX || this.#methods.size > METHODS_MAX) {
      throw new EncodeError(
        `method name of ${nameBytes} bytes as number ${this.#methods.size}: at most ${METHOD_BYTES_MAX} bytes and ` +
          `${METHODS_MAX} different names per pair of threads. Put what varies into the payload.`,
      );
    }
    const roomBytes = paddedBytes(RECORD_HEADER_BYTES + METHOD_BYTES_MAX);
    if (this.#freeBytes(roomBytes) < roomBytes) return -1;
    const id = this.#methods.size;
    const offset = this.#tail & (this.#capacityBytes - 1);
    this.#words[(offset >> 2) + KIND_WORD] = KIND_METHOD | (id << 16);
    this.#bytes.write(name, offset + RECORD_HEADER_BYTES);
    this.#commit(RECORD_HEADER_BYTES + nameBytes);
    this.#methods.set(name, id);
    this.#lastMethod = name;
    this.#lastMethodId = id;
    return id;
  }

  #commit(recordBytes: number): void {
    const offset = this.#tail & (this.#capacityBytes - 1);
    this.#words[(offset >> 2) + RECORD_WORD] = recordBytes;
    const advanceBytes = Math.min(paddedBytes(recordBytes), this.#capacityBytes - offset);
    this.#tail = (this.#tail + advanceBytes) | 0;
    this.records++;
  }

  /**
   * Bytes a record may take here and now, counting the slack when nothing unread lies ahead in this lap. Looks where
   * the reader is now when the last look does not promise `wantedBytes`, and now and then when it promises little.
   */
  #freeBytes(wantedBytes: number): number {
    const freeBytes = this.#freeFrom(this.#head);
    if (freeBytes >= wantedBytes) {
      const sinceBytes = (this.#tail - this.#lookedAt) | 0;
      if (freeBytes >= this.#ampleBytes || sinceBytes < LOOK_EVERY_BYTES) return freeBytes;
    }
    this.#head = Atomics.load(this.#header, HEAD_INDEX);
    this.#lookedAt = this.#tail;
    return this.#freeFrom(this.#head);
  }

  /** Whether a record of so many bytes fits, by a look at the reader where one is due; notes how far that holds. */
  #hasRoom(wantedBytes: number): boolean {
    const freeBytes = this.#freeBytes(wantedBytes);
    const lapBytes = this.#capacityBytes - (this.#tail & (this.#capacityBytes - 1));
    const untilLookBytes = LOOK_EVERY_BYTES - ((this.#tail - this.#lookedAt) | 0);
    const sureBytes = Math.min(freeBytes, lapBytes, Math.max(freeBytes - this.#ampleBytes, untilLookBytes));
    this.#sureTail = (this.#tail + sureBytes) | 0;
    return freeBytes >= wantedBytes;
  }

  #freeFrom(head: number): number {
    const usedBytes = (this.#tail - head) | 0;
    const offset = this.#tail & (this.#capacityBytes - 1);
    if (usedBytes <= offset) return this.#bytes.length - offset;
    return this.#capacityBytes - usedBytes;
  }
}
