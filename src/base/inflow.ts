// The reading end of a stream: what has come and was not taken yet, who waits for more, and how much credit goes back.
//
// The other end sends no more elements than it has credit for; credit is given back as elements are taken. So what lies
// here, and on the way, never exceeds the window, however slowly somebody reads. Nothing is open before the first
// `next()`; a source is cancelled when the reader leaves before the end. Knows no thread and no socket: browser-safe.

import type { Clock, TimerHandle, Timers } from "./ports.js";

/** What an inflow asks of its source. */
export interface InflowSource {
  /** Somebody reads: open it. */
  open(): void;
  /** So many elements were taken; as many more may come. */
  grant(count: number): void;
  /** The reader left before the end. */
  cancel(): void;
  /** The stream is over for the reader, for whatever reason; called once if it was ever opened. */
  closed?(): void;
  /** The error of a `next()` for which nothing came in time. */
  timedOut(): Error;
  /** The error of a stream that its signal ended. */
  aborted(signal: AbortSignal): Error;
}

export interface InflowOptions {
  /** Elements that may be under way or waiting here. */
  readonly window: number;
  /** How long a `next()` waits; 0 for ever. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly clock: Pick<Clock, "nowMs">;
  readonly timers: Timers;
}

interface Waiter<E> {
  readonly resolve: (result: IteratorResult<E, undefined>) => void;
  readonly reject: (error: Error) => void;
}

export class Inflow<E> implements AsyncIterableIterator<E, undefined>, AsyncDisposable {
  readonly #source: InflowSource;
  readonly #options: InflowOptions;
  readonly #grantAt: number;
  readonly #waiters: Waiter<E>[] = [];
  readonly #onAbort = () => this.fail(this.#source.aborted(this.#options.signal as AbortSignal));
  #state: "new" | "open" | "over" = "new";
  #failure: Error | undefined;
  #buffer: E[] = [];
  #at = 0;
  /** Taken, and not granted anew yet. */
  #taken = 0;
  #timer: TimerHandle | undefined;
  #waitsSinceMs = 0;

  constructor(source: InflowSource, options: InflowOptions) {
    this.#source = source;
    this.#options = options;
    this.#grantAt = Math.max(1, options.window >> 1);
  }

  // ---- the reader's side -------------------------------------------------------------------------------------------

  next(): Promise<IteratorResult<E, undefined>> {
    if (this.#at < this.#buffer.length) return Promise.resolve({ done: false, value: this.#shift() });
    if (this.#state === "new") this.#open();
    if (this.#state === "over") return this.#end();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#watchTheClock();
    });
  }

  /** Elements that are here already, at most `max` of them. */
  ready(max: number): E[] {
    const some: E[] = [];
    while (some.length < max && this.#at < this.#buffer.length) some.push(this.#shift());
    return some;
  }

  /** Leaves the stream; the other end hears of it. `break` in a `for await` calls this. */
  async return(): Promise<IteratorResult<E, undefined>> {
    this.#leave();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<E, undefined>> {
    this.#leave();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  // ---- the source's side -------------------------------------------------------------------------------------------

  /** Elements arrived. The array is kept. */
  take(batch: E[]): void {
    if (this.#state !== "open") return;
    if (this.#at === this.#buffer.length) {
      this.#buffer = batch;
      this.#at = 0;
    } else for (const element of batch) this.#buffer.push(element);
    while (this.#waiters.length > 0 && this.#at < this.#buffer.length) {
      this.#waiters.shift()?.resolve({ done: false, value: this.#shift() });
    }
    this.#waitsSinceMs = this.#options.clock.nowMs();
  }

  /** No more elements come; those that did are still read, then the error, if there is one. */
  end(failure?: Error): void {
    if (this.#state !== "open") return;
    this.#failure = failure;
    this.#close();
  }

  /** Ends it from this side. */
  fail(error: Error): void {
    if (this.#state !== "open") return;
    this.end(error);
    this.#source.cancel();
  }

  // ------------------------------------------------------------------------------------------------------------------

  #open(): void {
    const { signal } = this.#options;
    if (signal?.aborted) {
      this.#state = "over";
      this.#failure = this.#source.aborted(signal);
      return;
    }
    this.#state = "open";
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#source.open();
  }

  #leave(): void {
    const wasOpen = this.#state === "open";
    this.#buffer = [];
    this.#at = 0;
    this.#failure = undefined;
    this.#close();
    if (wasOpen) this.#source.cancel();
  }

  #close(): void {
    const wasOpen = this.#state === "open";
    this.#state = "over";
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    for (const { resolve, reject } of this.#waiters.splice(0)) this.#end().then(resolve, reject);
    if (wasOpen) this.#source.closed?.();
  }

  /** Says the error once, and afterwards that it is over. */
  #end(): Promise<IteratorResult<E, undefined>> {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure === undefined
      ? Promise.resolve({ done: true, value: undefined })
      : Promise.reject(failure);
  }

  #shift(): E {
    const element = this.#buffer[this.#at] as E;
    this.#buffer[this.#at++] = undefined as E;
    if (this.#at === this.#buffer.length) {
      this.#buffer = [];
      this.#at = 0;
    }
    this.#taken++;
    if (this.#taken >= this.#grantAt && this.#state === "open") {
      const count = this.#taken;
      this.#taken = 0;
      this.#source.grant(count);
    }
    return element;
  }

  /** Why one timer that looks when it fires: most elements come long before it, and each would pay for its own. */
  #watchTheClock(): void {
    const { timeoutMs, clock, timers } = this.#options;
    if (timeoutMs === 0) return;
    if (this.#waiters.length === 1) this.#waitsSinceMs = clock.nowMs();
    this.#timer ??= timers.after(timeoutMs, () => this.#look());
  }

  #look(): void {
    const { timeoutMs, clock, timers } = this.#options;
    this.#timer = undefined;
    if (this.#waiters.length === 0) return;
    const leftMs = this.#waitsSinceMs + timeoutMs - clock.nowMs();
    if (leftMs > 0) this.#timer = timers.after(leftMs, () => this.#look());
    else this.fail(this.#source.timedOut());
  }
}
