// A real server with real small routes, and a raw socket that says exactly what a test tells it to.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { systemClock, systemTimers } from "../../src/base/clock.js";
import type { Log } from "../../src/base/ports.js";
import type { Route } from "../../src/gateway/exchange.js";
import { ANONYMOUS } from "../../src/gateway/http-exchange.js";
import { openServer, type Server, type ServerOptions } from "../../src/gateway/server.js";

export interface LoggedLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that keeps its lines. */
export function keepLog(): Log & { readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  return { lines, log: (level, message, fields = {}) => void lines.push({ level, message, fields }) };
}

/** Opens a server on a free port with these routes; everybody may call. */
export async function serve(routes: readonly Route[], options: Partial<ServerOptions> = {}): Promise<Server> {
  return openServer({
    host: "127.0.0.1",
    port: 0,
    bodyLimitBytes: 1024 * 1024,
    routes,
    gate: () => ANONYMOUS,
    originHeaders: () => undefined,
    sockets: {
      path: "/ws",
      maxSockets: 10,
      messageBytesMax: 64 * 1024,
      bufferedBytesMax: 1024 * 1024,
      admit: () => ({
        protocol: "",
        start: (socket) => ({
          message: (bytes) => void socket.send(bytes),
          drained: () => undefined,
          closed: () => undefined,
        }),
      }),
    },
    clock: systemClock(),
    timers: systemTimers(),
    log: keepLog(),
    observe: () => undefined,
    ...options,
  });
}

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** True when the server closed the connection after it. */
  readonly closed: boolean;
}

/** A connection that sends bytes as given and collects what comes back. */
export class RawConnection {
  readonly socket: Socket;
  #space = Buffer.alloc(64 * 1024);
  received = this.#space.subarray(0, 0);
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => this.#keep(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.closed = true;
    });
  }

  #keep(chunk: Buffer): void {
    const start = this.received.byteOffset - this.#space.byteOffset;
    const end = start + this.received.length;
    if (end + chunk.length > this.#space.length) {
      const larger = Buffer.alloc(2 * (this.received.length + chunk.length));
      this.received.copy(larger);
      this.#space = larger;
      this.received = larger.subarray(0, this.received.length);
      this.#keep(chunk);
      return;
    }
    chunk.copy(this.#space, end);
    this.received = this.#space.subarray(start, end + chunk.length);
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawConnection(socket);
  }

  async send(bytes: string | Uint8Array): Promise<void> {
    if (this.closed || this.socket.destroyed) return;
    await new Promise<void>((resolve) => void this.socket.write(bytes, () => resolve()));
  }

  /** Waits until `holds`, looking after each packet and at the close. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.closed) {
      const ended = new AbortController();
      const { signal } = ended;
      await Promise.race([
        once(this.socket, "data", { signal }).catch(() => undefined),
        once(this.socket, "close", { signal }).catch(() => undefined),
      ]);
      ended.abort();
    }
  }

  /** The next whole answer with a Content-Length; consumes it. */
  async answer(): Promise<RawAnswer> {
    await this.until(() => this.received.includes("\r\n\r\n"));
    const headBytes = this.received.indexOf("\r\n\r\n") + 4;
    const head = this.received.subarray(0, headBytes).toString("latin1");
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
    if (!status) throw new Error(`no answer came: ${this.received.toString("latin1", 0, 200)}`);
    const end = headBytes + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    await this.until(() => this.received.length >= end);
    const body = this.received.subarray(headBytes, end).toString("utf8");
    this.received = this.received.subarray(end);
    const closed = /connection: close/i.test(head);
    if (closed) await this.until(() => this.closed);
    return { status, head, body, closed };
  }

  end(): void {
    this.socket.destroy();
  }
}

/** Sends one request on a connection of its own. */
export async function ask(port: number, request: string | Uint8Array): Promise<RawAnswer> {
  const connection = await RawConnection.open(port);
  try {
    await connection.send(request);
    return await connection.answer();
  } finally {
    connection.end();
  }
}
