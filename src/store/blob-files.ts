// Where a blob lies and how to read it. Free of everything but the file system, so any thread may stream a blob while
// the store itself stays on the main thread. A blob's id is the SHA-256 of its bytes, in hex; its file lies under the
// first two pairs of digits, with what else is known about it in a small file beside it.

import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { StoreError } from "./store-errors.js";

const BLOB_ID = /^[0-9a-f]{64}$/;
const READ_BYTES = 64 * 1024;

/** First and last byte wanted, both counted from 0 and both included; without `last` to the end. */
export interface ByteRange {
  readonly first: number;
  readonly last?: number;
}

export interface BlobStat {
  readonly blob_id: string;
  readonly bytes: number;
  readonly media_type: string;
}

/** True for what can be a blob id at all: 64 lower-case hexadecimal digits. */
export function isBlobId(id: string): boolean {
  return BLOB_ID.test(id);
}

/** The hash whose hex digest is a blob's id. */
export function blobHash() {
  return createHash("sha256");
}

/** The file of a blob under `blobsDir`. Throws BLOB_BAD_ID, so no id can lead out of the directory. */
export function blobPath(blobsDir: string, id: string): string {
  if (!isBlobId(id)) {
    const given = JSON.stringify(String(id).slice(0, 80));
    throw new StoreError("BLOB_BAD_ID", `${given} is no blob id; expected 64 lower-case hexadecimal digits`);
  }
  return join(blobsDir, id.slice(0, 2), id.slice(2, 4), id);
}

/** The file beside a blob that names its media type. */
export function blobNotePath(blobsDir: string, id: string): string {
  return `${blobPath(blobsDir, id)}.json`;
}

function notFound(id: string, cause: unknown): unknown {
  if ((cause as NodeJS.ErrnoException).code !== "ENOENT") return cause;
  return new StoreError("BLOB_NOT_FOUND", `there is no blob ${id}`, { data: { blob_id: id }, cause });
}

/** What is known about a blob, undefined when there is none. Throws BLOB_BAD_ID. */
export async function statBlob(blobsDir: string, id: string): Promise<BlobStat | undefined> {
  const path = blobPath(blobsDir, id);
  try {
    const [{ size }, note] = await Promise.all([stat(path), readFile(blobNotePath(blobsDir, id), "utf8")]);
    return { blob_id: id, bytes: size, media_type: (JSON.parse(note) as { media_type: string }).media_type };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Streams a blob, or a range of it, in chunks of up to 64 KiB that belong to the reader. Throws BLOB_NOT_FOUND. */
export async function* readBlob(
  blobsDir: string,
  id: string,
  range: ByteRange = { first: 0 },
): AsyncGenerator<Uint8Array, void, undefined> {
  const path = blobPath(blobsDir, id);
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    throw notFound(id, error);
  }
  try {
    const end = (range.last ?? Number.MAX_SAFE_INTEGER - 1) + 1;
    for (let at = range.first; at < end; ) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, end - at));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
