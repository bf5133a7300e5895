// A fifo mailbox: four parallel fields per message in one flat ring, so that a message costs no allocation.
//
// An idle mailbox owns no memory: buffers of the first size come from a pool and go back when it is drained. Why: a
// million idle actors must fit, and most messages find an empty mailbox.

import type { Ask } from "./ask.js";
import type { ActorRef } from "./ref.js";

const FIELDS = 4;
const FIRST_MESSAGES = 8;
const POOLED_MAX = 4_096;
const NOTHING: unknown[] = [];

export type BufferPool = unknown[][];

/** Where a mailbox puts the message it takes. One per thread. */
export class Letter {
  method = "";
  payload: unknown = undefined;
  sender: ActorRef | undefined = undefined;
  ask: Ask | undefined = undefined;
}

export class Mailbox {
  #buffer: unknown[] = NOTHING;
  #head = 0;
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
    buffer[at] = method;
    buffer[at + 1] = payload;
    buffer[at + 2] = sender;
    buffer[at + 3] = ask;
    this.size++;
  }

  /** Moves the oldest message into `letter`; false when there is none. */
  take(letter: Letter): boolean {
    if (this.size === 0) return false;
    const buffer = this.#buffer;
    const at = this.#head;
    letter.method = buffer[at] as string;
    letter.payload = buffer[at + 1];
    letter.sender = buffer[at + 2] as ActorRef | undefined;
    letter.ask = buffer[at + 3] as Ask | undefined;
    buffer[at + 1] = undefined;
    buffer[at + 2] = undefined;
    buffer[at + 3] = undefined;
    this.#head = (at + FIELDS) & (buffer.length - 1);
    this.size--;
    return true;
  }

  /** Gives the buffer of an empty mailbox back. */
  rest(pool: BufferPool): void {
    if (this.size > 0 || this.#buffer === NOTHING) return;
    if (this.#buffer.length === FIRST_MESSAGES * FIELDS && pool.length < POOLED_MAX) pool.push(this.#buffer);
    this.#buffer = NOTHING;
    this.#head = 0;
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
      this.#buffer = pool.pop() ?? new Array<unknown>(FIRST_MESSAGES * FIELDS).fill(undefined);
      return this.#buffer;
    }
    const grown = new Array<unknown>(old.length * 2).fill(undefined);
    for (let i = 0; i < old.length; i++) grown[i] = old[(this.#head + i) & (old.length - 1)];
    this.#buffer = grown;
    this.#head = 0;
    return grown;
  }
}
