// The writing end of a stream: runs the generator of a stream method as far as the reader's credit goes.
//
// `defineActor` turns each handler that is a generator function into an ordinary asynchronous handler under a name of
// its own, `streamName`. So a stream is an ask from its opening to its end: it waits in the mailbox, holds its actor or
// runs concurrently, is cancelled, fails and settles as every ask does. What is new is the elements on the way, which
// travel before the answer, and credit, which comes back (actor/control-inbox).
//
// Elements leave in batches: a batch ends when the credit does, when the generator pauses, ends or fails, and when it
// grows large. Nothing is held back while the generator waits for something.

import { asError } from "../base/errors.js";
import type { Ask } from "./ask.js";
import { isThenable } from "./cell.js";
import type { Context } from "./context.js";
import type { Handler, Handlers } from "./definition.js";
import type { Kernel } from "./kernel.js";
import type { Outlet } from "./ports.js";
import { type Opening, streamName } from "./stream-name.js";

/** Both ends of a stream within one thread. */
export interface Flow {
  /** The ask that the stream is. */
  ask: Ask | undefined;
  /** Elements came: the writer runs, or did. */
  begun: boolean;
  /** The reader takes elements; the array is its own from then on. */
  take(batch: unknown[]): void;
  /** The writer hears of credit, once it runs. */
  granted: ((count: number) => void) | undefined;
}

type AnyGenerator = Generator<unknown, unknown, undefined> | AsyncGenerator<unknown, unknown, undefined>;
// biome-ignore lint/suspicious/noExplicitAny: as in the table of handlers
type AnyHandler = Handler<any>;

const GENERATORS = ["[object GeneratorFunction]", "[object AsyncGeneratorFunction]"];
/** A batch is sent when it has grown to about this, so that a message stays far below the largest there may be. */
const BATCH_BYTES = 16 * 1024;
/** After this long a synchronous generator lets its thread go on, and its elements go. */
const SLICE_MS = 2;
/** An asynchronous generator that has not gone on after so many jobs waits for something. */
const QUIET_JOBS = 4;

/** The table that runs: stream methods under their own names, all others as they were written. */
// biome-ignore lint/suspicious/noExplicitAny: as in the table of handlers
export function withStreams(handlers: Handlers<any>): Record<string, AnyHandler> {
  const table = Object.create(null) as Record<string, AnyHandler>;
  for (const [method, handler] of Object.entries(handlers)) {
    if (!GENERATORS.includes(Object.prototype.toString.call(handler))) table[method] = handler as AnyHandler;
    else {
      const generate = handler as (context: Context, payload: unknown) => AnyGenerator;
      table[streamName(method)] = (context, opening: Opening) =>
        runStream(context as Context, generate, opening);
    }
  }
  return table;
}

function runStream(
  context: Context,
  generate: (context: Context, payload: unknown) => AnyGenerator,
  opening: Opening,
): Promise<void> | undefined {
  // Nobody would take what a tell yields.
  const ask = context.open;
  if (ask === undefined) return undefined;
  const [window, payload] = opening;
  return new Outflow(context, ask, generate(context, payload), window).run();
}

/** Who gives elements to the reader of an ask, as far as its credit goes. */
export interface Writer {
  readonly ask: Ask;
  grant(count: number): void;
  broken(error: Error): void;
}

/** The streams that actors of one thread write. */
export class Outflows {
  readonly #open = new Set<Writer>();
  /** By thread and number of the ask, where the reader is elsewhere. */
  readonly #byAsk = new Map<number, Writer>();

  get size(): number {
    return this.#open.size;
  }

