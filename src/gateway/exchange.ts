// What a route sees of a request and what it answers with. No socket in sight: the server copies a request into an
// `Exchange`, calls the route, and writes the `Reply` it returns, so routes are plain functions of plain data.

import { type Envelope, type ErrorBody, RequestError, statusOfCode } from "../wire/http-shapes.js";

/** Who may call a route. `read` is open while the hub listens on loopback only and security.open_on_loopback is on. */
export type RouteAccess = "open" | "read" | "client" | "admin";

/** How a route takes its body. `json` is parsed and bounded, `stream` is handed over chunk by chunk. */
export type RouteBody = "none" | "json" | "stream";

/** Who calls; `anonymous` where no token was needed and none was sent. */
export interface Caller {
  readonly subject: string;
  readonly scopes: readonly string[];
}

export interface Exchange {
  readonly method: string;
  readonly hasQuery: boolean;
  /** The query string, each name once; reading it throws VALIDATION_ERROR where a name is repeated. */
  readonly query: URLSearchParams;
  /** Decoded parts of the path, by the names in the pattern. */
  readonly params: Readonly<Record<string, string>>;
  /** A header that the route declared, by its name in lower case; empty when it was not sent. */
  header(name: string): string;
  readonly caller: Caller;
  readonly requestId: string;
  /** The parsed body of a `json` route. */
  readonly body: unknown;
  /** The body of a `stream` route: chunks that may be kept, paused while nobody takes them. */
  readonly stream: AsyncIterable<Uint8Array>;
  /** Aborts when the caller went away before the answer. */
  readonly signal: AbortSignal;
}

export interface StreamBody {
  readonly totalBytes: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface Reply {
  readonly status: number;
  /** Absent: `application/json`. */
  readonly mediaType?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body: string | Uint8Array | StreamBody;
  /** Closes the connection after the answer. */
  readonly close?: boolean;
}

export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly pattern: string;
  readonly access: RouteAccess;
  readonly body?: RouteBody;
  /** The headers the handler reads; no other header is copied. */
  readonly headers?: readonly string[];
  /** Answers also while the hub drains. */
  readonly whileDraining?: boolean;
  /** Bounds the body; the server's limit where it is absent. */
  readonly bodyLimitBytes?: number;
  handle(exchange: Exchange): Reply | Promise<Reply>;
}

/** A plain JSON answer, without the envelope. */
export function plain(status: number, value: unknown): Reply {
  return { status, body: JSON.stringify(value) };
}

/** An answer in the envelope of `/api/`. */
export function answer(
  exchange: Pick<Exchange, "requestId">,
  status: number,
  data: unknown,
  headers?: Reply["headers"],
): Reply {
  const envelope: Envelope = {
    success: true,
    data: data ?? null,
    error: null,
    timestamp: new Date().toISOString(),
    request_id: exchange.requestId,
  };
  return { status, body: JSON.stringify(envelope), ...(headers === undefined ? {} : { headers }) };
}

const ENVELOPE_HEAD = Buffer.from('{"success":true,"data":');

/** An answer in the envelope whose data is JSON text already, in pieces. */
export function answerWritten(
  exchange: Pick<Exchange, "requestId">,
  status: number,
  data: readonly Uint8Array[],
): Reply {
  const rest = { error: null, timestamp: new Date().toISOString(), request_id: exchange.requestId };
  const tail = Buffer.from(`,${JSON.stringify(rest).slice(1)}`);
  return { status, body: Buffer.concat([ENVELOPE_HEAD, ...data, tail]) };
}

/** A refusal in the envelope. */
export function refusal(
  requestId: string,
  status: number,
  error: ErrorBody,
  headers?: Reply["headers"],
): Reply {
  const envelope: Envelope = {
    success: false,
    data: null,
    error,
    timestamp: new Date().toISOString(),
    request_id: requestId,
  };
  return { status, body: JSON.stringify(envelope), ...(headers === undefined ? {} : { headers }) };
}

const RETRY_AFTER_SECONDS = "1";

function refusalHeaders(status: number): Reply["headers"] {
  if (status === 401) return [["www-authenticate", 'Bearer realm="hive"']];
  // RFC 9110, 15.5.22: who refuses so names the protocol; `Upgrade` travels with a Connection header that lists it.
  if (status === 426) {
    return [
      ["upgrade", "websocket"],
      ["connection", "Upgrade"],
    ];
  }
  if (status === 429 || status === 503) return [["retry-after", RETRY_AFTER_SECONDS]];
  return undefined;
}

/** An error as the public sees it: its code, its message and its data, never its stack. */
export function publicError(
  thrown: unknown,
): { readonly status: number; readonly error: ErrorBody } | undefined {
  // Why not as a record: its stack would be made, which costs more than the whole answer.
  if (!(thrown instanceof Error)) return undefined;
  const { code, data } = thrown as { code?: unknown; data?: Readonly<Record<string, unknown>> };
  const status = typeof code === "string" ? statusOfCode(code) : undefined;
  if (typeof code !== "string" || status === undefined) return undefined;
  const fields = thrown instanceof RequestError ? thrown.fieldErrors : fieldErrorsOf(data);
  const { field_errors: _, ...details } = data ?? {};
  return {
    status,
    error: {
      code,
      message: thrown.message,
      ...(Object.keys(details).length === 0 ? {} : { details }),
      ...(fields.length === 0 ? {} : { field_errors: fields }),
    },
  };
}

function fieldErrorsOf(
  data: Readonly<Record<string, unknown>> | undefined,
): NonNullable<ErrorBody["field_errors"]> {
  const listed = data?.field_errors;
  return Array.isArray(listed) ? listed : [];
}

/** The answer to anything a handler threw. `report` hears of what is our own fault. */
export function replyToThrown(thrown: unknown, requestId: string, report: (thrown: unknown) => void): Reply {
  const known = publicError(thrown);
  if (known !== undefined) return refusal(requestId, known.status, known.error, refusalHeaders(known.status));
  report(thrown);
  return refusal(requestId, 500, {
    code: "INTERNAL",
    message: `Something went wrong inside the hub; its log tells more under request ${requestId}.`,
  });
}
