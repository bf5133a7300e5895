// What an actor is, before any of it runs: its name, its state, what it understands, how it treats its children.
//
// `defineActor` infers everything: the payload of a method is the second parameter of its handler, its reply what the
// handler returns. A ref carries both, so `tell` and `ask` are checked where they are written.

import type { Clock, Log } from "../base/ports.js";
import type { Random } from "../base/random.js";
import { checkSpecification } from "./definition-checks.js";
import type { Job } from "./job.js";
import { LastCall } from "./last-call.js";
import type { Later } from "./later.js";
import { withStreams } from "./outflow.js";
import type { ActorRef, AskOptions, TellResult } from "./ref.js";
import type { ActorRegistry } from "./registry-face.js";
import type { MailboxOptions } from "./shaped-mailbox.js";
import type { SpawnRest } from "./spawn-options.js";
import type { ActorStream, StreamOptions } from "./stream.js";
import { streamName } from "./stream-name.js";
import type { RestartType, SupervisionOptions } from "./supervision.js";
import type { Topic } from "./topics.js";

export { DefinitionError, refuseUnknown } from "./definition-checks.js";
export { RESTARTS, type RestartType } from "./supervision.js";

/** Mailboxes hold this many messages unless the definition says otherwise. */
export const MAILBOX_CAPACITY = 4_096;

/** `Own` are the names of the actor's own methods, for what sends itself messages. */
export type Handler<State, Own extends string = string> = (
  ctx: ActorContext<State, Own>,
  // biome-ignore lint/suspicious/noExplicitAny: payload types are contravariant; `any` lets each handler name its own
  payload: any,
) => unknown;
export type Handlers<State, Own extends string = string> = Readonly<Record<string, Handler<State, Own>>>;

/** What an actor understands: for each method the payload it takes and the reply it gives, or what it streams. */
export type Protocol = Readonly<Record<string, { payload: unknown; reply: unknown; element?: unknown }>>;
// biome-ignore lint/suspicious/noExplicitAny: reads the second parameter whatever its type
type PayloadOf<H> = H extends (ctx: any) => unknown
  ? void
  : H extends (ctx: any, payload: infer P) => unknown
    ? P
    : never;
// biome-ignore lint/suspicious/noExplicitAny: reads the return type whatever the parameters
type ReplyOf<H> = H extends (...all: any[]) => infer R ? Answer<Awaited<R>> : never;
type Answer<R> = R extends Later<infer T> ? T : R;
// biome-ignore lint/suspicious/noExplicitAny: any generator at all
type AnyGenerator<E> = Generator<E, any, any> | AsyncGenerator<E, any, any>;
/** One method: a handler that is a generator streams its elements, any other answers with what it returns. */
type MethodOf<H, Reply = ReplyOf<H>> =
  IsAny<Reply> extends true
    ? { payload: PayloadOf<H>; reply: Reply }
    : [Reply] extends [never]
      ? { payload: PayloadOf<H>; reply: Reply }
      : Reply extends AnyGenerator<infer E>
        ? { payload: PayloadOf<H>; reply: never; element: E }
        : { payload: PayloadOf<H>; reply: Reply };
/** The protocol that a handler table implements. */
export type ProtocolOf<H> = { readonly [M in keyof H & string]: MethodOf<H[M]> };
/** The methods that stream. */
export type StreamMethods<P> =
  IsAny<P> extends true
    ? string
    : {
        [M in keyof P & string]: P[M] extends { element: unknown }
          ? M
          : IsAny<ElementOf<P, M>> extends true
            ? M
            : never;
      }[keyof P & string];
/** The methods that answer once. */
export type AskMethods<P> =
  IsAny<P> extends true
    ? string
    : { [M in keyof P & string]: P[M] extends { element: unknown } ? never : M }[keyof P & string];
/** What a stream method streams. */
export type ElementOf<P, M extends keyof P> = P[M] extends { element?: infer E } ? E : never;

/** A protocol of which only the names are known: each may be told, asked or streamed, with anything. */
// biome-ignore-start lint/suspicious/noExplicitAny: anything at all
type NamesOnly<Own extends string> = string extends Own
  ? any
  : { readonly [M in Own]: { payload: any; reply: any; element?: any } };
