// A probe: an actor that understands everything, keeps what it gets, and answers when the test says so.

import { inspect } from "node:util";
import type { Ask } from "../actor/ask.js";
import type { Cell } from "../actor/cell.js";
import type { Context } from "../actor/context.js";
import {
  type AnyDefinition,
  defineActor,
  type Handler,
  type Protocol,
  type StopReason,
} from "../actor/definition.js";
import { ActorStopped } from "../actor/errors.js";
import { withHandlers } from "../actor/last-call.js";
import { withStreams } from "../actor/outflow.js";
import type { ActorRef } from "../actor/ref.js";
import { isStream, writtenName } from "../actor/stream-name.js";
import { CodedError } from "../base/errors.js";
import { matches, type Pattern } from "./pattern.js";

/** How far time may move on while a probe waits, unless it is told otherwise. */
const WITHIN_MS = 3_000;
/** How long silence has to last. */
const SILENCE_MS = 100;
/** What an error shows of what came before. */
const SHOWN_MAX = 10;

/** A message that a probe got, or the notice that somebody it watches is gone. */
export interface Received {
  readonly method: string;
  readonly payload: unknown;
  readonly sender: ActorRef | undefined;
  readonly atMs: number;
}

/** What was to come did not. */
export class ExpectationFailed extends CodedError {
  constructor(message: string) {
    super("EXPECTATION", message);
  }
}

/** What a probe needs of its system. */
export interface ProbeWorld {
  elapsedMs(): number;
  /** Runs until `holds`, or until time has moved on by `withinMs`; whether it holds. */
  until(holds: () => boolean, withinMs: number): Promise<boolean>;
  spawn(definition: AnyDefinition): ActorRef;
}

export interface ExpectOptions {
  /** Milliseconds of the system's own time. Default 3,000. */
  readonly withinMs?: number;
}

const TERMINATED = "terminated";

interface Letter extends Received {
  /** Set for an ask that is not answered. */
  ask: Ask | undefined;
  /** Set for a stream: its elements begin. */
  begin: ((elements: Elements) => void) | undefined;
}

/** What a probe streams. */
type Elements = Iterable<unknown> | AsyncIterable<unknown>;

/** A probe does not know which methods will be streamed; none of them keeps it from its next message. */
class EveryStream extends Set<string> {
  override has(method: string): boolean {
    return isStream(method);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a probe of unknown protocol takes any method
export class Probe<P extends Protocol = any> {
  readonly name: string;
  /** The probe as an actor; hand it out. */
  readonly ref: ActorRef<P>;
  /** Everything it ever got, in order. */
  readonly received: readonly Received[];
  readonly #world: ProbeWorld;
  readonly #all: Letter[] = [];
  #watched: ActorRef[] = [];
  #taken = 0;
  #last: Letter | undefined;

  /** @internal Probes come from `system.probe(name)`. */
  constructor(world: ProbeWorld, name: string) {
    this.name = name;
    this.received = this.#all;
    this.#world = world;
    this.ref = world.spawn(this.#definition()) as ActorRef<P>;
  }

  /** The next message is `method`, and its payload matches. Gives the payload. Throws `ExpectationFailed`. */
  async expect<M extends keyof P & string>(
    method: M,
    pattern?: Pattern<P[M]["payload"]>,
    options?: ExpectOptions,
  ): Promise<P[M]["payload"]> {
    const wanted = show(method, pattern);
    const letter = await this.#next(wanted, options);
    if (!fits(letter, method, pattern))
      throw this.#failed(`expected ${wanted} and got ${show(letter.method, letter.payload)}`);
    return letter.payload;
  }

  /** As `expect`, but skips what comes before. */
  async fishFor<M extends keyof P & string>(
    method: M,
    pattern?: Pattern<P[M]["payload"]>,
    { withinMs = WITHIN_MS }: ExpectOptions = {},
  ): Promise<P[M]["payload"]> {
    const endMs = this.#world.elapsedMs() + withinMs;
    for (;;) {
      const leftMs = Math.max(0, endMs - this.#world.elapsedMs());
      const letter = await this.#next(show(method, pattern), { withinMs: leftMs });
      if (fits(letter, method, pattern)) return letter.payload;
    }
  }

  /** Nothing comes while time moves on by `forMs`; default 100. */
  async expectNoMessage(forMs: number = SILENCE_MS): Promise<void> {
    const came = await this.#world.until(() => this.#taken < this.#all.length, forMs);
    const next = this.#all[this.#taken];
    if (came && next !== undefined)
      throw this.#failed(`expected no message and got ${show(next.method, next.payload)}`);
  }

  /** Begins to watch, for an end that may come before it is expected. */
  watch(target: ActorRef): void {
    if (this.#watched.some((one) => one.equals(target))) return;
    this.#watched.push(target);
    const { kernel } = this.#cell;
    kernel.watches.add(target, this.#cell);
  }

  /** The next message is the end of this actor, also if it is gone already. Gives the reason. */
  async expectTerminated(target: ActorRef, options?: ExpectOptions): Promise<StopReason> {
    this.watch(target);
    const wanted = `the end of ${target}`;
    const letter = await this.#next(wanted, options);
    const { ref, reason } = (letter.payload ?? {}) as { ref?: ActorRef; reason: StopReason };
    if (letter.method !== TERMINATED || ref?.equals(target) !== true)
      throw this.#failed(`expected ${wanted} and got ${show(letter.method, letter.payload)}`);
    return reason;
  }

  /** Answers the message that was expected last, or any of `received`; it must have been an ask. */
  reply(value?: unknown, to?: Received): void {
    this.#cell.kernel.asks.settle(
      this.#take("reply", to, ({ ask, begin }) => begin === undefined && ask),
      value,
    );
  }

  /** Fails the message that was expected last, or any of `received`; it must have been an ask or a stream. */
  fail(error: Error, to?: Received): void {
    const [ask, begin] = this.#take("fail", to, (letter) => letter.ask && [letter.ask, letter.begin]);
    this.#cell.kernel.asks.fail(ask, error);
    begin?.([]);
  }

  /** Streams these elements as the message that was expected last wants it, or any of `received`. */
  stream(elements: Elements, to?: Received): void {
    this.#take("stream", to, ({ begin }) => begin)(elements);
  }

  /** Who sent the message that was expected last, if it was an actor. */
  get sender(): ActorRef | undefined {
    return this.#last?.sender;
  }

  get #cell(): Cell {
    return this.ref.cell as Cell;
  }

  /** What an answer of this kind needs of a message; each is answered once. */
  #take<T>(verb: string, to: Received | undefined, needed: (letter: Letter) => T | false | undefined): T {
    const letter = to === undefined ? this.#last : this.#all.find((one) => one === to);
    const found = letter && needed(letter);
    if (letter === undefined || found === undefined || found === false) {
      const which = to === undefined ? "the last message expected was" : "it was given";
      const what = letter === undefined ? "nothing it received" : show(letter.method, letter.payload);
      throw this.#failed(
        `cannot ${verb}: ${which} ${what}, no ${verb === "stream" ? verb : "ask"} that waits`,
      );
    }
    letter.ask = undefined;
    letter.begin = undefined;
    return found;
  }

  async #next(wanted: string, { withinMs = WITHIN_MS }: ExpectOptions = {}): Promise<Letter> {
    await this.#world.until(() => this.#taken < this.#all.length, withinMs);
    const letter = this.#all[this.#taken];
    if (letter === undefined)
      throw this.#failed(`expected ${wanted} and nothing came within ${withinMs} ms of the system's time`);
    this.#taken++;
    this.#last = letter;
    return letter;
  }

  #failed(what: string): ExpectationFailed {
    const before = this.#all.slice(0, this.#taken).slice(-SHOWN_MAX);
    const lines = before.map(({ method, payload, atMs }) => `  at ${atMs} ms ${show(method, payload)}`);
    const history = lines.length === 0 ? "it had received nothing before" : `before:\n${lines.join("\n")}`;
    return new ExpectationFailed(`probe "${this.name}" ${what}; ${history}`);
  }

