// A socket that comes back: opened again with backoff until it is closed on purpose. What was in flight when it was
// lost is for its owner to settle; `opened` is called each time it is open again.

import { TOKEN_PROTOCOL_PREFIX } from "../wire/actor-protocol.js";
import type { ClientError } from "./errors.js";
import { backoffMs, pause } from "./pause.js";
import { openSocket, type PlainSocket } from "./socket.js";

export interface SteadySocketOptions {
  /** The hub, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly token: string | undefined;
  readonly protocol: string;
  opened(): void;
  message(data: string | Uint8Array): void;
  /** It was open and is no more. It comes back by itself. */
  lost(code: number, reason: string): void;
  /** It could not be opened. Resolves with an error when trying again is pointless, such as a refused token. */
  diagnose(): Promise<ClientError | undefined>;
  /** It will not be tried again. */
  failed(error: ClientError): void;
}

const OPEN = 1;
const CLOSE_NORMAL = 1000;

export class SteadySocket {
  readonly #options: SteadySocketOptions;
  readonly #stop = new AbortController();
  #socket: PlainSocket | undefined;
  #running = false;

  constructor(options: SteadySocketOptions) {
    this.#options = options;
  }

  get open(): boolean {
    return this.#socket?.readyState === OPEN;
  }

  /** Opens it and keeps it open. Calling it again is fine. */
  start(): void {
    if (this.#running || this.#stop.signal.aborted) return;
    this.#running = true;
    void this.#keepOpen();
  }

  /** False when it is not open; nothing is kept for later. */
  send(data: string | Uint8Array): boolean {
    if (!this.open) return false;
    this.#socket?.send(data);
    return true;
  }

  /** Drops the connection; it comes back by itself. */
  drop(): void {
    this.#socket?.close(CLOSE_NORMAL, "reconnecting");
  }

  close(): void {
    this.#stop.abort();
    this.#socket?.close(CLOSE_NORMAL, "done");
  }

  async #keepOpen(): Promise<void> {
    const { signal } = this.#stop;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const wasOpen = await this.#session();
      if (signal.aborted) return;
      if (wasOpen) attempt = 1;
      else {
        const pointless = await this.#options.diagnose();
        if (pointless !== undefined) {
          this.#stop.abort();
          this.#options.failed(pointless);
          return;
        }
      }
      await pause(backoffMs(attempt), signal).catch(() => undefined);
    }
  }

  /** One connection, from its start to its end. Resolves with whether it was ever open. */
  async #session(): Promise<boolean> {
    const { url, token, protocol } = this.#options;
    const address = new URL("/ws", url);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const protocols = token === undefined ? [protocol] : [protocol, TOKEN_PROTOCOL_PREFIX + token];
    const socket = await openSocket(address.href, protocols);
    if (this.#stop.signal.aborted) {
      socket.onerror = () => undefined;
      socket.close();
      return false;
    }
    this.#socket = socket;
    return new Promise((resolve) => {
      let wasOpen = false;
      socket.onopen = () => {
        wasOpen = true;
        this.#options.opened();
      };
      socket.onmessage = ({ data }) => {
        this.#options.message(typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer));
      };
      socket.onerror = () => undefined;
      socket.onclose = ({ code, reason }) => {
        if (this.#socket === socket) this.#socket = undefined;
        if (wasOpen) this.#options.lost(code, String(reason));
        resolve(wasOpen);
      };
    });
  }
}
