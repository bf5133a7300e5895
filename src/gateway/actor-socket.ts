// One `hive.msgpack.v1` socket: tells, asks and watches from outside, as wire/actor-protocol.ts defines them.
// Bytes are looked over before they are decoded, frames are validated, and only methods that a definition lists under
// `remote` are reachable. Every ask is answered exactly once while the socket lives; when it closes, its asks and
// streams are cancelled and its watches dropped. Streams have a file of their own: gateway/actor-streams.
// Why answers are looked over too: a client gets plain data; an error inside an answer would carry its stack.

import { errorToRecord } from "../base/errors.js";
import {
  ACTOR_PROTOCOL_LIMITS,
  type ClientFrame,
  clientFrameShape,
  type FrameError,
  type HubFrame,
  type TellOutcome,
} from "../wire/actor-protocol.js";
import { BoundaryError, inspectBoundary } from "../wire/boundary.js";
import { packPlain, unpackPlain } from "../wire/codec.js";
import { RequestError, readShape } from "../wire/http-shapes.js";
import { ActorStreams } from "./actor-streams.js";
import type { LiveSocket, SocketSession } from "./live-socket.js";
import type { ActorBook } from "./reach-actor.js";

const { messageBytes, depth, openAsks, watches } = ACTOR_PROTOCOL_LIMITS;
const INBOUND_CAPS = { maxBytes: messageBytes, maxDepth: depth };
/** An answer may be larger than a question: what an actor returns is bounded by what a message may be. */
const OUTBOUND_CAPS = { maxBytes: 8 * 1024 * 1024, maxDepth: depth };
/** RFC 6455: "unsupported data", for bytes that are no frame. */
const CLOSE_BAD_DATA = 1003;

interface Watch {
  /** Undefined while the actor is looked up. */
  unwatch: (() => void) | undefined;
}

type Frame<K extends ClientFrame["kind"]> = Extract<ClientFrame, { kind: K }>;

export class ActorSocket implements SocketSession {
  readonly #socket: LiveSocket;
  readonly #book: ActorBook;
  readonly #asks = new Map<number, AbortController>();
  readonly #watches = new Map<number, Watch>();
  readonly #streams: ActorStreams;

