// An ask under way, and the three things that end it: an answer, its deadline, its cancellation.
//
// The same object stands at both ends. On the asker's thread it holds the promise; in the receiver's mailbox it is what
// the answer goes to, and when the asker is on another thread it holds the way back.

import type { Clock, TimerHandle, Timers } from "../base/ports.js";
import type { Trail } from "../wire/envelope.js";
import type { Context } from "./context.js";
import type { Flow } from "./outflow.js";
import type { ActorRef } from "./ref.js";

export const ASK_TIMEOUT_MS = 5_000;
/** Asks that may wait for answers from other threads, per thread; more answer `SystemFull`. */
export const OPEN_ASKS_MAX = 65_536;

export class Ask {
  /** The asker's thread. */
  readonly thread: number;
  /** Its number in the asker's table; 0 when asker and receiver share a thread. */
  id = 0;
  /** When it times out, on the system's clock; 0 means never. */
  readonly deadlineMs: number;
  trail: Trail | undefined;
  /** The turn that asked, and what that turn answers, at the asker's end while it is open: see actor/ask-chain. */
  asker: Context | undefined = undefined;
  turn = 0;
  within: Ask | undefined = undefined;
  /** To whom it went, what was asked and how long the asker waits, at the asker's end. */
  to: ActorRef | undefined = undefined;
  method = "";
  limitMs = 0;
  /** Where it went: the receiver's address, once it is on its way to another thread. */
  address = 0;
  generation = 0;
  /** Which incarnation of the asker's thread wants the answer. */
  epoch = 0;
  settled = false;
  /** What the receiver wants to hear when the asker gives up. */
  onCancel: (() => void) | undefined;
  resolve: ((value: unknown) => void) | undefined;
  reject: ((error: Error) => void) | undefined;
  /** Releases what the asker holds for it: its place in the table, its listener on a signal. */
  release: (() => void) | undefined;
  /** Where elements go that come before the answer: set at the reader's end of a stream. */
  flow: Flow | undefined;
  // Links of the deadline wheel.
  previous: Ask | undefined;
  next: Ask | undefined;

  constructor(thread: number, deadlineMs: number, trail: Trail | undefined) {
    this.thread = thread;
    this.deadlineMs = deadlineMs;
    this.trail = trail;
  }
}

/** Asks that wait for other threads, by number. A number is an index and a turn, so a late answer finds nobody. */
export class AskTable {
  readonly #asks: (Ask | undefined)[] = [undefined];
  readonly #turns: number[] = [0];
  readonly #free: number[] = [];
  #open = 0;

  get open(): number {
    return this.#open;
  }

  /** Gives the ask its number; false when too many are open. */
  add(ask: Ask): boolean {
    if (this.#open >= OPEN_ASKS_MAX) return false;
    const index = this.#free.pop() ?? this.#asks.length;
    const turn = ((this.#turns[index] ?? 0) + 1) & 0x3fff;
    this.#turns[index] = turn;
    this.#asks[index] = ask;
    this.#open++;
    ask.id = (turn << 17) | index;
    return true;
  }

  find(id: number): Ask | undefined {
    const ask = this.#asks[id & 0x1ffff];
    return ask !== undefined && ask.id === id ? ask : undefined;
  }

  remove(ask: Ask): void {
    const index = ask.id & 0x1ffff;
    if (this.#asks[index] !== ask) return;
    this.#asks[index] = undefined;
    this.#free.push(index);
    this.#open--;
  }

  *all(): Iterable<Ask> {
    for (const ask of this.#asks) if (ask !== undefined) yield ask;
  }
}

const TICK_MS = 10;
const BUCKETS = 1_024;
/** Ticks that the wheel goes on with nothing on it. Why: a timer of its own for each ask costs more than the ask. */
const IDLE_TICKS_MAX = 50;

/** A hashed wheel: one timer per thread, not one per ask. A deadline fires at most one tick late. */
export class DeadlineWheel {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #expire: (ask: Ask) => void;
  readonly #buckets: (Ask | undefined)[] = new Array<Ask | undefined>(BUCKETS).fill(undefined);
  #count = 0;
  #tick = 0;
  #idleTicks = 0;
  #timer: TimerHandle | undefined;

  constructor(clock: Clock, timers: Timers, expire: (ask: Ask) => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#expire = expire;
  }

  /** Asks on the wheel. */
  get count(): number {
    return this.#count;
  }

  add(ask: Ask): void {
    const bucket = Math.ceil(ask.deadlineMs / TICK_MS) % BUCKETS;
    const first = this.#buckets[bucket];
    ask.previous = undefined;
    ask.next = first;
    if (first !== undefined) first.previous = ask;
    this.#buckets[bucket] = ask;
    this.#count++;
    if (this.#timer !== undefined) return;
    this.#tick = Math.floor(this.#clock.nowMs() / TICK_MS);
    this.#wind();
  }

  remove(ask: Ask): void {
    const bucket = Math.ceil(ask.deadlineMs / TICK_MS) % BUCKETS;
    if (ask.previous !== undefined) ask.previous.next = ask.next;
    else if (this.#buckets[bucket] === ask) this.#buckets[bucket] = ask.next;
    else return;
    if (ask.next !== undefined) ask.next.previous = ask.previous;
    ask.previous = undefined;
    ask.next = undefined;
    this.#count--;
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wind(): void {
    this.#timer = this.#timers.after(TICK_MS, () => {
      this.#turn();
      // Closed meanwhile.
      if (this.#timer === undefined) return;
      this.#idleTicks = this.#count > 0 ? 0 : this.#idleTicks + 1;
      if (this.#idleTicks <= IDLE_TICKS_MAX) return this.#wind();
      this.#timer = undefined;
      this.#idleTicks = 0;
    });
  }

  #turn(): void {
    const nowMs = this.#clock.nowMs();
    const nowTick = Math.floor(nowMs / TICK_MS);
    const ticks = Math.min(nowTick - this.#tick, BUCKETS);
    for (let step = 1; step <= ticks; step++) {
      let ask = this.#buckets[(nowTick - ticks + step) % BUCKETS];
      while (ask !== undefined) {
        const { next } = ask;
        if (ask.deadlineMs <= nowMs) {
          this.remove(ask);
          this.#expire(ask);
        }
        ask = next;
      }
    }
    this.#tick = nowTick;
  }
}
