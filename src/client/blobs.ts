// Blobs, from a client program: large input and output as streams.
// Why a function is the best source: an upload that is cut off can then start again from the beginning; the same bytes
// always become the same blob, so doing it twice is safe.

import { ClientError, cancelled, connectionLost } from "./errors.js";
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
  /** Uploads up to 1 GiB. Repeated when the connection is lost, unless the source can be read only once. */
  put(
    source: BlobContent | (() => BlobContent),
    options?: CallOptions & { mediaType?: string },
  ): Promise<StoredBlob>;
  /** Streams a blob. */
  open(id: string, options?: CallOptions): AsyncIterable<Uint8Array>;
}

function isIterable(content: BlobContent): content is AsyncIterable<Uint8Array> {
  return typeof content === "object" && Symbol.asyncIterator in content;
}

/** As a stream that asks for the next chunk only when the one before is on its way. */
function toStream(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => {
      await iterator.return?.();
    },
  });
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
    put: (source, { mediaType, signal } = {}) => {
      const content = typeof source === "function" ? source : () => source;
      const body: NonNullable<RequestSpec["body"]> = () => {
        const now = content();
        return isIterable(now) ? toStream(now) : now;
      };
      return http.data({
        method: "POST",
        path: "/api/blobs",
        body,
        headers: { "content-type": mediaType ?? "application/octet-stream" },
        repeatable: typeof source === "function" || !isIterable(source),
        signal,
        timeoutMs: 0,
      });
    },
    open: async function* (id, { signal } = {}) {
      const path = `/api/blobs/${encodeURIComponent(id)}`;
      const response = await http.response({ method: "GET", path, repeatable: true, signal, timeoutMs: 0 });
      yield* readBody(response, signal);
    },
  };
}
