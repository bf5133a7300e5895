// Who gets a socket at `/ws`, and what it becomes: an event socket or, with the subprotocol `hive.msgpack.v1`, an actor
// socket. Also looks after those that are open: slow ones are told before they are cut, and none outlives its token.

import type { Gate, KnownCaller } from "../access/gate.js";
import type { Clock, Log, TimerHandle, Timers } from "../base/ports.js";
import {
  ACTOR_PROTOCOL,
  ACTOR_PROTOCOL_LIMITS,
  EVENT_PROTOCOL,
  TOKEN_PROTOCOL_PREFIX,
} from "../wire/actor-protocol.js";
import { RequestError } from "../wire/http-shapes.js";
import { ActorSocket } from "./actor-socket.js";
import { EventSocket } from "./event-socket.js";
import type { EventStream } from "./event-stream.js";
import type { HubFace } from "./faces.js";
import type { LiveSocket, SocketSession } from "./live-socket.js";
import type { ActorBook } from "./reach-actor.js";
import type { SocketAdmission, SocketFace, UpgradeRequest } from "./socket-front.js";

export interface SocketDeps {
  readonly hub: HubFace;
  readonly book: ActorBook;
  readonly gate: Gate;
  readonly stream: EventStream;
  readonly maxSockets: number;
  /** Origins of pages that may open sockets, beside the hub's own; `*` for all. */
  readonly origins: readonly string[];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** What may wait for one slow socket. */
const BUFFERED_BYTES_MAX = 1024 * 1024;
const SWEEP_EVERY_MS = 1_000;
/** Private use: the token has expired. */
const CLOSE_TOKEN_EXPIRED = 4401;

interface Tended {
  readonly events: boolean;
  readonly expiresAtSeconds: number;
  told: boolean;
}

export class Sockets implements SocketFace {
  readonly path = "/ws";
  readonly maxSockets: number;
  readonly messageBytesMax = ACTOR_PROTOCOL_LIMITS.messageBytes;
  readonly bufferedBytesMax = BUFFERED_BYTES_MAX;
  readonly #deps: SocketDeps;
  readonly #tended = new Map<LiveSocket, Tended>();
  #timer: TimerHandle | undefined;

  constructor(deps: SocketDeps) {
    this.#deps = deps;
    this.maxSockets = deps.maxSockets;
    this.#schedule();
  }

  admit(request: UpgradeRequest): SocketAdmission {
    this.#checkOrigin(request);
    const protocol = chooseProtocol(request.protocols);
    const caller = this.#identify(request);
    return { protocol, start: (socket) => this.#start(socket, protocol, caller) };
  }

  close(): void {
    this.#timer?.cancel();
    this.#tended.clear();
  }

  #checkOrigin({ origin, host }: UpgradeRequest): void {
    const { origins, gate } = this.#deps;
    if (origin === "" || origins.includes("*") || origins.includes(origin) || gate.isOwnOrigin(origin, host))
      return;
    const what = `Pages of ${origin} may not open sockets here; list it under server.cors_origins to allow it.`;
    throw new RequestError("FORBIDDEN", what, { data: { origin } });
  }

  #identify({ authorization, protocols, host }: UpgradeRequest): KnownCaller {
    const { gate } = this.#deps;
    const offered = protocols.find((name) => name.startsWith(TOKEN_PROTOCOL_PREFIX));
    if (authorization !== "" || offered === undefined) return gate.admit("client", authorization, host);
    return gate.admitToken("client", offered.slice(TOKEN_PROTOCOL_PREFIX.length));
  }

  #start(socket: LiveSocket, protocol: string, caller: KnownCaller): SocketSession {
    const events = protocol !== ACTOR_PROTOCOL;
    const session = events ? this.#eventSession(socket) : new ActorSocket(socket, this.#deps.book);
    const expiresAtSeconds = caller.expiresAtSeconds ?? Number.POSITIVE_INFINITY;
    this.#tended.set(socket, { events, expiresAtSeconds, told: false });
    return {
      message: (bytes, isBinary) => session.message(bytes, isBinary),
      drained: () => session.drained(),
      closed: () => {
        this.#tended.delete(socket);
        session.closed();
      },
    };
  }

  #eventSession(socket: LiveSocket): SocketSession {
    const { hub, stream, timers, log } = this.#deps;
    const report = (error: unknown): void => log.log("error", "a command failed inside the hub", { error });
    return new EventSocket(socket, { hub, stream, timers, report });
  }

  #schedule(): void {
    this.#timer = this.#deps.timers.after(SWEEP_EVERY_MS, () => {
      this.#sweep();
      this.#schedule();
    });
  }

  #sweep(): void {
    const nowSeconds = this.#deps.clock.wallMs() / 1000;
    for (const [socket, tended] of this.#tended) {
      if (tended.expiresAtSeconds <= nowSeconds) {
        socket.end(CLOSE_TOKEN_EXPIRED, "the token has expired; connect with a new one");
        continue;
      }
      if (!tended.events) continue;
      const waitingBytes = socket.bufferedBytes;
      if (waitingBytes < BUFFERED_BYTES_MAX / 2) tended.told = false;
      else if (!tended.told) {
        tended.told = true;
        const data = { buffered_bytes: waitingBytes, limit_bytes: BUFFERED_BYTES_MAX };
        socket.send(JSON.stringify({ type: "slow_consumer", data, timestamp: new Date().toISOString() }));
      }
    }
  }
}

function chooseProtocol(offered: readonly string[]): string {
  const named = offered.filter((name) => !name.startsWith(TOKEN_PROTOCOL_PREFIX));
  if (named.includes(ACTOR_PROTOCOL)) return ACTOR_PROTOCOL;
  if (named.includes(EVENT_PROTOCOL)) return EVENT_PROTOCOL;
  if (named.length === 0) return "";
  const given = named.join(", ").slice(0, 200);
  const what = `None of the subprotocols ${given} is spoken here; offer ${EVENT_PROTOCOL} or ${ACTOR_PROTOCOL}.`;
  throw new RequestError("BAD_REQUEST", what);
}
