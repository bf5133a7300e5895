// The result of a task as its agent gave it. The hub keeps a result over 64 KiB as a blob of JSON and puts `{blob}` in
// its place; whoever reads a command's output wants the result, and the hub of a `hive run` takes its blobs with it.
// Why what cannot be fetched stays as it is: an agent may itself answer with a blob, of any content and any size.

import type { HiveClient, Task } from "../client.js";

type BlobReader = Pick<HiveClient, "blobs">;

/** A message between threads takes 8 MiB, so a result of more bytes of JSON is an agent's own blob. */
const FETCHED_BYTES_MAX = 64 * 1024 * 1024;
/** Times that a hub may go away in the middle of one result. */
const FETCHES_MAX = 3;

/** The task with its whole result. */
export async function withWholeResult(client: BlobReader, task: Task, signal?: AbortSignal): Promise<Task> {
  const blobId = keptAsBlob(task.result);
  if (blobId === undefined) return task;
  const json = await fetchText(client, blobId, signal);
  if (json === undefined) return task;
  try {
    return { ...task, result: JSON.parse(json) as unknown };
  } catch {
    return task;
  }
}

/** The blob in place of a result; undefined for every other result. */
function keptAsBlob(result: unknown): string | undefined {
  const { blob, ...rest } = (result ?? {}) as { blob?: Readonly<Record<string, unknown>> };
  if (typeof blob !== "object" || blob === null || Object.keys(rest).length > 0) return undefined;
  const { blob_id: id, bytes, media_type: mediaType } = blob;
  const isFetched =
    mediaType === "application/json" && typeof bytes === "number" && bytes <= FETCHED_BYTES_MAX;
  return isFetched && typeof id === "string" ? id : undefined;
}

/** Undefined when the hub has no such blob. */
async function fetchText(client: BlobReader, id: string, signal?: AbortSignal): Promise<string | undefined> {
  for (let count = 1; ; count++) {
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of client.blobs.open(id, signal === undefined ? {} : { signal }))
        chunks.push(chunk);
      return Buffer.concat(chunks).toString("utf8");
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "BLOB_NOT_FOUND" || code === "BLOB_BAD_ID") return undefined;
      if (code !== "CONNECTION_LOST" || count === FETCHES_MAX) throw error;
    }
  }
}