  constructor(socket: LiveSocket, book: ActorBook) {
    this.#socket = socket;
    this.#book = book;
    this.#streams = new ActorStreams(
      socket,
      book,
      (frame) => this.#offer(frame) === undefined,
      (id, error) => this.#send({ kind: "error", id, error: frameError(error) }),
    );
  }

  message(bytes: Uint8Array, isBinary: boolean): void {
    let frame: ClientFrame;
    try {
      frame = readFrame(bytes, isBinary);
    } catch (error) {
      this.#send({ kind: "error", error: frameError(error) });
      this.#socket.end(CLOSE_BAD_DATA, "the message is not a frame of hive.msgpack.v1");
      return;
    }
    switch (frame.kind) {
      case "tell":
        return this.#tell(frame);
      case "ask":
        return this.#ask(frame);
      case "stream":
        if (this.#mayOpen(frame.id)) this.#streams.open(frame);
        return;
      case "credit":
        return this.#streams.credit(frame.id, frame.count);
      case "cancel":
        this.#streams.cancel(frame.id);
        return this.#asks.get(frame.id)?.abort();
      case "watch":
        return this.#watch(frame);
      case "unwatch":
        return this.#unwatch(frame.id);
    }
  }

  drained(): void {
    this.#streams.drained();
  }

  closed(): void {
    for (const abort of this.#asks.values()) abort.abort();
    this.#streams.closed();
    for (const watch of this.#watches.values()) watch.unwatch?.();
    this.#asks.clear();
    this.#watches.clear();
  }

  #tell(frame: Frame<"tell">): void {
    const { id, path, method } = frame;
    const fail = (error: unknown): void => {
      if (id !== undefined) this.#send({ kind: "error", id, error: frameError(error) });
    };
    try {
      const told = this.#book.tell(path, method, frame.payload);
      if (told instanceof Promise) told.then((outcome) => this.#told(id, outcome)).catch(fail);
      else this.#told(id, told);
    } catch (error) {
      fail(error);
    }
  }

  #told(id: number | undefined, outcome: TellOutcome): void {
    if (id !== undefined) this.#send({ kind: "told", id, outcome });
  }

  /** Whether there is room for one more ask or stream, and its id is free; else the client is told. */
  #mayOpen(id: number): boolean {
    const refused =
      this.#asks.has(id) || this.#streams.has(id)
        ? new RequestError("CONFLICT", `An ask or stream with the id ${id} is open on this socket.`)
        : this.#asks.size + this.#streams.size >= openAsks
          ? new RequestError("QUEUE_FULL", `${openAsks} asks are open on this socket; wait for answers.`)
          : undefined;
    if (refused !== undefined) this.#send({ kind: "error", id, error: frameError(refused) });
    return refused === undefined;
  }

  #ask(frame: Frame<"ask">): void {
    const { id, path, method } = frame;
    if (!this.#mayOpen(id)) return;
    const abort = new AbortController();
    this.#asks.set(id, abort);
    const settle = (answer: HubFrame): void => {
      if (this.#asks.get(id) !== abort) return;
      this.#asks.delete(id);
      this.#send(answer);
    };
    const { signal } = abort;
    const options = frame.timeout_ms === undefined ? { signal } : { signal, timeoutMs: frame.timeout_ms };
    // Why inside a promise: an ask that throws at once is answered like one that rejects later.
    new Promise((resolve) => resolve(this.#book.ask(path, method, frame.payload, options))).then(
      (value) => settle(value === undefined ? { kind: "reply", id } : { kind: "reply", id, value }),
      (error) => settle({ kind: "error", id, error: frameError(error) }),
    );
  }

  #watch(frame: Frame<"watch">): void {
    const { id, path } = frame;
    const refused = this.#watches.has(id)
      ? new RequestError("CONFLICT", `A watch with the id ${id} is open on this socket.`)
      : this.#watches.size >= watches
        ? new RequestError("QUEUE_FULL", `${watches} watches are open on this socket; end some of them.`)
        : undefined;
    if (refused !== undefined) return this.#send({ kind: "error", id, error: frameError(refused) });
    const watch: Watch = { unwatch: undefined };
    this.#watches.set(id, watch);
    const end = (reason: string): void => {
      if (this.#watches.get(id) !== watch) return;
      this.#watches.delete(id);
      this.#send({ kind: "terminated", id, reason });
    };
    this.#book.watch(path, end).then(
      (unwatch) => {
        if (this.#watches.get(id) === watch) watch.unwatch = unwatch;
        else unwatch();
      },
      () => end("no-actor"),
    );
  }

  #unwatch(id: number): void {
    this.#watches.get(id)?.unwatch?.();
    this.#watches.delete(id);
  }

  #send(frame: HubFrame): void {
    const why = this.#offer(frame);
    if (why === undefined) return;
    const error: FrameError = { code: "ENCODE", message: `The answer is not plain data: ${why}` };
    this.#offer(
      "id" in frame && frame.id !== undefined
        ? { kind: "error", id: frame.id, error }
        : { kind: "error", error },
    );
  }

  /** Sends a frame, or says why it cannot be sent. */
  #offer(frame: HubFrame): string | undefined {
    try {
      const bytes = packPlain(frame);
      inspectBoundary(bytes, OUTBOUND_CAPS);
      this.#socket.send(bytes);
      return undefined;
    } catch (error) {
      return error instanceof BoundaryError ? error.message : "It cannot be serialised.";
    }
  }
}

function readFrame(bytes: Uint8Array, isBinary: boolean): ClientFrame {
  if (!isBinary) throw new BoundaryError("The message is text; frames are binary MessagePack.");
  inspectBoundary(bytes, INBOUND_CAPS);
  let value: unknown;
  try {
    value = unpackPlain(bytes);
  } catch (error) {
    throw new BoundaryError(`The message does not decode: ${(error as Error).message}`);
  }
  return readShape(clientFrameShape, value, "The frame");
}

/** An error as a client sees it: code, message and plain data; no stack, no cause. */
function frameError(thrown: unknown): FrameError {
  const { code, message, data } = errorToRecord(thrown);
  return { code, message, ...(data === undefined || Object.keys(data).length === 0 ? {} : { data }) };
}
