// Streams from actors inside a hub, over the one socket that the actors of a client share. The reading end is the same
// as between actors (base/inflow); only what lies behind it differs: frames instead of rings.
// Why a lost stream is not opened again: nobody knows how far its elements were meant for the one who reads on.

import { Inflow } from "../base/inflow.js";
import { ACTOR_PROTOCOL_LIMITS } from "../wire/actor-protocol.js";
import {
  type ClientError,
  type Closing,
  cancelled,
  ClientError as Failure,
  refused,
  socketLost,
  timeLimit,
} from "./errors.js";
import { packFrame } from "./frames.js";
import { requireKnown } from "./given.js";

export interface RemoteStreamOptions {
  /** How long the reader waits for each next element. Default 5,000 milliseconds; 0 means for ever. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** How many elements may be under way. Default 64, at most 1,024. */
  readonly window?: number;
}

/** Elements of a stream method, in order. Nothing is sent before the first `next()`; leave by `break` or `return()`. */
export interface RemoteStream<E> extends AsyncIterableIterator<E, undefined>, AsyncDisposable {
  return(): Promise<IteratorResult<E, undefined>>;
  throw(error: unknown): Promise<IteratorResult<E, undefined>>;
  [Symbol.asyncIterator](): this;
}

const STREAM_WINDOW = 64;
const STREAM_TIMEOUT_MS = 5_000;

const clock = { nowMs: () => performance.now() };
const timers = {
  after: (delayMs: number, fire: () => void) => {
    const timer = setTimeout(fire, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

interface OpenStream {
  /** The frame that opens it. */
  readonly frame: Uint8Array;
  readonly inflow: Inflow<unknown>;
  sent: boolean;
}

export interface StreamSocket {
  nextId(): number;
  /** False when the socket is not open. */
  send(frame: Uint8Array): boolean;
  start(): void;
  /** Why it will never be open again. */
  over(): ClientError | undefined;
}

export class ActorStreams {
  readonly #socket: StreamSocket;
  readonly #open = new Map<number, OpenStream>();

  constructor(socket: StreamSocket) {
    this.#socket = socket;
  }

  stream(
    path: string,
    method: string,
    payload: unknown,
    options: RemoteStreamOptions = {},
  ): RemoteStream<unknown> {
    const { window = STREAM_WINDOW, signal } = options;
    requireKnown("stream", options, ["timeoutMs", "signal", "window"]);
    checkWindow(window);
    const timeoutMs = timeLimit(options.timeoutMs, STREAM_TIMEOUT_MS);
    const id = this.#socket.nextId();
    const inflow: Inflow<unknown> = new Inflow<unknown>(
      {
        open: () => {
          const over = this.#socket.over();
          if (over !== undefined) return inflow.end(over);
          let frame: Uint8Array;
          try {
            frame = packFrame({ kind: "stream", id, path, method, payload, window });
          } catch (error) {
            return inflow.end(refused(error));
          }
          const stream: OpenStream = { frame, inflow, sent: false };
          this.#open.set(id, stream);
          this.#dispatch(stream);
          this.#socket.start();
        },
        grant: (count) => void this.#socket.send(packFrame({ kind: "credit", id, count })),
        cancel: () => void this.#socket.send(packFrame({ kind: "cancel", id })),
        closed: () => this.#open.delete(id),
        timedOut: () => {
          const what = `No element of "${method}" within ${timeoutMs} ms; raise timeoutMs, or look why it is slow.`;
          return new Failure("TIMEOUT", what);
        },
        aborted: (given) => cancelled(given),
      },
      { window, timeoutMs, signal, clock, timers },
    );
    return inflow;
  }

  /** Elements from the hub; some may be of streams that were left meanwhile. */
  take(id: number, values: readonly unknown[]): void {
    this.#open.get(id)?.inflow.take([...values]);
  }

  /** The hub says that it is over. True if there was such a stream. */
  end(id: number, error?: ClientError): boolean {
    const stream = this.#open.get(id);
    stream?.inflow.end(error);
    return stream !== undefined;
  }

  /** The socket is open again: sends what waited for it. */
  opened(): void {
    for (const stream of [...this.#open.values()]) if (!stream.sent) this.#dispatch(stream);
  }

  lost(closing: Closing): void {
    const error = socketLost(closing, "The connection to the hub was lost in the middle of the stream.");
    for (const { sent, inflow } of [...this.#open.values()]) if (sent) inflow.end(error);
  }

  failAll(error: ClientError): void {
    for (const { inflow } of [...this.#open.values()]) inflow.end(error);
  }

  #dispatch(stream: OpenStream): void {
    stream.sent = this.#socket.send(stream.frame);
  }
}

function checkWindow(window: number): void {
  const { window: most } = ACTOR_PROTOCOL_LIMITS;
  if (!Number.isInteger(window) || window < 1 || window > most)
    throw new Failure("OPTIONS", `window: ${window}; give a whole number of elements from 1 to ${most}.`);
}
