// Bodies: collected whole for JSON, or handed on chunk by chunk. Both count what arrives, because the parser below
// sets no limit, and both copy each chunk, because its memory is taken back when the callback returns.

import { isUtf8 } from "node:buffer";
import { RequestError } from "../wire/http-shapes.js";

/** Objects in arrays in objects: deeper than this is refused before it is parsed. */
export const JSON_DEPTH_MAX = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** True when brackets and braces, outside strings, nest deeper than `limit`. */
export function nestsDeeper(bytes: Uint8Array, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > limit) return true;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--;
  }
  return false;
}

/** Bytes from outside as a JSON value, or BAD_REQUEST that says why not. */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  if (!isUtf8(bytes)) throw new RequestError("BAD_REQUEST", `${what} is not UTF-8; send JSON in UTF-8.`);
  if (nestsDeeper(bytes, JSON_DEPTH_MAX)) {
    throw new RequestError(
      "BAD_REQUEST",
      `${what} nests deeper than ${JSON_DEPTH_MAX} levels; send it flatter.`,
    );
  }
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch (error) {
    throw new RequestError("BAD_REQUEST", `${what} is not JSON: ${(error as Error).message}`);
  }
}

/** The body of a route that takes fields, or VALIDATION_ERROR that says what came instead. */
export function requireObject(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === "object" && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>;
  const kind =
    body === undefined
      ? "missing"
      : body === null
        ? "null"
        : `a JSON ${Array.isArray(body) ? "array" : typeof body}`;
  const message = `is ${kind}; expected a JSON object with the fields of the request`;
  throw new RequestError("VALIDATION_ERROR", `The body ${message}.`, {
    fieldErrors: [{ field: "", message }],
  });
}

/** The refusal of a body that is larger than a route takes. */
export function tooLarge(limitBytes: number): RequestError {
  return new RequestError(
    "PAYLOAD_TOO_LARGE",
    `The body is larger than ${limitBytes} bytes; send large input to POST /api/blobs and refer to it.`,
    { data: { limit_bytes: limitBytes } },
  );
}

/** Throws UNSUPPORTED_MEDIA_TYPE unless `contentType` names JSON. */
export function requireJsonType(contentType: string): void {
  const mediaType = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (mediaType === "application/json" || mediaType.endsWith("+json")) return;
  const given = mediaType === "" ? "no Content-Type" : `Content-Type ${mediaType}`;
  throw new RequestError(
    "UNSUPPORTED_MEDIA_TYPE",
    `The body came with ${given}; send Content-Type: application/json.`,
  );
}

/** Where the bytes of a request come from: chunks whose memory is only lent during the call. */
export interface ChunkSource {
  onData(take: (chunk: ArrayBuffer, isLast: boolean) => void): unknown;
  pause(): void;
  resume(): void;
}

/** Collects a body of at most `limitBytes`. Calls `settle` once, with the bytes or the refusal. */
export function collectBody(
  source: ChunkSource,
  limitBytes: number,
  settle: (outcome: Uint8Array | RequestError) => void,
): void {
  let parts: Uint8Array[] | undefined;
  let countBytes = 0;
  let settled = false;
  source.onData((chunk, isLast) => {
    if (settled) return;
    countBytes += chunk.byteLength;
    if (countBytes > limitBytes) {
      settled = true;
      parts = undefined;
      settle(tooLarge(limitBytes));
      return;
    }
    const copy = new Uint8Array(chunk.slice(0));
    if (isLast) {
      settled = true;
      settle(parts === undefined ? copy : Buffer.concat([...parts, copy]));
    } else {
      parts ??= [];
      parts.push(copy);
    }
  });
}

/** How much of a streamed body may wait in memory before its socket is paused. */
const STREAM_WAITING_BYTES_MAX = 1024 * 1024;

/** A body as an iterable. Reading slower than the sender sends pauses the socket; nothing is buffered beyond 1 MiB. */
export class BodyStream implements AsyncIterable<Uint8Array> {
  readonly #source: ChunkSource;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #countBytes = 0;
  #paused = false;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(source: ChunkSource, limitBytes: number) {
    this.#source = source;
    source.onData((chunk, isLast) => this.#take(chunk, isLast, limitBytes));
  }

  /** Ends the stream with an error, for a sender that went away. */
  fail(error: Error): void {
    if (this.#ended) return;
    this.#failure ??= error;
    this.#ended = true;
    this.#wake?.();
  }

  /** Lets the socket go on. Has to be called before the answer: a paused socket takes no further request. */
  release(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#source.resume();
  }

  /** True when the whole body has arrived. */
  get complete(): boolean {
    return this.#ended && this.#failure === undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const chunk = this.#waiting.shift();
      if (chunk !== undefined) {
        this.#waitingBytes -= chunk.byteLength;
        if (this.#waitingBytes < STREAM_WAITING_BYTES_MAX / 2) this.release();
        yield chunk;
        continue;
      }
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  #take(chunk: ArrayBuffer, isLast: boolean, limitBytes: number): void {
    if (this.#ended) return;
    this.#countBytes += chunk.byteLength;
    if (this.#countBytes > limitBytes) {
      this.fail(tooLarge(limitBytes));
      return;
    }
    if (chunk.byteLength > 0) {
      this.#waiting.push(new Uint8Array(chunk.slice(0)));
      this.#waitingBytes += chunk.byteLength;
    }
    if (isLast) this.#ended = true;
    else if (!this.#paused && this.#waitingBytes >= STREAM_WAITING_BYTES_MAX) {
      this.#paused = true;
      this.#source.pause();
    }
    this.#wake?.();
  }
}
