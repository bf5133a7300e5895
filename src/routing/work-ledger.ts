// What a work queue knows: which work waits, who holds what, what is due again and when. Data and decisions; it sends
// nothing and reads no clock.

import type { ActorRef } from "../actor/ref.js";

export interface Consumer {
  readonly consumer: ActorRef;
  /** Its method that takes a `Work`. */
  readonly method: string;
  /** `return` (default): when the method returns. `explicit`: when somebody tells the queue `confirm`. */
  readonly confirm?: "return" | "explicit";
  /** How long the method may take before it is cancelled and the work goes out again. Default: as long as it takes. */
  readonly timeoutMs?: number;
}

export interface WorkQueueStatus {
  readonly waiting: number;
  readonly unconfirmed: number;
  readonly confirmed: number;
  readonly consumers: number;
}

/** Pieces in the order they came there. */
type Place<W> = Map<number, Piece<W>>;

export interface Piece<W> {
  readonly id: number;
  readonly work: W;
  /** Times it went out. */
  attempt: number;
  /** Where it waits for its turn or its time; undefined while a consumer's ask is open. */
  place: Place<W> | undefined;
  /** When it is due, while it waits for its time. */
  dueMs: number;
  /** Those in whose windows it takes a place. */
  readonly holders: Set<Member>;
  /** Who had it last. */
  last: Member | undefined;
}

interface Member {
  /** As it joined last. */
  consumer: Consumer;
  readonly holds: Set<number>;
  /** It gets no more. */
  left: boolean;
}

interface Pause<W> {
  readonly delayMs: number;
  readonly place: Place<W>;
}

export interface LedgerOptions {
  readonly window: number;
  readonly resend: { readonly minMs: number; readonly maxMs: number };
  readonly capacity: number;
}

