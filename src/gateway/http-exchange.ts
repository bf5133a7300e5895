// One HTTP exchange on the wire: the copy of what a route needs of the request, and the writing of its answer.
// The way: server.ts makes one per request, calls the route with it, and `write` sends the reply, corked, once.
// Why a class with mutable fields: it exists once per request on the hottest way of the gateway; its query, request id
// and abort signal are made only when somebody asks for them.

import { RequestError } from "../wire/http-shapes.js";
import type { BodyStream, ChunkSource } from "./body.js";
import type { Caller, Exchange, Reply, StreamBody } from "./exchange.js";

/** The response side of a request, as the server library gives it. Dead after `end` and after an abort. */
export interface RawResponse extends ChunkSource {
  onData(take: (chunk: ArrayBuffer, isLast: boolean) => void): unknown;
  onAborted(aborted: () => void): unknown;
  onWritable(writable: (offset: number) => boolean): unknown;
  cork(write: () => void): unknown;
  writeStatus(status: string): unknown;
  writeHeader(name: string, value: string): unknown;
  end(body: string | Uint8Array, closeConnection?: boolean): unknown;
  endWithoutBody(): unknown;
  tryEnd(chunk: Uint8Array, totalSize: number): [boolean, boolean];
  getWriteOffset(): number;
  close(): unknown;
}

const REASONS: Readonly<Record<number, string>> = {
  200: "200 OK",
  201: "201 Created",
  202: "202 Accepted",
  204: "204 No Content",
  206: "206 Partial Content",
  304: "304 Not Modified",
  400: "400 Bad Request",
  401: "401 Unauthorized",
  403: "403 Forbidden",
  404: "404 Not Found",
  405: "405 Method Not Allowed",
  408: "408 Request Timeout",
  409: "409 Conflict",
  410: "410 Gone",
  413: "413 Content Too Large",
  415: "415 Unsupported Media Type",
  416: "416 Range Not Satisfiable",
  422: "422 Unprocessable Content",
  426: "426 Upgrade Required",
  429: "429 Too Many Requests",
  500: "500 Internal Server Error",
  503: "503 Service Unavailable",
  504: "504 Gateway Timeout",
};

/** The status line text for a status. */
export function statusLine(status: number): string {
  return REASONS[status] ?? `${status} Status`;
}

/** Makes ids that name a request in an answer and in the log, alike for HTTP and for upgrades to a socket. */
export function requestIds(): () => string {
  const prefix = Math.floor(Math.random() * 0x1_0000_0000).toString(36);
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}

/** What the library writes when it is told nothing else. */
const STATUS_OK = 200;
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});
export const ANONYMOUS: Caller = Object.freeze({ subject: "anonymous", scopes: Object.freeze([]) });

function isStream(body: Reply["body"]): body is StreamBody {
  return typeof body === "object" && "chunks" in body;
}

/** Why repeats are refused: only one of them would be in force, and nobody would say which. */
function readQuery(raw: string): URLSearchParams {
  const query = new URLSearchParams(raw);
  const names = new Set(query.keys());
  if (names.size === query.size) return query;
  const field = [...names].find((name) => query.getAll(name).length > 1) as string;
  const message = `is given ${query.getAll(field).length} times; give it once`;
  throw new RequestError("VALIDATION_ERROR", `The query is not valid: ${field}: ${message}`, {
    fieldErrors: [{ field, message }],
  });
}

export class HttpExchange implements Exchange {
  method = "GET";
  label = "unmatched";
  params: Readonly<Record<string, string>> = NO_HEADERS;
  headers: Record<string, string> | undefined;
  caller: Caller = ANONYMOUS;
  body: unknown;
  bodyStream: BodyStream | undefined;
  /** True while bytes of the body may still arrive; answering then closes the connection. */
  bodyPending = false;
  /** Headers every answer carries, such as those for other origins. */
  extraHeaders: Reply["headers"];
  /** True inside the library's own callback, which packs what is written into one packet by itself. */
  corked = true;
  done = false;
  aborted = false;
  readonly startedMs: number;
  readonly #response: RawResponse;
  readonly #nextId: () => string;
  readonly #finished: (exchange: HttpExchange, status: number) => void;
  #reported = false;
  #streaming = false;
  rawQuery = "";
  #query: URLSearchParams | undefined;
  #requestId: string | undefined;
  #abort: AbortController | undefined;
  #whenWritable: ((offset: number) => boolean) | undefined;
  #giveUp: (() => void) | undefined;

  /** `finished` is called once, with the status, or 0 when the caller went away first. */
  constructor(
    response: RawResponse,
    startedMs: number,
    nextId: () => string,
    finished: (exchange: HttpExchange, status: number) => void,
  ) {
    this.#response = response;
    this.startedMs = startedMs;
    this.#nextId = nextId;
    this.#finished = finished;
  }

  /** True while an answer is sent piece by piece. */
  get isStreaming(): boolean {
    return this.#streaming;
  }

