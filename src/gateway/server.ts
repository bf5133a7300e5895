// The server: the one file that knows uWebSockets.js. It binds the library to the HTTP front and the socket front,
// listens, drains and closes.
// Why main thread only: an open socket of this library aborts the process when its thread ends.
// Why the library is loaded when a server opens: on a Node it has no build for, loading throws, and the reader deserves
// a sentence that says what to do.

import type { TemplatedApp, us_listen_socket, WebSocketBehavior } from "uWebSockets.js";
import { CodedError } from "../base/errors.js";
import type { Clock, Timers } from "../base/ports.js";
import { findFreePort } from "./free-port.js";
import { requestIds } from "./http-exchange.js";
import { HttpFront, type HttpFrontOptions } from "./http-front.js";
import type { LiveSocket } from "./live-socket.js";
import { type SocketData, type SocketFace, SocketFront } from "./socket-front.js";

export interface ServerOptions extends HttpFrontOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly sockets: SocketFace;
  readonly timers: Timers;
}

/** Where a bound server answers. */
export interface Server {
  readonly port: number;
  readonly socketCount: number;
  /** Requests being answered. */
  readonly requestCount: number;
  /** Sends one text message to every socket that joined `topic`. */
  publish(topic: string, message: Uint8Array): void;
  /**
   * From now on requests are answered 503 and closed, and no socket is opened. Connections are still taken, so that
   * whoever asks for readiness gets an answer.
   */
  drain(): void;
  /**
   * Drains, takes no more connections, says goodbye to sockets, waits for requests in progress up to `timeoutMs`, then
   * closes everything.
   */
  close(timeoutMs: number): Promise<void>;
}

/** The library's types lack `LIBUS_LISTEN_EXCLUSIVE_PORT` and this form of `listen`. */
type Library = typeof import("uWebSockets.js") & { readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number };
type ListenExclusively = (
  host: string,
  port: number,
  options: number,
  done: (token: us_listen_socket | false) => void,
) => void;

/** A silent socket is pinged after 28 s and closed 16 s later: the library splits this number so. */
const SOCKET_IDLE_SECONDS = 44;
/**
 * The library takes messages of so many times the limit and then cuts the connection without a close frame; in between
 * the socket front closes with 1009 and a reason. Why no more: each byte of it is memory that a client may claim.
 */
const OVERSIZE_FACTOR = 4;
const CLOSE_GOING_AWAY = 1001;
const CLOSE_POLL_MS = 20;
/** Somebody may take a free port between finding and binding it. */
const FREE_PORT_ATTEMPTS = 5;

async function loadLibrary(): Promise<Library> {
  try {
    return (await import("uWebSockets.js")) as unknown as Library;
  } catch (error) {
    throw new CodedError(
      "GATEWAY_UNSUPPORTED",
      `The gateway has no build for Node ${process.versions.node} on ${process.platform} ${process.arch}; ` +
        "run Node 20.19 or newer, or 22.12 or newer, on Linux with glibc, macOS or Windows.",
      { cause: error },
    );
  }
}

/** Opens the listening socket and serves until it is closed. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const library = await loadLibrary();
  const server = new BoundServer(library, options);
  await server.listen(options.host, options.port);
  return server;
}

function socketBehavior(front: SocketFront, doomed: LiveSocket[]): WebSocketBehavior<SocketData> {
  return {
    maxPayloadLength: OVERSIZE_FACTOR * front.face.messageBytesMax,
    maxBackpressure: front.face.bufferedBytesMax,
    idleTimeout: SOCKET_IDLE_SECONDS,
    sendPingsAutomatically: true,
    compression: 0,
    upgrade: (response, request, context) => front.upgrade(response, request, context),
    open: (raw) => front.opened(raw.getUserData(), raw),
    message: (raw, bytes, isBinary) => front.message(raw.getUserData(), bytes, isBinary),
    dropped: (raw) => {
      const { live } = raw.getUserData();
      live.doom();
      doomed.push(live);
    },
    drain: (raw) => front.drained(raw.getUserData()),
    close: (raw) => front.closed(raw.getUserData()),
  };
}

class BoundServer implements Server {
  port = 0;
  readonly #library: Library;
  readonly #app: TemplatedApp;
  readonly #http: HttpFront;
  readonly #sockets: SocketFront;
  readonly #clock: Clock;
  readonly #timers: Timers;
  /** Sockets that missed a message and may still be on topics. */
  readonly #doomed: LiveSocket[] = [];
  #listening: us_listen_socket | undefined;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(library: Library, options: ServerOptions) {
    this.#library = library;
    this.#clock = options.clock;
    this.#timers = options.timers;
    const nextId = requestIds();
    this.#http = new HttpFront(options, nextId);
    this.#sockets = new SocketFront(options.sockets, options.timers, options.log, nextId);
    this.#app = library.App();
    this.#app.ws(options.sockets.path, socketBehavior(this.#sockets, this.#doomed));
    // Why twice: the library finds a plain path faster than we can; all else goes through our own table.
    for (const match of this.#http.literalGets()) {
      this.#app.get(match.route.pattern, (response, request) => this.#http.accept(response, request, match));
    }
    this.#app.any("/*", (response, request) => this.#http.accept(response, request));
  }

  get socketCount(): number {
    return this.#sockets.live.size;
  }

  get requestCount(): number {
    return this.#http.requestCount;
  }

  async listen(host: string, port: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const wanted = port === 0 ? await findFreePort(host) : port;
      if (await this.#bind(host, wanted)) return;
      if (port === 0 && attempt < FREE_PORT_ATTEMPTS) continue;
      const what = `Port ${wanted} on ${host} cannot be bound: it is taken or not allowed.`;
      throw new CodedError("PORT_TAKEN", `${what} Choose another, or 0 for any free one.`, {
        data: { host, port: wanted },
      });
    }
  }

  #bind(host: string, port: number): Promise<boolean> {
    // Why exclusive: the library would otherwise share the port with whoever else listens there in the same way, and
    // two hubs would answer by turns.
    const listen = this.#app.listen.bind(this.#app) as unknown as ListenExclusively;
    return new Promise((resolve) => {
      listen(host, port, this.#library.LIBUS_LISTEN_EXCLUSIVE_PORT, (token) => {
        if (token !== false) {
          this.#listening = token;
          this.port = this.#library.us_socket_local_port(token);
        }
        resolve(token !== false);
      });
    });
  }

  publish(topic: string, message: Uint8Array): void {
    if (this.#closed) return;
    // Why here too: a socket that missed a message must not get a later one, however soon that is published.
    if (this.#doomed.length > 0) for (const live of this.#doomed.splice(0)) live.leaveAll();
    this.#app.publish(topic, message, false);
  }

  drain(): void {
    this.#http.draining = true;
    this.#sockets.draining = true;
  }

  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    this.drain();
    if (this.#listening !== undefined) this.#library.us_listen_socket_close(this.#listening);
    this.#listening = undefined;
    for (const socket of this.#sockets.live)
      socket.end(CLOSE_GOING_AWAY, "the hub is stopping; connect again");
    const deadlineMs = this.#clock.nowMs() + timeoutMs;
    while (this.requestCount + this.socketCount > 0 && this.#clock.nowMs() < deadlineMs) {
      await new Promise<void>((resolve) => void this.#timers.after(CLOSE_POLL_MS, resolve));
    }
    this.#closed = true;
    this.#app.close();
  }
}
