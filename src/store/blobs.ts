// Blobs: large inputs and results as files, named by their content. A blob that was answered is on disk: bytes, note
// and names are flushed before `put` settles.
//   put: incoming/<random>.part, hashed while it is written > fsync > note > rename into place > fsync of directories
// Why a note beside the bytes: the same bytes may come again under a better media type; the newest note counts.
// Why a gate and flushes on the way: file work shares the process's four I/O threads with the journal's commits. A few
// long flushes at once would hold up everything that waits to be acknowledged.

import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BlobStat, ByteRange } from "./blob-files.js";
import { blobHash, blobNotePath, blobPath, readBlob, statBlob } from "./blob-files.js";
import { Gate } from "./gate.js";
import { StoreError, writeFailure } from "./store-errors.js";
import { syncDirectory, syncDirectorySync } from "./sync-directory.js";

const BLOBS_DIR = "blobs";
const INCOMING_DIR = "incoming";
/** Two of libuv's four threads stay free for the journal and for reading. */
const DISK_WORK_AT_ONCE = 2;
/** Flushing on the way keeps each flush short. */
const FLUSH_EVERY_BYTES = 16 * 1024 * 1024;
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64}(?:;[\x20-\x7e]{0,128})?$/;
const MEDIA_TYPE_DEFAULT = "application/octet-stream";

export interface BlobLimits {
  /** The largest blob. */
  readonly blobBytes: number;
  /** Blobs that may be on their way in at once; one more is answered with BLOBS_BUSY. */
  readonly incoming: number;
}

export const BLOB_LIMITS: BlobLimits = { blobBytes: 1024 ** 3, incoming: 16 };

export interface BlobsOptions {
  /** The data directory; blobs lie in `blobs` below it. */
  readonly dir: string;
  readonly limits?: Partial<BlobLimits>;
}

export interface Blobs {
  /** The directory to give to `readBlob` on other threads. */
  readonly dir: string;
  /**
   * Keeps the bytes of `source` and settles when they are on disk. The same bytes again give the same id. What is no
   * media type becomes application/octet-stream. Rejects with
   * BLOB_TOO_LARGE, BLOBS_BUSY, STORE_FULL, STORE_FAILED, or with what `source` throws; then nothing is left behind.
   */
  put(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, mediaType?: string): Promise<BlobStat>;
  /** Streams a blob or a range of it. Throws BLOB_BAD_ID at once, BLOB_NOT_FOUND at the first read. */
  open(id: string, range?: ByteRange): AsyncGenerator<Uint8Array, void, undefined>;
  /** Undefined when there is no such blob. Rejects with BLOB_BAD_ID. */
  stat(id: string): Promise<BlobStat | undefined>;
}

class FileBlobs implements Blobs {
  readonly dir: string;
  readonly #limits: BlobLimits;
  readonly #gate = new Gate(DISK_WORK_AT_ONCE);
  #incoming = 0;

  constructor(dir: string, limits: BlobLimits) {
    this.dir = dir;
    this.#limits = limits;
  }

  open(id: string, range?: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    blobPath(this.dir, id);
    return readBlob(this.dir, id, range);
  }

  stat(id: string): Promise<BlobStat | undefined> {
    return statBlob(this.dir, id);
  }

  async put(
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    mediaType: string = MEDIA_TYPE_DEFAULT,
  ): Promise<BlobStat> {
    const limit = this.#limits.incoming;
    if (this.#incoming >= limit) {
      throw new StoreError("BLOBS_BUSY", `${limit} blobs are on their way in, the limit; try again`, {
        data: { limit },
      });
    }
    this.#incoming++;
    const part = join(this.dir, INCOMING_DIR, `${randomUUID()}.part`);
    try {
      const { id, bytes } = await this.#receive(source, part);
      return await this.#keep(part, { blob_id: id, bytes, media_type: checkedMediaType(mediaType) });
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    } finally {
      this.#incoming--;
    }
  }

  /** Writes the bytes to `part` and flushes them. */
  async #receive(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, part: string) {
    const hash = blobHash();
    const file = await this.#onDisk(() => open(part, "wx", 0o600));
    let bytes = 0;
    let flushAt = FLUSH_EVERY_BYTES;
    try {
      for await (const chunk of source) {
        bytes += chunk.length;
        if (bytes > this.#limits.blobBytes) throw this.#tooLarge();
        hash.update(chunk);
        await this.#onDisk(() => writeFully(file, chunk));
        if (bytes < flushAt) continue;
        flushAt = bytes + FLUSH_EVERY_BYTES;
        await this.#onDisk(() => file.datasync());
      }
      await this.#onDisk(() => file.sync());
    } finally {
      await file.close();
    }
    return { id: hash.digest("hex"), bytes };
  }

  /** Runs file work in its turn; its failures become STORE_FULL or STORE_FAILED. */
  async #onDisk<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.#gate.run(work);
    } catch (error) {
      throw writeFailure("a blob", error);
    }
  }

  #tooLarge(): StoreError {
    const limit = this.#limits.blobBytes;
    return new StoreError("BLOB_TOO_LARGE", `a blob holds at most ${limit} bytes`, { data: { limit } });
  }

  /** Gives the flushed bytes their name. The note comes first, so a blob that has its name has its note. */
  async #keep(part: string, blob: BlobStat): Promise<BlobStat> {
    const path = blobPath(this.dir, blob.blob_id);
    const note = `${part}.json`;
    await this.#onDisk(async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const file = await open(note, "wx", 0o600);
      try {
        await file.writeFile(JSON.stringify({ media_type: blob.media_type, bytes: blob.bytes }));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(note, blobNotePath(this.dir, blob.blob_id));
      await rename(part, path);
      for (const dir of [dirname(path), dirname(dirname(path)), this.dir]) await syncDirectory(dir);
    }).catch(async (error: unknown) => {
      await rm(note, { force: true });
      throw error;
    });
    return blob;
  }
}

function checkedMediaType(mediaType: string): string {
  return MEDIA_TYPE.test(mediaType) ? mediaType : MEDIA_TYPE_DEFAULT;
}

async function writeFully(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, at, chunk.length - at);
    at += bytesWritten;
  }
}

/** The blobs below `dir`. Takes away what an interrupted `put` left. */
export function openBlobs(options: BlobsOptions): Blobs {
  const dir = join(options.dir, BLOBS_DIR);
  const incoming = join(dir, INCOMING_DIR);
  fs.rmSync(incoming, { recursive: true, force: true });
  fs.mkdirSync(incoming, { recursive: true, mode: 0o700 });
  fs.chmodSync(dir, 0o700);
  syncDirectorySync(options.dir);
  return new FileBlobs(dir, { ...BLOB_LIMITS, ...options.limits });
}
