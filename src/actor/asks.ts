// Asks of one thread, from the promise to whatever settles it. Every ask settles: by the answer, the handler's error,
// its deadline, its cancellation, the end of the actor, or the loss of its thread.

import { coded } from "../base/errors.js";
import { wrongOptions } from "../base/options.js";
import { limitOf, wrongTimeout } from "../base/time-limit.js";
import { threadOf } from "./address.js";
import { ASK_TIMEOUT_MS, Ask, AskTable, DeadlineWheel } from "./ask.js";
import { type AskingTurn, trailOf } from "./ask-chain.js";
import { type Cell, STOPPING } from "./cell.js";
import { AskTimeout, Cancelled, MailboxFull, NoActor, SystemFull, SystemStopped } from "./errors.js";
import type { Kernel } from "./kernel.js";
import type { Flow } from "./outflow.js";
import type { Sender } from "./ports.js";
import type { ActorRef, AskOptions } from "./ref.js";
import { writtenName } from "./stream-name.js";

export const ASK_OPTIONS: readonly string[] = ["timeoutMs", "signal"];
const NO_OPTIONS: AskOptions = {};

function goneError(to: ActorRef, method: string): NoActor {
  return new NoActor(`${to} is gone: look up or spawn a new one to ask "${writtenName(method)}"`);
}

/** The thread that has no such actor knows it by its number; the asker's ref may know its path. */
function named({ to, method }: Ask, error: Error): Error {
  if (!(error instanceof NoActor) || to === undefined || error.data.receiver !== to.id) return error;
  return goneError(to, method);
}