  /** Has to be called before the library's callback returns, unless the answer is complete. */
  watchAbort(): void {
    this.#response.onAborted(() => this.#onAborted());
  }

  get hasQuery(): boolean {
    return this.rawQuery !== "";
  }

  get query(): URLSearchParams {
    this.#query ??= readQuery(this.rawQuery);
    return this.#query;
  }

  get requestId(): string {
    this.#requestId ??= this.#nextId();
    return this.#requestId;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.aborted) this.#abort.abort(this.#goneError());
    }
    return this.#abort.signal;
  }

  get stream(): AsyncIterable<Uint8Array> {
    if (this.bodyStream === undefined)
      throw new RequestError("BAD_REQUEST", "This route takes no streamed body.");
    return this.bodyStream;
  }

  header(name: string): string {
    return this.headers?.[name] ?? "";
  }

  /** Sends the answer, unless one was sent or the caller is gone. `close` ends the connection after it. */
  write(reply: Reply, close: boolean): void {
    if (this.done || this.aborted) {
      if (isStream(reply.body)) void reply.body.chunks[Symbol.asyncIterator]().return?.(undefined);
      return;
    }
    this.done = true;
    const response = this.#response;
    this.bodyStream?.release();
    const closing = close || reply.close === true || this.#bodyUnread();
    const { body } = reply;
    if (isStream(body) && this.method !== "HEAD" && body.totalBytes > 0) {
      void this.#pump(reply, body, closing);
      return;
    }
    if (this.corked) this.#writeWhole(reply, closing);
    else response.cork(() => this.#writeWhole(reply, closing));
    this.#report(reply.status);
  }

  #writeWhole(reply: Reply, closing: boolean): void {
    const { body } = reply;
    this.#writeHead(reply);
    if (this.method === "HEAD" || isStream(body)) this.#endHead(body, closing);
    else this.#response.end(body, closing);
  }

  /** Ends an answer that tells its length but sends no body. */
  #endHead(body: Reply["body"], closing: boolean): void {
    const response = this.#response;
    const bodyBytes = isStream(body) ? body.totalBytes : Buffer.byteLength(body);
    response.writeHeader("content-length", String(bodyBytes));
    if (closing) response.writeHeader("connection", "close");
    // Why without arguments: given a length, the library waits for that body and cuts the next request.
    response.endWithoutBody();
  }

  #report(status: number): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#finished(this, status);
  }

  #bodyUnread(): boolean {
    return this.bodyPending || (this.bodyStream !== undefined && !this.bodyStream.complete);
  }

  #writeHead(reply: Reply): void {
    const response = this.#response;
    if (reply.status !== STATUS_OK) response.writeStatus(statusLine(reply.status));
    response.writeHeader("content-type", reply.mediaType ?? "application/json");
    if (reply.headers !== undefined) {
      for (const [name, value] of reply.headers) response.writeHeader(name, value);
    }
    if (this.extraHeaders !== undefined) {
      for (const [name, value] of this.extraHeaders) response.writeHeader(name, value);
    }
  }

  /** Streams the body; each chunk waits until the socket has taken the one before. */
  async #pump(reply: Reply, body: StreamBody, closing: boolean): Promise<void> {
    const response = this.#response;
    let ended = false;
    this.#streaming = true;
    // Why one handler for all chunks: one that is set while another runs is lost.
    response.onWritable((offset) => this.#whenWritable?.(offset) ?? true);
    response.cork(() => {
      this.#writeHead(reply);
      if (closing) response.writeHeader("connection", "close");
    });
    try {
      for await (const chunk of body.chunks) {
        if (this.aborted) return;
        if (chunk.byteLength === 0) continue;
        ended = await this.#offer(chunk, body.totalBytes);
        if (this.aborted || ended) break;
      }
    } catch {
      ended = false;
    }
    if (this.aborted) return;
    // Why: the length was promised in the head, so a source that ends early can only be told by a cut connection.
    if (!ended) response.close();
    else this.#report(reply.status);
  }

  /** Resolves with whether the answer is complete, once the socket has taken `chunk`. */
  #offer(chunk: Uint8Array, totalBytes: number): Promise<boolean> {
    const response = this.#response;
    return new Promise((resolve) => {
      const startOffset = response.getWriteOffset();
      const offer = (from: number): boolean => {
        const [taken, ended] = response.tryEnd(chunk.subarray(from - startOffset), totalBytes);
        if (!taken && !ended) return false;
        this.#whenWritable = undefined;
        this.#giveUp = undefined;
        resolve(ended);
        return true;
      };
      let taken = false;
      response.cork(() => {
        taken = offer(startOffset);
      });
      if (taken) return;
      this.#whenWritable = offer;
      this.#giveUp = () => resolve(false);
    });
  }

  #goneError(): Error {
    return new RequestError("CANCELLED", "The caller closed the connection before the answer.");
  }

  #onAborted(): void {
    this.aborted = true;
    this.done = true;
    this.bodyStream?.fail(this.#goneError());
    this.#abort?.abort(this.#goneError());
    this.#giveUp?.();
    this.#report(0);
  }
}
