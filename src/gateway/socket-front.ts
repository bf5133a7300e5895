// The one way a socket is opened: the request is screened, counted, admitted (who calls, from which origin, with which
// subprotocol) and only then upgraded; a refusal is an HTTP answer. Afterwards its messages go to its session.
// Why before the upgrade: a socket that was never accepted costs nothing and learns nothing.

import type { Log, Timers } from "../base/ports.js";
import { RequestError } from "../wire/http-shapes.js";
import { type Route, replyToThrown } from "./exchange.js";
import { HeaderScreen } from "./header-screen.js";
import { type RawResponse, statusLine } from "./http-exchange.js";
import { drainingError, type RawRequest } from "./http-front.js";
import { LiveSocket, type RawSocket, type SocketSession } from "./live-socket.js";

/** What a client sent to open a socket. */
export interface UpgradeRequest {
  readonly authorization: string;
  readonly host: string;
  readonly origin: string;
  /** The subprotocols it offers, in its order. */
  readonly protocols: readonly string[];
}

/** The decision to take a socket. */
export interface SocketAdmission {
  /** The subprotocol that was chosen; empty for none. */
  readonly protocol: string;
  start(socket: LiveSocket): SocketSession;
}

/** A refused upgrade is answered by the RequestError that `admit` throws. */
export interface SocketFace {
  readonly path: string;
  readonly maxSockets: number;
  readonly messageBytesMax: number;
  /** What may wait in memory for one slow consumer before a message is dropped and the socket cut. */
  readonly bufferedBytesMax: number;
  admit(request: UpgradeRequest): SocketAdmission;
}

/** A response that can become a socket. */
export interface UpgradableResponse<Context> extends RawResponse {
  upgrade(data: SocketData, key: string, protocol: string, extensions: string, context: Context): void;
}

/** What travels with a socket through the library. */
export interface SocketData {
  readonly live: LiveSocket;
  readonly admission: SocketAdmission;
}

export class SocketFront {
  draining = false;
  readonly live = new Set<LiveSocket>();
  readonly face: SocketFace;
  readonly #screen = new HeaderScreen();
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #nextId: () => string;

  constructor(face: SocketFace, timers: Timers, log: Log, nextId: () => string) {
    this.face = face;
    this.#timers = timers;
    this.#log = log;
    this.#nextId = nextId;
  }

  /**
   * Decides on an upgrade and carries it out.
   * Why at once: after a wait the response would have to be corked, and a corked socket that the upgrade leaves at its
   * address is then taken for a plain response; the library reads a state that is not there and now and then closes
   * the newborn socket.
   */
  upgrade<Context>(response: UpgradableResponse<Context>, request: RawRequest, context: Context): void {
    const key = request.getHeader("sec-websocket-key");
    const extensions = request.getHeader("sec-websocket-extensions");
    try {
      const admission = this.#decide(request);
      const live = new LiveSocket((delayMs, fire) => void this.#timers.after(delayMs, fire));
      response.upgrade({ live, admission }, key, admission.protocol, extensions, context);
    } catch (error) {
      this.#refuse(response, error);
    }
  }

  opened(data: SocketData, raw: RawSocket): void {
    const { live, admission } = data;
    live.attach(raw);
    this.live.add(live);
    live.session = admission.start(live);
  }

  /** `bytes` are only lent: the session gets a copy. */
  message(data: SocketData, bytes: ArrayBuffer, isBinary: boolean): void {
    const { messageBytesMax } = this.face;
    if (bytes.byteLength > messageBytesMax) {
      const what = `the message has ${bytes.byteLength} bytes, at most ${messageBytesMax} are taken`;
      data.live.end(CLOSE_TOO_BIG, `${what}; send large input to POST /api/blobs`);
      return;
    }
    try {
      data.live.session?.message(new Uint8Array(bytes.slice(0)), isBinary);
    } catch (error) {
      this.#log.log("error", "a socket message failed inside the hub", { error });
      data.live.end(CLOSE_INTERNAL, "something went wrong inside the hub");
    }
  }

  drained(data: SocketData): void {
    data.live.drained();
  }

  closed(data: SocketData): void {
    this.live.delete(data.live);
    data.live.detach();
  }

  #decide(request: RawRequest): SocketAdmission {
    const fault = this.#screen.check(request);
    if (fault !== undefined) throw new RequestError("BAD_REQUEST", fault);
    if (this.draining) throw drainingError();
    const { maxSockets } = this.face;
    if (this.live.size >= maxSockets) {
      const what = `There are ${maxSockets} sockets open, as many as server.max_sockets allows; try again later.`;
      throw new RequestError("TOO_MANY_SOCKETS", what, { data: { max_sockets: maxSockets } });
    }
    const offered = request.getHeader("sec-websocket-protocol");
    return this.face.admit({
      authorization: request.getHeader("authorization"),
      host: request.getHeader("host"),
      origin: request.getHeader("origin"),
      protocols: offered === "" ? [] : offered.split(",").map((name) => name.trim()),
    });
  }

  #refuse(response: RawResponse, thrown: unknown): void {
    const requestId = this.#nextId();
    const reply = replyToThrown(thrown, requestId, (error) => {
      this.#log.log("error", "a socket upgrade failed inside the hub", { error, request_id: requestId });
    });
    response.cork(() => {
      response.writeStatus(statusLine(reply.status));
      response.writeHeader("content-type", "application/json");
      for (const [name, value] of reply.headers ?? []) response.writeHeader(name, value);
      response.end(reply.body as string, true);
    });
  }
}

/** RFC 6455: "message too big". */
const CLOSE_TOO_BIG = 1009;
/** RFC 6455: "internal error". */
const CLOSE_INTERNAL = 1011;

/** What a plain GET of the sockets' path is told; an upgrade is taken by the library before the routes are asked. */
export function upgradeRoute(path: string): Route {
  const message =
    `${path} speaks WebSocket, and this request asks for no upgrade: open it with a WebSocket client, which sends ` +
    "Upgrade: websocket, Connection: Upgrade and a Sec-WebSocket-Key of 24 characters.";
  return {
    method: "GET",
    pattern: path,
    access: "open",
    handle: () => {
      throw new RequestError("UPGRADE_REQUIRED", message);
    },
  };
}
