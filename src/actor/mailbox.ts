// A fifo mailbox: four parallel fields per message in one flat ring, so that a message costs no allocation.
//
// An idle mailbox owns no memory: buffers come from a pool and go back when it is drained. Why: a million idle actors
// must fit, and most messages find an empty mailbox. A mailbox remembers how large its last buffer was, so that a busy
// one does not grow from the smallest again and again.
//
// Why senders stay in a larger buffer until it is given back, and are not put into the letter of a turn: a store of a
// young object in an old one costs V8 more than all else that a message costs here.

import type { Ask } from "./ask.js";
import type { ActorRef } from "./ref.js";

const FIELDS = 4;
/** Buffers of 1, 2, 4 … 4,096 messages are pooled; larger ones are left to the collector. */
const SIZE_CLASSES = 13;
const POOLED_MAX = 256;
/** The size class from which on senders stay in a buffer. */
const SENDERS_STAY_FROM = 4;
const NOTHING: unknown[] = [];

/** Spare buffers of one thread, by size. */
export class BufferPool {
  readonly #spare: unknown[][][] = Array.from({ length: SIZE_CLASSES }, () => []);

  take(sizeClass: number): unknown[] {
    const spare = this.#spare[sizeClass]?.pop();
    return spare ?? new Array<unknown>(FIELDS << sizeClass).fill(undefined);
  }

  give(buffer: unknown[], sizeClass: number): void {
    const spare = this.#spare[sizeClass];
    if (spare !== undefined && spare.length < POOLED_MAX) spare.push(buffer);
  }
}

/** Where a mailbox puts the message it takes. One per thread holds the message in hand. */
export class Letter {
  method = "";
  payload: unknown = undefined;
  sender: ActorRef | undefined = undefined;
  ask: Ask | undefined = undefined;
}

/** Lets go of what a letter holds. */
export function clear(letter: Letter): void {
  letter.payload = undefined;
  letter.sender = undefined;
  letter.ask = undefined;
}

export class Mailbox {
  #buffer: unknown[] = NOTHING;
  #head = 0;
  #sizeClass = 0;
  /** The most that waited since the buffer was taken. */
  #peak = 0;
  /** Messages waiting. */
  size = 0;

  push(
    pool: BufferPool,
    method: string,
    payload: unknown,
    sender: ActorRef | undefined,
    ask: Ask | undefined,
  ): void {
    let buffer = this.#buffer;
    if (this.size * FIELDS === buffer.length) buffer = this.#grow(pool);
    const at = (this.#head + this.size * FIELDS) & (buffer.length - 1);
    put(buffer, at, method, payload, sender, ask);
    this.size++;
  }

  /** Puts a message that was taken before in front of all others. */
  pushFront(
    pool: BufferPool,
    method: string,
    payload: unknown,
    sender: ActorRef | undefined,
    ask: Ask | undefined,
  ): void {
    let buffer = this.#buffer;
    if (this.size * FIELDS === buffer.length) buffer = this.#grow(pool);
    const at = (this.#head - FIELDS) & (buffer.length - 1);
    put(buffer, at, method, payload, sender, ask);
    this.#head = at;
    if (++this.size > this.#peak) this.#peak = this.size;
  }

  /** Moves the oldest message into `letter`; false when there is none. */
  take(letter: Letter): boolean {
    if (this.size === 0) return false;
    letter.sender = this.next(letter);
    return true;
  }

  /** The same but for the sender, which it answers; there must be a message. */
  next(letter: Letter): ActorRef | undefined {
    const buffer = this.#buffer;
    const at = this.#head;
    letter.method = buffer[at] as string;
    letter.payload = buffer[at + 1];
    const sender = buffer[at + 2] as ActorRef | undefined;
    letter.ask = buffer[at + 3] as Ask | undefined;
    buffer[at + 1] = undefined;
    if (this.#sizeClass < SENDERS_STAY_FROM) buffer[at + 2] = undefined;
    buffer[at + 3] = undefined;
    this.#head = (at + FIELDS) & (buffer.length - 1);
    this.size--;
    return sender;
  }

  /** Call it when messages begin to be taken: until then there were never more. */
  notePeak(): void {
    if (this.size > this.#peak) this.#peak = this.size;
  }

  /** Gives the buffer of an empty mailbox back. */
  rest(pool: BufferPool): void {
    if (this.size > 0 || this.#buffer === NOTHING) return;
    if (this.#sizeClass >= SENDERS_STAY_FROM) forgetSenders(this.#buffer);
    pool.give(this.#buffer, this.#sizeClass);
    this.#buffer = NOTHING;
    this.#head = 0;
    if (this.#sizeClass > 0 && this.#peak * 4 <= 1 << this.#sizeClass) this.#sizeClass--;
    this.#peak = 0;
  }

  /** Asks that wait in here, oldest first. */
  *asks(): Iterable<Ask> {
    for (let i = 0; i < this.size; i++) {
      const ask = this.#buffer[((this.#head + i * FIELDS) & (this.#buffer.length - 1)) + 3] as
        | Ask
        | undefined;
      if (ask !== undefined) yield ask;
    }
  }

  #grow(pool: BufferPool): unknown[] {
    const old = this.#buffer;
    if (old === NOTHING) {
      this.#buffer = pool.take(this.#sizeClass);
      return this.#buffer;
    }
    const grown = pool.take(this.#sizeClass + 1);
    for (let i = 0; i < old.length; i++) {
      grown[i] = old[(this.#head + i) & (old.length - 1)];
      old[(this.#head + i) & (old.length - 1)] = undefined;
    }
    pool.give(old, this.#sizeClass);
    this.#sizeClass++;
    this.#buffer = grown;
    this.#head = 0;
    return grown;
  }
}

function put(
  buffer: unknown[],
  at: number,
  method: string,
  payload: unknown,
  sender: ActorRef | undefined,
  ask: Ask | undefined,
): void {
  buffer[at] = method;
  buffer[at + 1] = payload;
  if (buffer[at + 2] !== sender) buffer[at + 2] = sender;
  buffer[at + 3] = ask;
}

function forgetSenders(buffer: unknown[]): void {
  for (let at = 2; at < buffer.length; at += FIELDS) buffer[at] = undefined;
}
