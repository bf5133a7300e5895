// One thread's side of its connection with one other: two rings out, two rings in, and what waits for room.

import type { ControlMessage } from "../actor/control-message.js";
import type { Outlet } from "../actor/ports.js";
import type { Presence } from "../actor/presence.js";
import {
  allocateRing,
  CONTROL_RING_BYTES,
  countUnread,
  DATA_RING_BYTES,
  unreadBytes,
} from "../ring/layout.js";
import { RingReader, type Sink } from "../ring/reader.js";
import { RingWriter } from "../ring/writer.js";
import type { Envelope } from "../wire/envelope.js";

/** The memory of one direction between two threads. */
export interface Lane {
  readonly control: SharedArrayBuffer;
  readonly data: SharedArrayBuffer;
}

/** How one thread is connected to another; its epoch is that of the younger of the two. */
export interface Connection {
  readonly thread: number;
  readonly epoch: number;
  readonly out: Lane;
  readonly in: Lane;
}

export interface RingSizes {
  readonly controlBytes: number;
  readonly dataBytes: number;
}

export const DEFAULT_RING_SIZES: RingSizes = { controlBytes: CONTROL_RING_BYTES, dataBytes: DATA_RING_BYTES };

/** The same connection seen from both ends: the first for thread `a`, the second for `b`. */
export function connect(a: number, b: number, epoch: number, sizes: RingSizes): [Connection, Connection] {
  const make = (): Lane => ({
    control: allocateRing(sizes.controlBytes),
    data: allocateRing(sizes.dataBytes),
  });
  const [ab, ba] = [make(), make()];
  return [
    { thread: b, epoch, out: ab, in: ba },
    { thread: a, epoch, out: ba, in: ab },
  ];
}

/** A reply, or elements before it, that wait for room: never more than the asks that are open and their credit. */
export interface WaitingReply {
  readonly kind: number;
  readonly askId: number;
  readonly value: unknown;
  /** Whose elements these are; undefined for a reply. */
  readonly outlet: Outlet | undefined;
}

export class Link {
  readonly thread: number;
  readonly epoch: number;
  readonly controlOut: RingWriter;
  readonly dataOut: RingWriter;
  readonly controlIn: RingReader;
  readonly dataIn: RingReader;
  readonly controlWaiting: ControlMessage[] = [];
  readonly repliesWaiting: WaitingReply[] = [];
  /** Something was written and is not announced yet. */
  dirty = false;
  /** With this much written the rest of the batch does not keep it back. */
  publishBytes = 0;
  /** Who lives on the other thread. */
  readonly presence: Presence;
  readonly #out: Lane;

  constructor(connection: Connection, presence: Presence, sink: Sink, envelope: Envelope, home: object) {
    this.thread = connection.thread;
    this.presence = presence;
    this.epoch = connection.epoch;
    this.#out = connection.out;
    this.controlOut = new RingWriter(connection.out.control, home);
    this.dataOut = new RingWriter(connection.out.data, home);
    this.controlIn = new RingReader(connection.in.control, connection.thread, sink, envelope);
    this.dataIn = new RingReader(connection.in.data, connection.thread, sink, envelope);
  }

  /** Whether something waits here for the other thread to read. */
  get backlogged(): boolean {
    return this.dataOut.holding || this.controlWaiting.length > 0 || this.repliesWaiting.length > 0;
  }

  /** Bytes that the other thread has not read yet. */
  unreadBytes(): number {
    return unreadBytes(this.#out.control) + unreadBytes(this.#out.data);
  }

  /** Messages the other thread never read. Only once that thread is gone. */
  unreadRecords(): number {
    return countUnread(this.#out.data);
  }
}
