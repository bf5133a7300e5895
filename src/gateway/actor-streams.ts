// The streams of one `hive.msgpack.v1` socket: each is read from its actor as far as the client's credit goes, and no
// further while the socket still has much to send. So a slow client holds back the actor; what waits for it in the hub
// is a window of elements, and no more than the smaller one of the client's and the hub's own.

import { Cancelled } from "../actor/errors.js";
import { roughBytes } from "../actor/outflow.js";
import { STREAM_WINDOW } from "../actor/stream.js";
import { ACTOR_PROTOCOL_LIMITS, type ClientFrame, type HubFrame } from "../wire/actor-protocol.js";
import { RequestError } from "../wire/http-shapes.js";
import type { LiveSocket } from "./live-socket.js";
import type { ActorBook, Begun } from "./reach-actor.js";

/** While this much waits for the socket, no more elements are taken. */
const BUFFERED_BYTES = 64 * 1024;
/** About how large a frame of many elements grows. */
const FRAME_BYTES = 32 * 1024;

type Opening = Extract<ClientFrame, { kind: "stream" }>;

class OpenStream {
  credit: number;
  readonly leaving = new AbortController();
  /** Goes on with a stream that waits for credit or room. */
  resume: (() => void) | undefined;

  constructor(credit: number) {
    this.credit = credit;
  }

  leave(): void {
    this.leaving.abort(new Cancelled("the client left the stream"));
    this.goOn();
  }

  goOn(): void {
    const { resume } = this;
    this.resume = undefined;
    resume?.();
  }
}

export class ActorStreams {
  readonly #socket: LiveSocket;
  readonly #book: ActorBook;
  /** Sends a frame; false for one of elements that are no plain data. */
  readonly #send: (frame: HubFrame) => boolean;
  readonly #fail: (id: number, error: unknown) => void;
  readonly #open = new Map<number, OpenStream>();

  constructor(
    socket: LiveSocket,
    book: ActorBook,
    send: (frame: HubFrame) => boolean,
    fail: (id: number, error: unknown) => void,
  ) {
    this.#socket = socket;
    this.#book = book;
    this.#send = send;
    this.#fail = fail;
  }

  get size(): number {
    return this.#open.size;
  }

  has(id: number): boolean {
    return this.#open.has(id);
  }

  open(frame: Opening): void {
    const { id } = frame;
    const stream = new OpenStream(frame.window);
    this.#open.set(id, stream);
    this.#read(frame, stream).then(
      () => this.#close(id, stream) && this.#send({ kind: "end", id }),
      (error: unknown) => this.#close(id, stream) && this.#fail(id, error),
    );
  }

  credit(id: number, count: number): void {
    const stream = this.#open.get(id);
    if (stream === undefined) return;
    stream.credit = Math.min(stream.credit + count, ACTOR_PROTOCOL_LIMITS.window);
    stream.goOn();
  }

  cancel(id: number): void {
    this.#open.get(id)?.leave();
  }

  /**
   * The socket has sent what waited. Why later: what is written inside the library's own callback and does not fit is
   * not looked after any more once that callback returns.
   */
  drained(): void {
    setImmediate(() => {
      for (const stream of this.#open.values()) stream.goOn();
    });
  }

  closed(): void {
    const all = [...this.#open.values()];
    this.#open.clear();
    for (const stream of all) stream.leave();
  }

  #close(id: number, stream: OpenStream): boolean {
    return this.#open.get(id) === stream && this.#open.delete(id);
  }

  async #read({ id, path, method, payload, window }: Opening, stream: OpenStream): Promise<void> {
    const { signal } = stream.leaving;
    const options = { window: Math.min(window, STREAM_WINDOW), timeoutMs: 0, signal };
    const begun = await this.#book.stream(path, method, payload, options);
    let { first } = begun;
    try {
      while (!first.done) {
        await this.#room(stream);
        // Why here: a stream that waited may have been cancelled, and what it had is of no use any more.
        if (signal.aborted) break;
        this.#sendElements(id, this.#gather(first.value, begun, stream));
        first = await begun.rest.next();
      }
      signal.throwIfAborted();
    } finally {
      await begun.rest.return();
    }
  }

  /** Waits until there is credit for an element and room on the socket. */
  async #room(stream: OpenStream): Promise<void> {
    while (
      !stream.leaving.signal.aborted &&
      (stream.credit === 0 || this.#socket.bufferedBytes > BUFFERED_BYTES)
    ) {
      await new Promise<void>((resolve) => {
        stream.resume = resolve;
      });
    }
  }

  /** An element and those that came with it. */
  #gather(first: unknown, { rest }: Begun, stream: OpenStream): unknown[] {
    const values = [first];
    let bytes = roughBytes(first);
    while (values.length < stream.credit && bytes < FRAME_BYTES) {
      const some = rest.ready(1);
      if (some.length === 0) break;
      values.push(some[0]);
      bytes += roughBytes(some[0]);
    }
    stream.credit -= values.length;
    return values;
  }

  /** Those that cannot go together go one by one, as far as they can. */
  #sendElements(id: number, values: readonly unknown[]): void {
    if (this.#send({ kind: "elements", id, values })) return;
    for (const value of values) {
      if (values.length > 1 && this.#send({ kind: "elements", id, values: [value] })) continue;
      throw new RequestError("ENCODE", "An element of the stream is not plain data, or larger than 8 MiB.");
    }
  }
}