  add(outflow: Writer): void {
    this.#open.add(outflow);
    const { ask } = outflow;
    if (ask.flow !== undefined) {
      ask.flow.granted = (count) => outflow.grant(count);
      return;
    }
    const key = keyOf(ask.thread, ask.id);
    // One of a thread that was lost before its turn came has no reader: its successor counts asks from the beginning.
    if ((this.#byAsk.get(key)?.ask.epoch ?? 0) <= ask.epoch) this.#byAsk.set(key, outflow);
  }

  remove(outflow: Writer): void {
    this.#open.delete(outflow);
    const { ask } = outflow;
    const key = keyOf(ask.thread, ask.id);
    if (this.#byAsk.get(key) === outflow) this.#byAsk.delete(key);
  }

  /** Credit from a reader on another thread. */
  grant(thread: number, ask: number, count: number): void {
    this.#byAsk.get(keyOf(thread, ask))?.grant(count);
  }

  /** Nobody there reads any more. */
  threadLost(thread: number, error: Error): void {
    for (const outflow of [...this.#byAsk.values()]) if (outflow.ask.thread === thread) outflow.broken(error);
  }
}

function keyOf(thread: number, ask: number): number {
  return thread * 2 ** 32 + ask;
}

class Outflow implements Outlet, Writer {
  readonly ask: Ask;
  /** Nobody takes its elements any more. */
  dead = false;
  readonly #context: Context;
  readonly #kernel: Kernel;
  readonly #generator: AnyGenerator;
  readonly #onAbort = () => this.#aborted();
  #credit: number;
  /** The generator is to end. */
  #over = false;
  /** Elements have left. */
  #begun = false;
  #batch: unknown[] = [];
  #batchBytes = 0;
  #resume: (() => void) | undefined;
  /** Jobs since the last element, while somebody counts them. */
  #quietJobs = -1;
  #sliceEndMs = 0;

  constructor(context: Context, ask: Ask, generator: AnyGenerator, window: number) {
    this.#context = context;
    this.#kernel = context.kernel;
    this.ask = ask;
    this.#generator = generator;
    this.#credit = window;
  }

  async run(): Promise<void> {
    const { signal } = this.#context;
    signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#kernel.outflows.add(this);
    try {
      await this.#write();
      if (this.#over) await this.#generator.return(undefined);
    } catch (error) {
      if (this.#over && isOfSignal(error, signal)) return;
      this.#flush();
      // Why: a message that is redelivered begins anew, and its reader would hear the beginning twice.
      if (this.#begun) this.#kernel.asks.fail(this.ask, asError(error));
      throw error;
    } finally {
      this.#flush();
      this.#kernel.outflows.remove(this);
      signal.removeEventListener("abort", this.#onAbort);
    }
  }

  grant(count: number): void {
    this.#credit += count;
    this.#goOn();
  }

  /** From the way out: an element cannot travel, or there is nobody to travel to. */
  broken(error: Error): void {
    if (this.dead) return;
    this.#end(true);
    this.#kernel.asks.fail(this.ask, error);
    this.#context.abort(error);
  }

  /** Runs the generator to its end, or until nobody reads. */
  async #write(): Promise<void> {
    const { clock, scheduler } = this.#kernel.ports;
    this.#sliceEndMs = clock.nowMs() + SLICE_MS;
    while (!this.#over) {
      if (this.#credit <= 0) {
        this.#flush();
        await this.#moreCredit();
        this.#sliceEndMs = clock.nowMs() + SLICE_MS;
        continue;
      }
      const step = this.#generator.next();
      const waited = isThenable(step);
      const { done, value } = waited ? await step : step;
      if (done) return;
      this.#credit--;
      this.#put(value);
      if (waited) this.#flushWhenQuiet();
      else if (clock.nowMs() >= this.#sliceEndMs) {
        this.#flush();
        await new Promise<void>((resolve) => scheduler.soon(resolve));
        this.#sliceEndMs = clock.nowMs() + SLICE_MS;
      }
    }
  }

  /** Why it looks again: a reader on this thread may have given some while it took the batch. */
  #moreCredit(): Promise<void> | undefined {
    if (this.#credit > 0 || this.#over) return undefined;
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  #put(element: unknown): void {
    if (this.#over) return;
    this.#batch.push(element);
    this.#batchBytes += roughBytes(element);
    if (this.#batchBytes >= BATCH_BYTES) this.#flush();
  }

  #flush(): void {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#begun = true;
    const { ask } = this;
    if (ask.flow !== undefined) ask.flow.take(batch);
    else this.#kernel.transport.elements(ask, batch, this);
  }

  /**
   * Why: a generator that only yields goes on in the next jobs, and a batch costs what an element does; one that waits
   * for something else must not hold back what it has yielded.
   */
  #flushWhenQuiet(): void {
    if (this.ask.flow !== undefined) return this.#flush();
    const counting = this.#quietJobs >= 0;
    this.#quietJobs = 0;
    if (!counting) this.#countJobs();
  }

  #countJobs(): void {
    this.#kernel.ports.scheduler.endOfJob(() => {
      if (this.#batch.length > 0 && ++this.#quietJobs < QUIET_JOBS) return this.#countJobs();
      this.#quietJobs = -1;
      this.#flush();
    });
  }

  /** The reader left, or this incarnation ends: then what was yielded still goes before the error does. */
  #aborted(): void {
    const left = this.ask.settled;
    if (!left) this.#flush();
    this.#end(left);
  }

  #end(unread: boolean): void {
    this.#over = true;
    this.dead = unread;
    this.#batch = [];
    this.#kernel.outflows.remove(this);
    this.#goOn();
  }

  #goOn(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}

/** A guess that costs nothing: what is large is mostly text or binary. */
export function roughBytes(element: unknown): number {
  if (typeof element === "string") return element.length;
  if (typeof element !== "object" || element === null) return 8;
  return ArrayBuffer.isView(element) ? element.byteLength : 64;
}

/** Whether an error is only how a handler heard that nobody reads. */
function isOfSignal(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === "AbortError");
}