  /** Handlers for every name there is. Why a proxy: what a probe understands is what the test makes others send. */
  #definition(): AnyDefinition {
    const definition = defineActor({
      name: "Probe",
      state: () => undefined,
      on: {},
      hooks: {
        terminated: (_ctx, ref, reason) => {
          this.#watched = this.#watched.filter((one) => !one.equals(ref));
          this.#keep({ method: TERMINATED, payload: { ref, reason } });
        },
        stopped: (ctx) => {
          for (const { ask } of this.#all)
            if (ask !== undefined) this.#cell.kernel.asks.fail(ask, new ActorStopped(`${ctx.path} stopped`));
        },
      },
    });
    const handlers = new Proxy(Object.create(null) as AnyDefinition["handlers"], {
      get: (_target, method) => this.#handlerOf(String(method)),
    });
    return { ...withHandlers(definition, handlers), concurrent: new EveryStream() };
  }

  #handlerOf(method: string): Handler<unknown> | undefined {
    if (!isStream(method)) return (ctx, payload) => this.#handle(ctx as Context, method, payload);
    const written = writtenName(method);
    const keep = (ctx: unknown, payload: unknown) =>
      new Promise<Elements>((begin) => {
        const { sender, open } = ctx as Context;
        this.#keep({ method: written, payload, sender, ask: open, begin });
      });
    return withStreams({
      async *[written](ctx, payload: unknown) {
        yield* await keep(ctx, payload);
      },
    })[method];
  }

  #handle(ctx: Context, method: string, payload: unknown): void {
    this.#keep({ method, payload, sender: ctx.sender, ask: ctx.open });
    // The ask stays open, but this turn does not answer it.
    ctx.open = undefined;
  }

  #keep({ sender, ask, begin, ...message }: Pick<Letter, "method" | "payload"> & Partial<Letter>): void {
    this.#all.push({ ...message, sender, ask, begin, atMs: this.#world.elapsedMs() });
  }
}

function fits(letter: Received, method: string, pattern: unknown): boolean {
  return letter.method === method && (pattern === undefined || matches(letter.payload, pattern));
}

function show(method: string, payload: unknown): string {
  if (payload === undefined) return method;
  return `${method} ${inspect(payload, { depth: 4, breakLength: Number.POSITIVE_INFINITY })}`;
}
