// The one wrapper around every HTTP route. The way of a request: `accept` (header screen, path, drain flag, declared
// headers copied; whatever is not answered when it returns has an abort handler) > `serve` (who calls, body, handler) >
// `HttpExchange.write`.
// Why one wrapper: a handler that throws, or that waits without an abort handler, would end the process.
// Why two lanes in `serve`: a route without a body may be answered in the same call, without a promise; that is what
// keeps GET /health near the speed of the bare library.

import type { Clock, Log } from "../base/ports.js";
import { RequestError } from "../wire/http-shapes.js";
import { BodyStream, collectBody, parseJson, requireJsonType, tooLarge } from "./body.js";
import { type Caller, type Reply, type Route, type RouteAccess, refusal, replyToThrown } from "./exchange.js";
import { HeaderScreen, type HeaderSource } from "./header-screen.js";
import { HttpExchange, type RawResponse } from "./http-exchange.js";
import { type Match, NO_PARAMS, RouteTable } from "./route-table.js";

/** What decides who may call; `authorization` and `host` are the headers as they came. Throws what it refuses. */
export type Gate = (access: RouteAccess, authorization: string, host: string) => Caller;

/** The request side, as the server library gives it. Dead when the callback returns. */
export interface RawRequest extends HeaderSource {
  getUrl(): string;
  getQuery(): string;
  getCaseSensitiveMethod(): string;
  getHeader(name: string): string;
}

export interface HttpFrontOptions {
  readonly bodyLimitBytes: number;
  readonly routes: readonly Route[];
  readonly gate: Gate;
  /** Headers for a caller of this origin; undefined when it is not on the list. */
  readonly originHeaders: (origin: string) => Reply["headers"];
  readonly clock: Clock;
  readonly log: Log;
  /** Hears of each finished request; status 0 when the caller went away first. */
  readonly observe: (label: string, method: string, status: number, elapsedMs: number) => void;
}

/** What every answer while draining says. */
export function drainingError(): RequestError {
  return new RequestError("DRAINING", "The hub is stopping; send the request again in a moment.");
}

const BODY_HEADERS = ["content-type", "content-length"] as const;

function copyHeaders(request: RawRequest, route: Route): Record<string, string> | undefined {
  const { access, body, headers } = route;
  if (access === "open" && headers === undefined && (body === undefined || body === "none")) return undefined;
  const copied: Record<string, string> = Object.create(null);
  if (access !== "open") {
    copied.authorization = request.getHeader("authorization");
    if (access === "read") copied.host = request.getHeader("host");
  }
  if (body !== undefined && body !== "none")
    for (const name of BODY_HEADERS) copied[name] = request.getHeader(name);
  if (headers !== undefined) for (const name of headers) copied[name] = request.getHeader(name);
  return copied;
}

export class HttpFront {
  /** Requests being answered. */
  requestCount = 0;
  draining = false;
  readonly #options: HttpFrontOptions;
  readonly #table: RouteTable<Route>;
  readonly #screen = new HeaderScreen();
  readonly #nextId: () => string;

  constructor(options: HttpFrontOptions, nextId: () => string) {
    this.#options = options;
    this.#nextId = nextId;
    this.#table = new RouteTable(options.routes);
  }

  /** Takes one request; every way out of here answers it. `known` is the route where the library has matched it. */
  accept(response: RawResponse, request: RawRequest, known?: Extract<Match<Route>, { kind: "route" }>): void {
    const exchange = new HttpExchange(response, this.#options.clock.nowMs(), this.#nextId, this.#finished);
    this.requestCount++;
    try {
      const fault = this.#screen.check(request);
      if (fault !== undefined) {
        exchange.write(refusal(exchange.requestId, 400, { code: "BAD_REQUEST", message: fault }), true);
        return;
      }
      exchange.method = known?.route.method ?? request.getCaseSensitiveMethod();
      const { origin } = this.#screen;
      if (origin !== "") exchange.extraHeaders = this.#options.originHeaders(origin);
      const match = known ?? this.#table.find(exchange.method, request.getUrl());
      if (match.kind === "route") this.#serve(exchange, response, request, match.route, match.params);
      else exchange.write(unmatched(exchange, match), match.kind === "bad");
    } catch (error) {
      this.#fail(exchange, error);
    } finally {
      exchange.corked = false;
      // Why last: nothing can be aborted before this callback returns, and most requests are answered by then.
      if (!exchange.done || exchange.isStreaming) exchange.watchAbort();
    }
  }

  /** Routes that a server may match by itself: GET without parameters. */
  literalGets(): Extract<Match<Route>, { kind: "route" }>[] {
    return this.#table.routes
      .filter((route) => route.method === "GET" && !route.pattern.includes("{"))
      .map((route) => ({ kind: "route", route, params: NO_PARAMS }));
  }

  readonly #finished = (exchange: HttpExchange, status: number): void => {
    this.requestCount--;
    const elapsedMs = this.#options.clock.nowMs() - exchange.startedMs;
    this.#options.observe(exchange.label, exchange.method, status, elapsedMs);
  };

