// Actors, from a client program: typed refs over one `hive.msgpack.v1` socket.
//   client.actor<typeof Counter>("/user/c1").ask("get")
//   for await (const line of client.actor<typeof Log>("/user/log").stream("lines")) …   (client/actor-streams)
// Every ask settles: with the reply, the handler's error, TIMEOUT, CANCELLED, or CONNECTION_LOST when the socket goes
// away after it was sent. What was not sent yet waits for the socket to come back, up to its timeout.
// Why a lost ask is not sent again: nobody knows whether the actor did it.

import { LISTEN_OPTIONS, type ListenOptions, listening } from "../base/listening.js";
import { TIME_LIMIT_MAX_MS } from "../base/time-limit.js";
import {
  ACTOR_PROTOCOL,
  ACTOR_PROTOCOL_LIMITS,
  type ClientFrame,
  type FrameError,
  type HubFrame,
  type TellOutcome,
} from "../wire/actor-protocol.js";
import { unpackPlain } from "../wire/codec.js";
import { ActorStreams, type RemoteStream, type RemoteStreamOptions } from "./actor-streams.js";
import {
  answeredError,
  type ClientError,
  type Closing,
  cancelled,
  clientClosed,
  ClientError as Failure,
  socketLost,
  timeLimit,
} from "./errors.js";
import { packFrame } from "./frames.js";
import { requireKnown } from "./given.js";
import { SteadySocket, type SteadySocketOptions } from "./steady-socket.js";

/** For each method the payload it takes and the reply it gives, or what it streams. */
export type ActorMethods = Readonly<Record<string, { payload: unknown; reply: unknown; element?: unknown }>>;
// An actor nobody described takes anything and answers anything.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyMethods = Readonly<Record<string, { payload: any; reply: any; element?: any }>>;

/** The methods of an actor definition, read from its type. */
export type MethodsOf<D> = D extends { readonly protocol?: infer P }
  ? NonNullable<P> extends ActorMethods
    ? NonNullable<P>
    : AnyMethods
  : AnyMethods;

export interface RemoteAskOptions {
  /** Default 5,000; 0 for no limit. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** True for `any`, which would otherwise pass for a method without payload. */
type IsAny<T> = 0 extends 1 & T ? true : false;
type PayloadArgs<P, Rest extends unknown[]> =
  IsAny<P> extends true
    ? [payload?: P, ...Rest]
    : [P] extends [void]
      ? [payload?: undefined, ...Rest]
      : undefined extends P
        ? [payload?: P, ...Rest]
        : [payload: P, ...Rest];
/** Methods that stream; of an actor that nobody described, any may. */
type StreamMethods<P> = {
  [M in keyof P & string]: P[M] extends { element: unknown }
    ? M
    : IsAny<ElementOf<P[M]>> extends true
      ? M
      : never;
}[keyof P & string];
/** Methods that answer once. */
type AskMethods<P> = {
  [M in keyof P & string]: P[M] extends { element: unknown } ? never : M;
}[keyof P & string];
type ElementOf<Method> = Method extends { element?: infer E } ? E : never;
type TellArgs<P> = PayloadArgs<P, []>;
type AskArgs<P> = PayloadArgs<P, [options?: RemoteAskOptions]>;
type StreamArgs<P> = PayloadArgs<P, [options?: RemoteStreamOptions]>;

/** An actor inside a hub. Only the methods that its definition lists under `remote` answer. */
export interface RemoteActor<P extends ActorMethods = AnyMethods> {
  readonly path: string;
  /** Resolves with what became of the message: `sent`, `full` or `dead`. */
  tell<M extends AskMethods<P>>(method: M, ...payload: TellArgs<P[M]["payload"]>): Promise<TellOutcome>;
  ask<M extends AskMethods<P>>(method: M, ...rest: AskArgs<P[M]["payload"]>): Promise<P[M]["reply"]>;
  /** Elements of a stream method, in order and no faster than they are taken. */
  stream<M extends StreamMethods<P>>(
    method: M,
    ...rest: StreamArgs<P[M]["payload"]>
  ): RemoteStream<ElementOf<P[M]>>;
  /**
   * Calls `ended` exactly once, when the actor is gone; also if it is gone already. Returns the way to unwatch.
   * Throws QUEUE_FULL when 1,024 watches of this client are open.
   */
  watch(ended: (reason: { readonly code: string }) => void, options?: ListenOptions): () => void;
}

const ASK_TIMEOUT_MS = 5_000;
const WATCHES_MAX = ACTOR_PROTOCOL_LIMITS.watches;
/** The hub settles an ask at its deadline; if even that does not come, the client does it this much later. */
const GRACE_MS = 1_000;

interface Pending {
  readonly frame: Uint8Array;
  sent: boolean;
  readonly settle: (outcome: HubFrame | ClientError) => void;
}

interface Watch {
  readonly frame: Uint8Array;
  readonly ended: (reason: { readonly code: string }) => void;
}

export class ActorChannel {
  readonly #socket: SteadySocket;
  readonly #pending = new Map<number, Pending>();
  readonly #watches = new Map<number, Watch>();
  readonly #streams: ActorStreams;
  #lastId = 0;
  /** What the hub said of the connection as a whole, before it closed it. */
  #complaint: FrameError | undefined;
  /** Why nothing more can be sent: the client was closed, or its token was refused. */
  #over: ClientError | undefined;