// biome-ignore-end lint/suspicious/noExplicitAny: anything at all

/** Why an actor is gone. `normal`: it stopped itself. `stopped`: somebody asked. */
export interface StopReason {
  readonly code: "normal" | "stopped" | "parent-stopped" | "fault" | "thread-lost" | "no-actor" | "shutdown";
  readonly error?: Error;
}

/** Where an actor runs: the least loaded thread, the caller's own, one by number or by name, or the one of a key. */
export type Placement = "any" | "this" | number | { readonly thread: string } | { readonly key: string };

export interface SpawnOptions<Args = unknown> {
  /** Unique among its siblings, no slash. Default: a number. */
  readonly name?: string;
  readonly args?: Args;
  /** Default `this` inside an actor, `any` from the system. */
  readonly on?: Placement;
  /** permanent: always restarted. transient: only after a fault. temporary: never. Default: the definition's. */
  readonly restart?: RestartType;
  /** Its end by itself may end its supervisor, too: see `autoShutdown` there. Not for permanent ones. */
  readonly significant?: boolean;
  /** How long a stop may take before the actor is abandoned; milliseconds, default 5,000. */
  readonly shutdownMs?: number | "brutal" | "unlimited";
}

/** What a handler gets. It belongs to one incarnation: after a restart or a stop it refuses with `StaleIncarnation`. */
export interface ActorContext<State = unknown, Own extends string = string> {
  state: State;
  /** This actor, by the names of its methods; `self.as(Definition)` knows payloads and replies, too. */
  readonly self: ActorRef<NamesOnly<Own>>;
  /** Who sent the current message, if it was an actor; `sender?.as(Definition)` where its kind is known. */
  readonly sender: ActorRef | undefined;
  /** Aborts when the ask is cancelled or this incarnation ends. */
  readonly signal: AbortSignal;
  readonly name: string;
  readonly path: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: ContextTimers<Own>;
  /** Names and service keys of the whole system. */
  readonly registry: ActorRegistry<Own>;
  /** Starts a child. Its mail may be sent at once, wherever it runs. */
  spawn<D extends AnyDefinition>(
    definition: D,
    ...options: SpawnRest<ArgsOf<D>>
  ): ActorRef<ProtocolOfDefinition<D>>;
  /** Stops a child for good, or, without an argument, ends this actor normally. */
  stop(child?: ActorRef): void;
  /** Ends a child's incarnation and starts the next, as after a fault but without counting one. */
  restart(child: ActorRef): void;
  /** `hooks.terminated` will be called exactly once when `target` is gone, also if it is gone already. */
  watch(target: ActorRef): void;
  unwatch(target: ActorRef): void;
  /** When one of the two is gone, the other fails, or hears it in its `exited` hook. Links outlive restarts. */
  link(other: ActorRef): void;
  unlink(other: ActorRef): void;
  /** How often the current message has made this actor fail before: see `redeliver`. */
  readonly redelivered: number;
  /** As `target.tell`, in the name of this actor also after an `await`. */
  tell<P extends Protocol, M extends AskMethods<P>>(
    target: ActorRef<P>,
    method: M,
    ...payload: PayloadArgs<P[M]["payload"]>
  ): TellResult;
  /** As `target.ask`, in the name of this actor also after an `await`. */
  ask<P extends Protocol, M extends AskMethods<P>>(
    target: ActorRef<P>,
    method: M,
    ...rest: AskArgs<P[M]["payload"]>
  ): Promise<P[M]["reply"]>;
  /** As `target.stream`, in the name of this actor also after an `await`. It ends with this incarnation. */
  stream<P extends Protocol, M extends StreamMethods<P>>(
    target: ActorRef<P>,
    method: M,
    ...rest: AskArgs<P[M]["payload"], StreamOptions>
  ): ActorStream<ElementOf<P, M>>;
  /**
   * From now on this actor gets `method` with what is published under the topic, on whatever thread. One method per
   * topic; the same topic again replaces it. Ends with the actor, and survives a restart as a watch does.
   */
  subscribe(topic: Topic, method: Own): void;
  unsubscribe(topic: Topic): void;
  /**
   * Sends a message to all who subscribe to the topic, this actor included if it does. `sent`: on its way to all.
   * `full`: a thread with subscribers has no room, those miss it. `dead`: nobody subscribes. A subscriber whose mailbox
   * is full misses it too. What is missed is a dead letter.
   */
  publish<T>(topic: Topic<T>, ...payload: PayloadArgs<T>): TellResult;
  /** The answer to the current message is given later, by this handle: return it. Other messages come meanwhile. */
  later<Reply>(): Later<Reply>;
  /**
   * From the next message on, these handlers stand in for the definition's own of the same names; without an argument
   * the definition's own are back. A restart brings them back, too.
   */
  become(handlers?: { readonly [M in Own]?: Handler<State, Own> }): void;
  /**
   * Sends the current message on as it came: with its sender, and with its ask, which `target` then answers. Before the
   * first `await`. Unless it answers `sent`, the message is still this handler's to answer or to send elsewhere.
   */
  forward(target: ActorRef): TellResult;
  /** Sets the current message aside, with its ask. Before the first `await`; at most 1,000, then it throws. */
  stash(): void;
  /** Puts all that was set aside back in front of the mailbox, in the order it came. */
  unstashAll(): void;
  /**
   * Sends this actor `method` with what the promise gives, or `failed` with its error. Without `failed` a rejection is
   * a fault. An incarnation that has ended hears nothing.
   */
  pipeToSelf(promise: PromiseLike<unknown>, method: Own, failed?: Own): void;
  /** Runs a CPU job on the pool of the process. */
  offload<Input, Output>(job: Job<Input, Output>, input: Input, options?: AskOptions): Promise<Output>;
}