  #serve(
    exchange: HttpExchange,
    response: RawResponse,
    request: RawRequest,
    route: Route,
    params: Readonly<Record<string, string>>,
  ): void {
    exchange.label = route.pattern;
    exchange.params = params;
    exchange.rawQuery = request.getQuery();
    exchange.headers = copyHeaders(request, route);
    if (this.draining && route.whileDraining !== true) throw drainingError();
    const bodyKind = route.body ?? "none";
    if (bodyKind !== "none") {
      this.#settle(exchange, this.#serveBody(exchange, response, route));
      return;
    }
    exchange.caller = this.#admit(exchange, route);
    const reply = route.handle(exchange);
    if (reply instanceof Promise) this.#settle(exchange, reply);
    else exchange.write(reply, this.draining);
  }

  /** The body is listened for before anything is awaited: what arrives meanwhile would be lost. */
  async #serveBody(exchange: HttpExchange, response: RawResponse, route: Route): Promise<Reply> {
    const limitBytes = route.bodyLimitBytes ?? this.#options.bodyLimitBytes;
    let bytes: Promise<Uint8Array> | undefined;
    if (route.body === "stream") exchange.bodyStream = new BodyStream(response, limitBytes);
    else {
      bytes = takeWhole(exchange, response, limitBytes);
      bytes.catch(() => undefined);
    }
    exchange.caller = this.#admit(exchange, route);
    if (Number(exchange.header("content-length")) > limitBytes) throw tooLarge(limitBytes);
    if (bytes !== undefined) {
      const contentType = exchange.header("content-type");
      if (contentType !== "") requireJsonType(contentType);
      const body = await bytes;
      if (body.byteLength > 0) {
        requireJsonType(contentType);
        exchange.body = parseJson(body, "The body");
      }
    }
    return route.handle(exchange);
  }

  #admit(exchange: HttpExchange, route: Route): Caller {
    return this.#options.gate(route.access, exchange.header("authorization"), exchange.header("host"));
  }

  #settle(exchange: HttpExchange, reply: Promise<Reply>): void {
    reply.then(
      (written) => this.#write(exchange, written),
      (error) => this.#fail(exchange, error),
    );
  }

  #write(exchange: HttpExchange, reply: Reply): void {
    try {
      exchange.write(reply, this.draining);
    } catch (error) {
      this.#options.log.log("error", "an answer could not be written", {
        error,
        request_id: exchange.requestId,
      });
    }
  }

  #fail(exchange: HttpExchange, thrown: unknown): void {
    const reply = replyToThrown(thrown, exchange.requestId, (error) => {
      const fields = { error, request_id: exchange.requestId, route: exchange.label };
      this.#options.log.log("error", "a request failed inside the hub", fields);
    });
    this.#write(exchange, reply);
  }
}

function takeWhole(exchange: HttpExchange, response: RawResponse, limitBytes: number): Promise<Uint8Array> {
  exchange.bodyPending = true;
  return new Promise((resolve, reject) => {
    collectBody(response, limitBytes, (outcome) => {
      if (outcome instanceof RequestError) {
        reject(outcome);
        return;
      }
      exchange.bodyPending = false;
      resolve(outcome);
    });
  });
}

function unmatched(exchange: HttpExchange, match: Exclude<Match<Route>, { kind: "route" }>): Reply {
  const { requestId } = exchange;
  if (match.kind === "bad") return refusal(requestId, 400, { code: "BAD_REQUEST", message: match.reason });
  if (match.kind === "none")
    return refusal(requestId, 404, { code: "NOT_FOUND", message: "There is no such route." });
  const allow = match.allow.join(", ");
  if (exchange.method === "OPTIONS") return preflight(exchange, allow);
  const message = `This route does not take ${exchange.method}; it takes ${allow}.`;
  return refusal(requestId, 405, { code: "METHOD_NOT_ALLOWED", message }, [["allow", allow]]);
}

const PREFLIGHT_SECONDS = "600";

/** What a browser asks before it sends a request of another origin. */
function preflight(exchange: HttpExchange, allow: string): Reply {
  if (exchange.extraHeaders === undefined) return { status: 204, body: "", headers: [["allow", allow]] };
  return {
    status: 204,
    body: "",
    headers: [
      ["allow", allow],
      ["access-control-allow-methods", allow],
      ["access-control-allow-headers", "authorization, content-type, idempotency-key, prefer"],
      ["access-control-max-age", PREFLIGHT_SECONDS],
    ],
  };
}
