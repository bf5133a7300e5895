// A WebSocket client of the tests.

import { once } from "node:events";
import type { WebSocket } from "ws";
import { unpackPlain } from "../../src/wire/codec.js";

export interface Message {
  readonly type: string;
  readonly seq?: number;
  readonly success?: boolean;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string };
  readonly correlation_id?: string;
}

/** A socket that keeps what it hears. */
export class Listener {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  closeCode: number | undefined;
  closeReason = "";

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data, isBinary) => {
      const bytes = data as Buffer;
      this.messages.push((isBinary ? unpackPlain(bytes) : JSON.parse(bytes.toString())) as Message);
    });
    socket.on("close", (code, reason) => {
      this.closeCode = code;
      this.closeReason = String(reason);
    });
    socket.on("error", () => undefined);
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      const ended = new AbortController();
      const { signal } = ended;
      const heard = ["message", "close"].map((name) =>
        once(this.socket, name, { signal }).catch(() => undefined),
      );
      await Promise.race(heard);
      ended.abort();
    }
  }

  async ask(action: string, payload: unknown): Promise<Message> {
    const id = `c${this.messages.length}-${action}`;
    this.socket.send(JSON.stringify({ action, payload, correlation_id: id }));
    await this.until(() => this.messages.some((one) => one.correlation_id === id));
    return this.messages.find((one) => one.correlation_id === id) as Message;
  }

  get seqs(): number[] {
    return this.messages.flatMap((one) => (one.seq === undefined ? [] : [one.seq]));
  }
}
