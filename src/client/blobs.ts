// Blobs, from a client program: large input and output as streams.
// Why a function is the best source: an upload that is cut off can then start again from the beginning; the same bytes
// always become the same blob, so doing it twice is safe.

import { ClientError, cancelled, connectionLost } from "./errors.js";
import { idSegment } from "./given.js";
import type { Http, RequestSpec } from "./http.js";
import type { CallOptions } from "./tasks.js";

export type BlobContent = string | Uint8Array | Blob | AsyncIterable<Uint8Array>;

/** A blob that is on the hub's disk; put it into a task's parameters as `blob`. */
export interface StoredBlob {
  readonly blob_id: string;
  readonly bytes: number;
  readonly media_type: string;
}

export interface BlobCalls {
  /**
   * Uploads up to 1 GiB. Repeated when the connection is lost, unless the source can be read only once. Rejects with
   * the source's own error when that is what broke it off.
   */
  put(
    source: BlobContent | (() => BlobContent),
    options?: CallOptions & { mediaType?: string },
  ): Promise<StoredBlob>;
  /** Streams a blob. */
  open(id: string, options?: CallOptions): AsyncIterable<Uint8Array>;
}

function isIterable(content: BlobContent): content is AsyncIterable<Uint8Array> {
  return typeof content === "object" && content !== null && Symbol.asyncIterator in content;
}

function noSource(given: unknown): ClientError {
  const shown = typeof given === "object" && given !== null ? "an object" : String(given);
  const what = `source: ${shown} is no content of a blob`;
  return new ClientError(
    "VALIDATION_ERROR",
    `${what}; give text, bytes, a Blob, a stream of bytes, or a function that makes one of them.`,
  );
}

function isContent(given: unknown): given is BlobContent {
  return (
    typeof given === "string" ||
    given instanceof ArrayBuffer ||
    ArrayBuffer.isView(given) ||
    given instanceof Blob ||
    isIterable(given as BlobContent)
  );
}

/** As a stream that asks for the next piece only when the one before is on its way. */
function toStream(
  pieces: AsyncIterable<Uint8Array>,
  failed: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { done, value } = await iterator.next();
        if (done) return controller.close();
        if (!(value instanceof Uint8Array)) throw noPiece(value);
        controller.enqueue(value);
      } catch (error) {
        failed(error);
        throw error;
      }
    },
    cancel: async () => {
      await iterator.return?.();
    },
  });
}

function noPiece(given: unknown): ClientError {
  const what = `source: a piece of it is ${given === null ? "null" : `of the type ${typeof given}`}`;
  return new ClientError("VALIDATION_ERROR", `${what}; give pieces of bytes (Uint8Array).`);
}

async function* readBody(
  response: Response,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  const onAbort = (): void => void reader.cancel().catch(() => undefined);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (signal?.aborted) throw cancelled(signal);
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (error instanceof ClientError) throw error;
    throw connectionLost("The hub went away in the middle of a blob; open it again.", error);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await reader.cancel().catch(() => undefined);
  }
}

export function blobCalls(http: Http): BlobCalls {
  return {
    put: async (source, { mediaType, signal } = {}) => {
      if (typeof source !== "function" && !isContent(source)) throw noSource(source);
      const content = typeof source === "function" ? source : () => source;
      const once = typeof source !== "function" && isIterable(source);
      const body: NonNullable<RequestSpec["body"]> = (failed) => {
        const now = content();
        if (!isContent(now)) throw noSource(now);
        return isIterable(now) ? toStream(now, failed) : now;
      };
      return http.data({
        method: "POST",
        path: "/api/blobs",
        body,
        headers: { "content-type": mediaType ?? "application/octet-stream" },
        repeatable: true,
        once,
        signal,
        timeoutMs: 0,
      });
    },
    open: async function* (id, { signal } = {}) {
      const path = `/api/blobs/${idSegment("blob_id", id)}`;
      const response = await http.response({ method: "GET", path, repeatable: true, signal, timeoutMs: 0 });
      yield* readBody(response, signal);
    },
  };
}