export class Ledger<W> {
  readonly #options: LedgerOptions;
  readonly #pieces: Place<W> = new Map();
  /** Never out yet. */
  readonly #fresh: Place<W> = new Map();
  /** Out before, and now whoever has room may have it: these come first. */
  readonly #again: Place<W> = new Map();
  /** Due in a while. Why one for each pause: within one they are in the order of their time. */
  readonly #pauses: Pause<W>[] = [];
  readonly #members = new Map<string, Member>();
  readonly #turns: Member[] = [];
  #turn = 0;
  #nextId = 1;
  #confirmed = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
    const { minMs, maxMs } = options.resend;
    for (let delayMs = minMs; delayMs < maxMs; delayMs *= 2) this.#pauses.push({ delayMs, place: new Map() });
    this.#pauses.push({ delayMs: maxMs, place: new Map() });
  }

  add(work: W): number | "full" {
    if (this.#pieces.size >= this.#options.capacity) return "full";
    const id = this.#nextId++;
    const piece: Piece<W> = {
      id,
      work,
      attempt: 0,
      place: undefined,
      dueMs: 0,
      holders: new Set(),
      last: undefined,
    };
    this.#pieces.set(id, piece);
    this.#move(piece, this.#fresh);
    return id;
  }

  /** Whether it is a new one, or back again. */
  join(consumer: Consumer): boolean {
    const { id } = consumer.consumer;
    const known = this.#members.get(id);
    if (known !== undefined) {
      const isBack = known.left;
      if (isBack) this.#turns.push(known);
      known.left = false;
      known.consumer = consumer;
      return isBack;
    }
    const member: Member = { consumer, holds: new Set(), left: false };
    this.#members.set(id, member);
    this.#turns.push(member);
    return true;
  }

  /** Whether it had joined. */
  leave(ref: ActorRef): boolean {
    const member = this.#members.get(ref.id);
    if (member === undefined || member.left) return false;
    member.left = true;
    this.#turns.splice(this.#turns.indexOf(member), 1);
    return true;
  }

  /** It cannot take work in the way it joined; false when it has left, or has joined in another way since. */
  dismiss(consumer: Consumer): boolean {
    const member = this.#members.get(consumer.consumer.id);
    if (member === undefined || member.left || member.consumer !== consumer) return false;
    this.leave(consumer.consumer);
    return true;
  }

  /** The consumer is gone: what it held, or had last, may go to others at once. */
  gone(ref: ActorRef, nowMs: number): void {
    const member = this.#members.get(ref.id);
    if (member === undefined) return;
    this.leave(ref);
    this.#members.delete(ref.id);
    for (const piece of this.#pieces.values()) {
      const had = piece.holders.delete(member) || piece.last === member;
      const inGoodHands = [...piece.holders].some(({ consumer }) => consumer.confirm !== "explicit");
      if (!had || inGoodHands) continue;
      if (piece.holders.size === 0) this.#move(piece, this.#again);
      else if (piece.place === undefined) this.#pause(piece, nowMs);
    }
  }

  /** Whether it was still to be done. */
  confirm(id: number): boolean {
    const isDone = this.drop(id);
    if (isDone) this.#confirmed++;
    return isDone;
  }

  /** Nobody gets this piece any more; false when it is not there. */
  drop(id: number): boolean {
    const piece = this.#pieces.get(id);
    if (piece === undefined) return false;
    this.#move(piece, undefined);
    this.#pieces.delete(id);
    for (const member of piece.holders) member.holds.delete(id);
    return true;
  }

  /** Whether it has gone out. */
  isOut(id: number): boolean {
    return (this.#pieces.get(id)?.attempt ?? 0) > 0;
  }

  /** The ask of a consumer failed: it does not have this piece any more, and after a pause anybody may. */
  failed(id: number, by: ActorRef, nowMs: number): void {
    const piece = this.#pieces.get(id);
    const member = this.#members.get(by.id);
    if (piece === undefined || member === undefined || !piece.holders.delete(member)) return;
    member.holds.delete(id);
    if (piece.place === undefined) this.#pause(piece, nowMs);
  }

  /** What goes out now and to whom; it counts as held from here on. */
  next(nowMs: number): { readonly piece: Piece<W>; readonly to: Consumer } | undefined {
    for (const { place } of this.#pauses) {
      for (const piece of place.values()) {
        if (piece.dueMs > nowMs) break;
        // Unconfirmed: to somebody else, or again to who has it already, whose window it takes no more of.
        const [holder] = piece.holders;
        if (holder !== undefined) return this.#give(piece, this.#withRoom() ?? holder, nowMs);
        this.#move(piece, this.#again);
      }
    }
    const [piece] = this.#again.size > 0 ? this.#again.values() : this.#fresh.values();
    const member = piece === undefined ? undefined : this.#withRoom();
    if (piece === undefined || member === undefined) return undefined;
    return this.#give(piece, member, nowMs);
  }

  /** When the next piece is due again. */
  dueMs(): number | undefined {
    let earliestMs: number | undefined;
    for (const { place } of this.#pauses) {
      const [first] = place.values();
      if (first !== undefined) earliestMs = Math.min(earliestMs ?? first.dueMs, first.dueMs);
    }
    return earliestMs;
  }

  status(): WorkQueueStatus {
    const waiting = this.#fresh.size + this.#again.size;
    return {
      waiting,
      unconfirmed: this.#pieces.size - waiting,
      confirmed: this.#confirmed,
      consumers: this.#turns.length,
    };
  }

  #give(piece: Piece<W>, member: Member, nowMs: number): { piece: Piece<W>; to: Consumer } {
    piece.attempt++;
    piece.last = member;
    piece.holders.add(member);
    member.holds.add(piece.id);
    if (member.consumer.confirm === "explicit") this.#pause(piece, nowMs);
    else this.#move(piece, undefined);
    return { piece, to: member.consumer };
  }

  /** The next in turn whose window has room. */
  #withRoom(): Member | undefined {
    const turns = this.#turns;
    for (let left = turns.length; left > 0; left--) {
      const member = turns[this.#turn++ % turns.length];
      if (member !== undefined && member.holds.size < this.#options.window) return member;
    }
    return undefined;
  }

  #pause(piece: Piece<W>, nowMs: number): void {
    const pause = this.#pauses[Math.min(piece.attempt, this.#pauses.length) - 1] as Pause<W>;
    piece.dueMs = nowMs + pause.delayMs;
    this.#move(piece, pause.place);
  }

  #move(piece: Piece<W>, place: Place<W> | undefined): void {
    piece.place?.delete(piece.id);
    place?.set(piece.id, piece);
    piece.place = place;
  }
}