export class Asks {
  readonly #kernel: Kernel;
  /** Those that wait for other threads. */
  readonly #open = new AskTable();
  readonly #deadlines: DeadlineWheel;
  /** Cancellations that overtook their asks, by the asker's thread. */
  readonly #cancelled = new Map<number, Set<number>>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    const { clock, timers } = kernel.ports;
    this.#deadlines = new DeadlineWheel(clock, timers, (ask) => this.#expire(ask));
  }

  /** How many wait for other threads. */
  get open(): number {
    return this.#open.open;
  }

  /** How many have a deadline, those to actors of this thread included. */
  get timed(): number {
    return this.#deadlines.count;
  }

  find(id: number): Ask | undefined {
    return this.#open.find(id);
  }

  ask(
    to: ActorRef,
    method: string,
    payload: unknown,
    options: AskOptions = NO_OPTIONS,
    sender: Sender | undefined = undefined,
    turn: AskingTurn | undefined = sender && (this.#kernel.fork ?? (sender as Cell).context),
    flow: Flow | undefined = undefined,
  ): Promise<unknown> {
    if (options !== NO_OPTIONS) {
      const wrong = wrongOptions("ask", options, ASK_OPTIONS);
      if (wrong !== undefined) return Promise.reject(wrong);
    }
    const { signal } = options;
    const timeoutMs = limitOf(options.timeoutMs, ASK_TIMEOUT_MS);
    if (timeoutMs === undefined) return Promise.reject(wrongTimeout(options.timeoutMs));
    if (signal?.aborted)
      return Promise.reject(new Cancelled("cancelled before it was sent", { cause: signal.reason }));
    const deadlineMs = timeoutMs === 0 ? 0 : this.#kernel.ports.clock.nowMs() + timeoutMs;
    const ask = new Ask(this.#kernel.thread, deadlineMs, undefined);
    turn?.asks(ask);
    ask.to = to;
    ask.method = method;
    ask.limitMs = timeoutMs;
    if (flow !== undefined) {
      ask.flow = flow;
      flow.ask = ask;
    }
    return new Promise((resolve, reject) => {
      ask.resolve = resolve;
      ask.reject = reject;
      if (deadlineMs !== 0) this.#deadlines.add(ask);
      if (signal !== undefined) this.#listen(ask, signal);
      try {
        this.#sendAsk(to, method, payload, sender, ask);
      } catch (error) {
        this.fail(ask, error as Error);
      }
    });
  }

  /** Numbers an ask that goes to another thread; false when too many are open. */
  enter(ask: Ask, to: ActorRef): boolean {
    if (ask.id === 0 && !this.#open.add(ask)) return false;
    ask.address = to.address;
    ask.generation = to.generation;
    if (ask.asker !== undefined) ask.trail = trailOf(ask);
    return true;
  }

  /** It did not go there after all. */
  leave(ask: Ask): void {
    this.#open.remove(ask);
    ask.id = 0;
  }

  /** It fails at its deadline unless it is settled before. */
  limit(ask: Ask): void {
    if (ask.deadlineMs !== 0) this.#deadlines.add(ask);
  }

  /** The answer to an ask, from this thread or for another. */
  settle(ask: Ask, value: unknown): void {
    if (ask.settled) return;
    ask.settled = true;
    ask.within = undefined;
    if (ask.resolve === undefined) {
      ask.release?.();
      return this.#kernel.transport.reply(ask, value);
    }
    this.#release(ask);
    ask.resolve(value);
  }

  fail(ask: Ask, error: Error): void {
    if (ask.settled) return;
    ask.settled = true;
    ask.within = undefined;
    if (ask.reject === undefined) {
      ask.release?.();
      return this.#kernel.transport.fail(ask, error);
    }
    this.#release(ask);
    ask.reject(named(ask, coded(error)));
  }

  /** A cancellation that found no ask: it overtook it, or came too late. */
  cancelEarly(thread: number, id: number): void {
    let early = this.#cancelled.get(thread);
    if (early === undefined) {
      early = new Set();
      this.#cancelled.set(thread, early);
    }
    early.add(id);
  }

  /** Whether an ask that arrives was given up already. */
  wasCancelled(thread: number, id: number): boolean {
    return this.#cancelled.size > 0 && this.#cancelled.get(thread)?.delete(id) === true;
  }

  /** Everything the thread had sent has been read: what was not found by now came too late. Numbers are used again. */
  forgetEarlyCancels(thread: number): void {
    if (this.#cancelled.size > 0) this.#cancelled.delete(thread);
  }

  /** The thread is gone: nobody there will answer. */
  failThread(thread: number, error: Error): void {
    for (const ask of this.#open.all()) if (threadOf(ask.address) === thread) this.fail(ask, error);
  }

  /** The thread ends: whoever still waits hears so. */
  close(): void {
    for (const ask of this.#open.all()) this.fail(ask, new SystemStopped());
    this.#deadlines.close();
  }

  #sendAsk(to: ActorRef, method: string, payload: unknown, sender: Sender | undefined, ask: Ask): void {
    const { cell } = to;
    if (cell === undefined) {
      if (!this.enter(ask, to))
        throw new SystemFull("65,536 asks to other threads are open: await some of them first");
      const result = this.#kernel.transport.tell(to, method, payload, sender, ask);
      if (result === "full")
        throw new MailboxFull(`the mailbox of ${to} or the way to its thread is full: ask again in a moment`);
      if (result === "dead") throw goneError(to, method);
      return;
    }
    if (cell.status >= STOPPING) throw goneError(to, method);
    if (cell.full && !cell.drops) {
      throw new MailboxFull(`${cell.path} has ${cell.size} messages waiting, as many as it takes`);
    }
    this.#kernel.push(cell, method, payload, sender?.ref, ask);
  }

  #listen(ask: Ask, signal: AbortSignal): void {
    const onAbort = () => {
      const error = new Cancelled("the asker cancelled", { cause: signal.reason });
      this.giveUp(ask, error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    ask.release = () => signal.removeEventListener("abort", onAbort);
  }

  #expire(ask: Ask): void {
    this.giveUp(
      ask,
      new AskTimeout(
        `no answer from ${ask.to} to "${writtenName(ask.method)}" within ${ask.limitMs} ms: raise \`timeoutMs\`, ` +
          "or look why it is slow",
      ),
    );
  }

  /** The asker gives up: its promise rejects, and the handler's signal fires. */
  giveUp(ask: Ask, error: Error): void {
    if (ask.settled) return;
    const { id, address, generation } = ask;
    this.fail(ask, error);
    if (id === 0) ask.onCancel?.();
    else
      this.#kernel.transport.control(threadOf(address), {
        kind: "cancel",
        target: [address, generation],
        ask: id,
        begun: ask.flow?.begun === true,
      });
  }

  #release(ask: Ask): void {
    if (ask.deadlineMs !== 0) this.#deadlines.remove(ask);
    if (ask.id !== 0) this.#open.remove(ask);
    ask.release?.();
  }
}
