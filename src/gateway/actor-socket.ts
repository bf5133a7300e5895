// One `hive.msgpack.v1` socket: tells, asks and watches from outside, as wire/actor-protocol.ts defines them.
// Bytes are looked over before they are decoded, frames are validated, and only methods that a definition lists under
// `remote` are reachable. Every ask is answered exactly once while the socket lives; when it closes, its asks are
// cancelled and its watches dropped.
// Why answers are looked over too: a client gets plain data; an error inside an answer would carry its stack.

import { errorToRecord } from "../base/errors.js";
import {
  ACTOR_PROTOCOL_LIMITS,
  type ClientFrame,
  clientFrameShape,
  type FrameError,
  type HubFrame,
} from "../wire/actor-protocol.js";
import { BoundaryError, inspectBoundary } from "../wire/boundary.js";
import { packPlain, unpackPlain } from "../wire/codec.js";
import { RequestError, readShape } from "../wire/http-shapes.js";
import type { ActorFace, SystemFace } from "./faces.js";
import type { LiveSocket, SocketSession } from "./live-socket.js";
import { reachActor } from "./reach-actor.js";

const { messageBytes, depth, openAsks, watches, timeoutMs } = ACTOR_PROTOCOL_LIMITS;
const INBOUND_CAPS = { maxBytes: messageBytes, maxDepth: depth };
/** An answer may be larger than a question: what an actor returns is bounded by what a message may be. */
const OUTBOUND_CAPS = { maxBytes: 8 * 1024 * 1024, maxDepth: depth };
/** RFC 6455: "unsupported data", for bytes that are no frame. */
const CLOSE_BAD_DATA = 1003;

type Frame<K extends ClientFrame["kind"]> = Extract<ClientFrame, { kind: K }>;

export class ActorSocket implements SocketSession {
  readonly #socket: LiveSocket;
  readonly #system: SystemFace;
  readonly #asks = new Map<number, AbortController>();
  readonly #watches = new Map<number, () => void>();

  constructor(socket: LiveSocket, system: SystemFace) {
    this.#socket = socket;
    this.#system = system;
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
      case "cancel":
        return this.#asks.get(frame.id)?.abort();
      case "watch":
        return this.#watch(frame);
      case "unwatch":
        return this.#unwatch(frame.id);
    }
  }

  drained(): void {}

  closed(): void {
    for (const abort of this.#asks.values()) abort.abort();
    for (const unwatch of this.#watches.values()) unwatch();
    this.#asks.clear();
    this.#watches.clear();
  }

  #tell(frame: Frame<"tell">): void {
    const { id } = frame;
    try {
      const outcome = reachActor(this.#system, frame.path, frame.method).tell(frame.method, frame.payload);
      if (id !== undefined) this.#send({ kind: "told", id, outcome });
    } catch (error) {
      if (id !== undefined) this.#send({ kind: "error", id, error: frameError(error) });
    }
  }

  #ask(frame: Frame<"ask">): void {
    const { id } = frame;
    const abort = new AbortController();
    let actor: ActorFace;
    try {
      if (this.#asks.has(id))
        throw new RequestError("CONFLICT", `An ask with the id ${id} is open on this socket.`);
      if (this.#asks.size >= openAsks)
        throw new RequestError("QUEUE_FULL", `${openAsks} asks are open on this socket.`);
      actor = reachActor(this.#system, frame.path, frame.method);
    } catch (error) {
      this.#send({ kind: "error", id, error: frameError(error) });
      return;
    }
    this.#asks.set(id, abort);
    const options = {
      signal: abort.signal,
      ...(frame.timeout_ms === undefined ? {} : { timeoutMs: Math.min(frame.timeout_ms, timeoutMs) }),
    };
    const settle = (answer: HubFrame): void => {
      if (this.#asks.get(id) !== abort) return;
      this.#asks.delete(id);
      this.#send(answer);
    };
    // Why inside a promise: an ask that throws at once is answered like one that rejects later.
    new Promise((resolve) => resolve(actor.ask(frame.method, frame.payload, options))).then(
      (value) => settle(value === undefined ? { kind: "reply", id } : { kind: "reply", id, value }),
      (error) => settle({ kind: "error", id, error: frameError(error) }),
    );
  }

  #watch(frame: Frame<"watch">): void {
    const { id, path } = frame;
    if (this.#watches.has(id) || this.#watches.size >= watches) {
      const error = new RequestError(
        "CONFLICT",
        `The watch ${id} is open, or ${watches} are open on this socket.`,
      );
      this.#send({ kind: "error", id, error: frameError(error) });
      return;
    }
    const actor = this.#system.find(path);
    if (actor === undefined) {
      this.#send({ kind: "terminated", id, reason: "no-actor" });
      return;
    }
    this.#watches.set(id, () => undefined);
    const unwatch = actor.watch((reason) => {
      if (this.#watches.delete(id)) this.#send({ kind: "terminated", id, reason });
    });
    if (this.#watches.has(id)) this.#watches.set(id, unwatch);
  }

  #unwatch(id: number): void {
    this.#watches.get(id)?.();
    this.#watches.delete(id);
  }

  #send(frame: HubFrame): void {
    let bytes: Uint8Array;
    try {
      bytes = packPlain(frame);
      inspectBoundary(bytes, OUTBOUND_CAPS);
    } catch (error) {
      const why = error instanceof BoundaryError ? error.message : "It cannot be serialised.";
      const message = `The answer is not plain data: ${why}`;
      const failure: HubFrame = { kind: "error", error: { code: "ENCODE", message } };
      bytes = packPlain("id" in frame && frame.id !== undefined ? { ...failure, id: frame.id } : failure);
    }
    this.#socket.send(bytes);
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
