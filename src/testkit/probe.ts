// A probe: an actor that understands everything, keeps what it gets, and answers when the test says so.

import { inspect } from "node:util";
import type { Ask } from "../actor/ask.js";
import type { Cell } from "../actor/cell.js";
import type { Context } from "../actor/context.js";
import { type AnyDefinition, defineActor, type Protocol, type StopReason } from "../actor/definition.js";
import { ActorStopped } from "../actor/errors.js";
import { withHandlers } from "../actor/last-call.js";
import type { ActorRef } from "../actor/ref.js";
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

  /** Answers the message that was expected last, which must have been an ask. */
  reply(value?: unknown): void {
    this.#cell.kernel.asks.settle(this.#takeAsk("reply"), value);
  }

  /** Fails the message that was expected last, which must have been an ask. */
  fail(error: Error): void {
    this.#cell.kernel.asks.fail(this.#takeAsk("fail"), error);
  }

  /** Who sent the message that was expected last, if it was an actor. */
  get sender(): ActorRef | undefined {
    return this.#last?.sender;
  }

  get #cell(): Cell {
    return this.ref.cell as Cell;
  }

  #takeAsk(verb: string): Ask {
    const { ask } = this.#last ?? {};
    if (ask === undefined) {
      const last = this.#last === undefined ? "nothing yet" : show(this.#last.method, this.#last.payload);
      throw this.#failed(`cannot ${verb}: the last message expected was ${last}, no ask that waits`);
    }
    (this.#last as Letter).ask = undefined;
    return ask;
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
          this.#keep(TERMINATED, { ref, reason }, undefined, undefined);
        },
        stopped: (ctx) => {
          for (const { ask } of this.#all)
            if (ask !== undefined) this.#cell.kernel.asks.fail(ask, new ActorStopped(`${ctx.path} stopped`));
        },
      },
    });
    const handlers = new Proxy(Object.create(null) as AnyDefinition["handlers"], {
      get: (_target, method) => (ctx: unknown, payload: unknown) =>
        this.#handle(ctx as Context, String(method), payload),
    });
    return withHandlers(definition, handlers);
  }

  #handle(ctx: Context, method: string, payload: unknown): void {
    this.#keep(method, payload, ctx.sender, ctx.open);
    // The ask stays open, but this turn does not answer it.
    ctx.open = undefined;
  }

  #keep(method: string, payload: unknown, sender: ActorRef | undefined, ask: Ask | undefined): void {
    this.#all.push({ method, payload, sender, ask, atMs: this.#world.elapsedMs() });
  }
}

function fits(letter: Received, method: string, pattern: unknown): boolean {
  return letter.method === method && (pattern === undefined || matches(letter.payload, pattern));
}

function show(method: string, payload: unknown): string {
  if (payload === undefined) return method;
  return `${method} ${inspect(payload, { depth: 4, breakLength: Number.POSITIVE_INFINITY })}`;
}
