// One WebSocket, from its upgrade to its close. Wraps the library's socket, which must not be touched once closed, and
// keeps the promise that a slow consumer is told and cut: the first message that was dropped dooms the socket.
// Why cut and not skip: events carry one hub-wide sequence; a client that was cut resumes from the last number it saw,
// a client that silently missed one cannot know.

/** The library's socket. */
export interface RawSocket {
  send(message: string | Uint8Array, isBinary: boolean): number;
  end(code: number, reason: string): void;
  close(): void;
  cork(write: () => void): unknown;
  getBufferedAmount(): number;
  subscribe(topic: string): boolean;
  unsubscribe(topic: string): boolean;
}

/** What a subprotocol does with a socket it was given. */
export interface SocketSession {
  /** A whole message; `bytes` may be kept. */
  message(bytes: Uint8Array, isBinary: boolean): void;
  /** What waited for a slow consumer has been sent. */
  drained(): void;
  /** The socket is gone; nothing may be sent any more. */
  closed(): void;
}

const DROPPED = 2;
/** RFC 6455: "try again later". */
const CLOSE_TRY_AGAIN_LATER = 1013;
/** How long a doomed or ended socket may take to close by itself. */
const CUT_AFTER_MS = 5_000;
/** A close frame is dropped like any other while too much waits; below this it is not. */
const CLOSE_FRAME_ROOM_BYTES = 64 * 1024;

export class LiveSocket {
  session: SocketSession | undefined;
  readonly #topics = new Set<string>();
  readonly #after: (delayMs: number, fire: () => void) => void;
  #raw: RawSocket | undefined;
  #state: "open" | "doomed" | "ended" = "open";

  constructor(after: (delayMs: number, fire: () => void) => void) {
    this.#after = after;
  }

  /** False once the socket is closed, closing or doomed; sending is then without effect. */
  get open(): boolean {
    return this.#raw !== undefined && this.#state === "open";
  }

  get bufferedBytes(): number {
    return this.#raw?.getBufferedAmount() ?? 0;
  }

  attach(raw: RawSocket): void {
    this.#raw = raw;
  }

  /** Sends one message. False when it was not sent because the socket is closed or too slow. */
  send(message: string | Uint8Array): boolean {
    const raw = this.#raw;
    if (raw === undefined || this.#state !== "open") return false;
    if (raw.send(message, typeof message !== "string") !== DROPPED) return true;
    this.doom();
    return false;
  }

  /** Sends text messages in as few packets as possible, up to the first that is dropped. */
  sendTexts(batch: readonly Uint8Array[]): void {
    const raw = this.#raw;
    if (raw === undefined || this.#state !== "open") return;
    raw.cork(() => {
      for (const message of batch) {
        if (this.#state !== "open") return;
        if (raw.send(message, false) === DROPPED) this.doom();
      }
    });
  }

  join(topic: string): void {
    if (!this.open) return;
    this.#topics.add(topic);
    this.#raw?.subscribe(topic);
  }

  leave(topic: string): void {
    if (this.#topics.delete(topic)) this.#raw?.unsubscribe(topic);
  }

  /**
   * Cuts a consumer that was too slow. It is told with a close frame once there is room for one, and simply cut when
   * that takes too long.
   */
  doom(): void {
    if (this.#state !== "open") return;
    this.#state = "doomed";
    this.#after(CUT_AFTER_MS, () => this.#raw?.close());
    // Why later: this may be called from inside the library's own walk over its sockets.
    setImmediate(() => {
      this.leaveAll();
      this.#endSession();
      this.drained();
    });
  }

  /** Takes a doomed socket off its topics, so that nothing follows the message it missed. */
  leaveAll(): void {
    for (const topic of this.#topics) this.leave(topic);
  }

  /** What waited has been sent, or some of it. */
  drained(): void {
    if (this.#state === "open") this.session?.drained();
    else if (this.#state === "doomed" && this.bufferedBytes < CLOSE_FRAME_ROOM_BYTES) {
      this.#state = "ended";
      this.#raw?.end(CLOSE_TRY_AGAIN_LATER, "too slow: a message was dropped; resume from your last seq");
    }
  }

  /** Closes with a code and a reason (at most 123 bytes). */
  end(code: number, reason: string): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    this.#raw?.end(code, reason);
    if (this.#raw !== undefined) this.#after(CUT_AFTER_MS, () => this.#raw?.close());
  }

  /** The library says that the socket is gone. */
  detach(): void {
    this.#raw = undefined;
    this.#topics.clear();
    this.#endSession();
  }

  #endSession(): void {
    const { session } = this;
    this.session = undefined;
    session?.closed();
  }
}