/** Delays are milliseconds, as long as one likes; others throw `OPTIONS`, a method it does not have `NO_METHOD`. */
export interface ContextTimers<Own extends string = string> {
  /** Sends `method` to this actor once, after `delayMs`. The same key again replaces the timer. */
  after(key: string, delayMs: number, method: Own, payload?: unknown): void;
  /** Sends it again and again. */
  every(key: string, periodMs: number, method: Own, payload?: unknown): void;
  /** Sends `method` each time no message came for `delayMs` (up to a quarter more). 0 ends it. */
  idle(delayMs: number, method: Own, payload?: unknown): void;
  cancel(key: string): void;
}

type IsAny<T> = 0 extends 1 & T ? true : false;
type Optional<P> = IsAny<P> extends true ? true : undefined extends P ? true : false;

export type PayloadArgs<P> =
  Optional<P> extends true ? [payload?: P] : [P] extends [void] ? [] : [payload: P];
export type AskArgs<P, Options = AskOptions> =
  Optional<P> extends true
    ? [payload?: P, options?: Options]
    : [P] extends [void]
      ? [payload?: undefined, options?: Options]
      : [payload: P, options?: Options];

export interface ActorHooks<State, Own extends string = string> {
  /** After the state was made, before the first message. */
  started?(ctx: ActorContext<State, Own>): void | Promise<void>;
  /** On the old state, after the children stopped and before the new state is made. */
  restarting?(ctx: ActorContext<State, Own>, error: Error): void | Promise<void>;
  /** The last thing an actor does; its children are gone already. */
  stopped?(ctx: ActorContext<State, Own>, reason: StopReason): void | Promise<void>;
  /** A linked actor is gone. With this hook an actor traps that; without, it fails unless the end was a normal one. */
  exited?(ctx: ActorContext<State, Own>, ref: ActorRef, reason: StopReason): void | Promise<void>;
  /** A watched actor is gone. */
  terminated?(ctx: ActorContext<State, Own>, ref: ActorRef, reason: StopReason): void | Promise<void>;
}

