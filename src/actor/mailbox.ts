// A fifo mailbox. A message that waits alone lies in fields of the mailbox itself, those behind it in places that are
// borrowed from a pool until the mailbox is empty again: four parallel fields per message in one flat ring, so that a
// message costs no allocation and an idle mailbox owns no memory.
//
// Why: a million idle actors must fit, and most messages find an empty mailbox.
// Why own fields first: an actor, its refs and its mailbox are of one age, and a store of a young object in an old one,
// as the ring is, costs V8 more than all else that a message costs here. So senders stay in a ring until it goes back.

import type { Ask } from "./ask.js";
import type { ActorRef } from "./ref.js";

const FIELDS = 4;
/** Messages that new places have room for. */
const PLACES_MIN = 4;
/** Messages that all spare places of a thread have room for; more are left to the collector. */
const SPARE_MAX = 1 << 18;

/** A message. */
export class Letter {
  method = "";
  payload: unknown = undefined;
  sender: ActorRef | undefined = undefined;
  ask: Ask | undefined = undefined;
}

/** Spare places of one thread, those given back last first. */
export class PlacePool {
  readonly #spare: Places[] = [];
  #room = 0;

  take(): Places {
    const places = this.#spare.pop();
    if (places === undefined) return new Places();
    this.#room -= places.capacity;
    return places;
  }

  give(places: Places): void {
    places.forget();
    if (this.#room + places.capacity > SPARE_MAX) return;
    this.#room += places.capacity;
    this.#spare.push(places);
  }
}

/** Messages in a row. */
class Places {
  #fields: unknown[] = new Array<unknown>(PLACES_MIN * FIELDS).fill(undefined);
  #head = 0;
  /** Fields from the start that may hold a sender. */
  #used = 0;
  count = 0;

  get capacity(): number {
    return this.#fields.length / FIELDS;
  }

  push(method: string, payload: unknown, sender: ActorRef | undefined, ask: Ask | undefined): void {
    if (this.count * FIELDS === this.#fields.length) this.#grow();
    const fields = this.#fields;
    const at = (this.#head + this.count * FIELDS) & (fields.length - 1);
    put(fields, at, method, payload, sender, ask);
    if (at >= this.#used) this.#used = at + FIELDS;
    this.count++;
  }

  pushFront(method: string, payload: unknown, sender: ActorRef | undefined, ask: Ask | undefined): void {
    if (this.count * FIELDS === this.#fields.length) this.#grow();
    const fields = this.#fields;
    const at = (this.#head - FIELDS) & (fields.length - 1);
    put(fields, at, method, payload, sender, ask);
    this.#head = at;
    this.#used = fields.length;
    this.count++;
  }

  /** Moves the first message into `letter`; there must be one. */
  next(letter: Letter): void {
    const fields = this.#fields;
    const at = this.#head;
    letter.method = fields[at] as string;
    letter.payload = fields[at + 1];
    const sender = fields[at + 2] as ActorRef | undefined;
    if (letter.sender !== sender) letter.sender = sender;
    letter.ask = fields[at + 3] as Ask | undefined;
    fields[at + 1] = undefined;
    fields[at + 3] = undefined;
    this.#head = (at + FIELDS) & (fields.length - 1);
    this.count--;
  }

  *asks(): Iterable<Ask> {
    for (let i = 0; i < this.count; i++) {
      const at = (this.#head + i * FIELDS) & (this.#fields.length - 1);
      const ask = this.#fields[at + 3] as Ask | undefined;
      if (ask !== undefined) yield ask;
    }
  }

  /** Makes empty places hold nobody in memory. */
  forget(): void {
    for (let at = 2; at < this.#used; at += FIELDS) this.#fields[at] = undefined;
    this.#used = 0;
    this.#head = 0;
  }

  #grow(): void {
    const old = this.#fields;
    const grown = new Array<unknown>(old.length * 2).fill(undefined);
    for (let i = 0; i < old.length; i++) grown[i] = old[(this.#head + i) & (old.length - 1)];
    this.#fields = grown;
    this.#used = old.length;
    this.#head = 0;
  }
}

/** Its own fields hold the message that waits alone and, until the turn is over or the next one, the one in hand. */
export abstract class Mailbox extends Letter {
  /** Messages waiting. */
  size = 0;
  #places: Places | undefined = undefined;

  /** Whether a message is being handled. */
  protected abstract readonly busy: boolean;

  push(
    pool: PlacePool,
    method: string,
    payload: unknown,
    sender: ActorRef | undefined,
    ask: Ask | undefined,
  ): void {
    if (this.size++ === 0 && this.#places === undefined && !this.busy) {
      this.method = method;
      this.payload = payload;
      this.sender = sender;
      this.ask = ask;
      return;
    }
    this.#places ??= pool.take();
    this.#places.push(method, payload, sender, ask);
  }

  /** Puts a message that was taken before in front of all others. */
  pushFront(
    pool: PlacePool,
    method: string,
    payload: unknown,
    sender: ActorRef | undefined,
    ask: Ask | undefined,
  ): void {
    this.#places ??= pool.take();
    if (this.size > this.#places.count) {
      this.#places.pushFront(this.method, this.payload, this.sender, this.ask);
      letGo(this);
    }
    this.#places.pushFront(method, payload, sender, ask);
    this.size++;
  }

  /** Takes the oldest message in hand; there must be one. */
  next(): void {
    const places = this.#places;
    if (places !== undefined && places.count === this.size) places.next(this);
    this.size--;
  }

  /** Moves the oldest message into `letter`; false when there is none. */
  take(letter: Letter): boolean {
    if (this.size === 0) return false;
    this.next();
    letter.method = this.method;
    letter.payload = this.payload;
    letter.sender = this.sender;
    letter.ask = this.ask;
    letGo(this);
    return true;
  }

  /** The mailbox is empty and its turn over: it lets go of the message that was in hand and gives its places back. */
  rest(pool: PlacePool): void {
    letGo(this);
    if (this.#places === undefined) return;
    pool.give(this.#places);
    this.#places = undefined;
  }

  /** Asks that wait in here, oldest first. */
  *asks(): Iterable<Ask> {
    const places = this.#places;
    if (this.size > (places?.count ?? 0) && this.ask !== undefined) yield this.ask;
    if (places !== undefined) yield* places.asks();
  }
}

function letGo(letter: Letter): void {
  letter.payload = undefined;
  letter.sender = undefined;
  letter.ask = undefined;
}

function put(
  fields: unknown[],
  at: number,
  method: string,
  payload: unknown,
  sender: ActorRef | undefined,
  ask: Ask | undefined,
): void {
  fields[at] = method;
  fields[at + 1] = payload;
  if (fields[at + 2] !== sender) fields[at + 2] = sender;
  fields[at + 3] = ask;
}