  constructor(source: Pick<SteadySocketOptions, "url" | "token" | "diagnose">) {
    this.#socket = new SteadySocket({
      ...source,
      protocol: ACTOR_PROTOCOL,
      opened: () => this.#opened(),
      message: (data) => this.#take(unpackPlain(data as Uint8Array) as HubFrame),
      lost: (code, reason) => this.#lost({ code, reason, complaint: this.#complaint }),
      failed: (error) => this.#end(error),
    });
    this.#streams = new ActorStreams({
      nextId: () => ++this.#lastId,
      send: (frame) => this.#socket.send(frame),
      start: () => this.#socket.start(),
      over: () => this.#over,
    });
  }

  actor<D>(path: string): RemoteActor<MethodsOf<D>> {
    const ref: RemoteActor = {
      path,
      tell: async (method, payload?: unknown) => {
        const tell = { kind: "tell", id: ++this.#lastId, path, method, payload } as const;
        const frame = await this.#request(tell, ASK_TIMEOUT_MS);
        return frame.kind === "told" ? frame.outcome : "dead";
      },
      ask: async (method, payload?: unknown, options: RemoteAskOptions = {}) => {
        requireKnown("ask", options, ["timeoutMs", "signal"]);
        const limitMs = timeLimit(options.timeoutMs, ASK_TIMEOUT_MS);
        const ask = {
          kind: "ask",
          id: ++this.#lastId,
          path,
          method,
          payload,
          timeout_ms: limitMs,
        } as const;
        const frame = await this.#request(ask, limitMs, options.signal);
        return frame.kind === "reply" ? frame.value : undefined;
      },
      stream: (method, payload?: unknown, options?: RemoteStreamOptions) =>
        this.#streams.stream(path, method, payload, options),
      watch: (ended, options = {}) => {
        requireKnown("watch", options, LISTEN_OPTIONS);
        return listening("watch", options, (over) => this.#watch(path, ended, over));
      },
    };
    return ref as RemoteActor<MethodsOf<D>>;
  }

  close(): void {
    this.#socket.close();
    this.#end(clientClosed());
  }

  async #request(
    request: ClientFrame & { id?: number },
    limitMs: number,
    signal?: AbortSignal,
  ): Promise<HubFrame> {
    if (signal?.aborted) throw cancelled(signal);
    const id = request.id as number;
    const frame = packFrame(request);
    if (this.#over !== undefined) throw this.#over;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#socket.send(packFrame({ kind: "cancel", id }));
        pending.settle(cancelled(signal as AbortSignal));
      };
      const expire = (): void => {
        const what = `No answer within ${limitMs} ms; raise timeoutMs, or look why the actor or the hub is slow.`;
        pending.settle(new Failure("TIMEOUT", what));
      };
      const waitMs = Math.min(limitMs + GRACE_MS, TIME_LIMIT_MAX_MS);
      const timer = limitMs === 0 ? undefined : setTimeout(expire, waitMs);
      const pending: Pending = {
        frame,
        sent: false,
        settle: (outcome) => {
          if (!this.#pending.delete(id)) return;
          clearTimeout(timer);
          signal?.removeEventListener("abort", onAbort);
          if (outcome instanceof Failure) reject(outcome);
          else if (outcome.kind === "error") reject(answeredFrame(outcome));
          else resolve(outcome);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#pending.set(id, pending);
      this.#dispatch(pending);
      this.#socket.start();
    });
  }

  #watch(path: string, told: Watch["ended"], over: () => void): () => void {
    const ended: Watch["ended"] = (reason) => {
      over();
      told(reason);
    };
    const id = ++this.#lastId;
    const frame = packFrame({ kind: "watch", id, path });
    if (this.#over !== undefined) throw this.#over;
    // The hub counts the same, and never more: it hears of each end before this client does.
    if (this.#watches.size >= WATCHES_MAX) {
      const what = `${path}: ${WATCHES_MAX} watches of this client are open, as many as one socket may have`;
      throw new Failure("QUEUE_FULL", `${what}; end some of them, or connect another client.`);
    }
    this.#watches.set(id, { frame, ended });
    this.#socket.send(frame);
    this.#socket.start();
    return () => {
      if (this.#watches.delete(id)) this.#socket.send(packFrame({ kind: "unwatch", id }));
    };
  }

  /** Sends what waits, if the socket is open. */
  #dispatch(pending: Pending): void {
    pending.sent = this.#socket.send(pending.frame);
  }

  #opened(): void {
    this.#complaint = undefined;
    for (const { frame } of this.#watches.values()) this.#socket.send(frame);
    for (const pending of [...this.#pending.values()]) if (!pending.sent) this.#dispatch(pending);
    this.#streams.opened();
  }

  #lost(closing: Closing): void {
    const what = "The connection to the hub was lost after the message was sent; it may have been done.";
    const error = socketLost(closing, what);
    for (const pending of [...this.#pending.values()]) if (pending.sent) pending.settle(error);
    this.#streams.lost(closing);
  }

  #end(error: ClientError): void {
    this.#over = error;
    for (const pending of [...this.#pending.values()]) pending.settle(error);
    this.#streams.failAll(error);
  }

  #take(frame: HubFrame): void {
    if (frame.kind === "terminated") {
      const watch = this.#watches.get(frame.id);
      this.#watches.delete(frame.id);
      watch?.ended({ code: frame.reason });
    } else if (frame.kind === "elements") this.#streams.take(frame.id, frame.values);
    else if (frame.kind === "end") this.#streams.end(frame.id);
    else if (frame.id !== undefined) {
      if (frame.kind === "error" && this.#streams.end(frame.id, answeredFrame(frame))) return;
      this.#pending.get(frame.id)?.settle(frame);
    } else if (frame.kind === "error") this.#complaint = frame.error;
  }
}

function answeredFrame({ error }: Extract<HubFrame, { kind: "error" }>): ClientError {
  const { code, message, data } = error;
  return answeredError({ code, message, ...(data === undefined ? {} : { details: data }) });
}