export interface ActorSpecification<Args, State, Own extends string, H> {
  /** `import.meta.url` of the module that exports the definition; needed to run on another thread. */
  readonly module?: string;
  readonly name: string;
  /** Makes the state of each incarnation. */
  readonly state: (args: Args, ctx: ActorContext<unknown, Own>) => State | Promise<State>;
  readonly on: H & { readonly [M in Own]: Handler<State, Own> };
  /** Methods whose promise does not keep the actor from its next message. */
  readonly concurrent?: readonly (keyof H & string)[];
  /** Methods that an ask reaches also while this actor waits, in the same chain of asks, for an answer. */
  readonly reentrant?: readonly (keyof H & string)[];
  /** When a supervisor brings it back, unless `spawn` says otherwise. Default `permanent`. */
  readonly restart?: RestartType;
  /** How often a message that made the actor fail is handed to it again, before it is given up. Default 0. */
  readonly redeliver?: number;
  /** Methods that clients outside may call. Default: none. */
  readonly remote?: readonly (keyof H & string)[];
  readonly mailbox?: MailboxOptions;
  /** How its children are treated. */
  readonly supervision?: SupervisionOptions;
  readonly hooks?: ActorHooks<State, Own>;
}

/** A definition, ready to be spawned. */
export interface ActorDefinition<Args = unknown, P extends Protocol = Protocol> {
  readonly kind: "actor";
  readonly module: string | undefined;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the state's type is private to the definition
  readonly makeState: (args: Args, ctx: ActorContext<any>) => unknown;
  // biome-ignore lint/suspicious/noExplicitAny: the state's type is private to the definition
  readonly handlers: Handlers<any>;
  readonly concurrent: ReadonlySet<string> | undefined;
  readonly reentrant: ReadonlySet<string> | undefined;
  readonly restart: RestartType;
  readonly redeliver: number;
  readonly remote: ReadonlySet<string>;
  readonly capacity: number;
  /** @internal With fewer messages a mailbox takes one more without a question: 0 for those that have questions. */
  readonly ample: number;
  /** @internal */
  readonly last: LastCall;
  /** Set where the mailbox is more than a queue that answers `full`. */
  readonly mailbox: MailboxOptions | undefined;
  readonly supervision: SupervisionOptions | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the state's type is private to the definition
  readonly hooks: ActorHooks<any>;
  /** @internal What this one was made from by `become`. */
  readonly written: AnyDefinition | undefined;
  /** Types only: what the actor understands. */
  readonly protocol?: P;
}

// biome-ignore lint/suspicious/noExplicitAny: any definition at all
export type AnyDefinition = ActorDefinition<any, any>;
export type ArgsOf<D> = D extends ActorDefinition<infer A, Protocol> ? A : never;
// biome-ignore lint/suspicious/noExplicitAny: the arguments do not matter here
export type ProtocolOfDefinition<D> = D extends ActorDefinition<any, infer P> ? P : never;

/** The ref of an actor with this definition. */
export type RefOf<D> = ActorRef<ProtocolOfDefinition<D>>;

/** Defines an actor. Pure: nothing runs until it is spawned. */
export function defineActor<Args, State, Own extends string, H>(
  spec: ActorSpecification<Args, State, Own, H>,
): ActorDefinition<Args, ProtocolOf<H>> {
  checkSpecification(spec);
  const { redeliver = 0, restart = "permanent" } = spec;
  const capacity = spec.mailbox?.capacity ?? MAILBOX_CAPACITY;
  const mailbox = isPlain(spec.mailbox) ? undefined : spec.mailbox;
  return {
    kind: "actor",
    module: spec.module,
    name: spec.name,
    makeState: spec.state,
    handlers: withStreams(spec.on),
    concurrent: bothNames(spec.concurrent),
    reentrant: bothNames(spec.reentrant),
    restart,
    redeliver,
    remote: new Set<string>(spec.remote ?? []),
    capacity,
    ample: mailbox === undefined ? capacity : 0,
    last: new LastCall(),
    mailbox,
    supervision: spec.supervision,
    hooks: spec.hooks ?? {},
    written: undefined,
  };
}

/** Methods as they are written, and as they stand in the table should they be streams. */
function bothNames(methods: readonly string[] | undefined): Set<string> | undefined {
  return methods && new Set(methods.flatMap((method) => [method, streamName(method)]));
}

function isPlain(options: MailboxOptions | undefined): boolean {
  return (options?.kind ?? "fifo") === "fifo" && (options?.overflow ?? "reject") === "reject";
}
