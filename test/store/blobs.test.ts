import { createHash } from "node:crypto";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { readBlob } from "../../src/store/blob-files.js";
import type { Blobs } from "../../src/store/blobs.js";
import { openBlobs } from "../../src/store/blobs.js";
import { failureOf, freshDir } from "./rig.js";

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function* inChunks(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function incomingOf(blobs: Blobs): string[] {
  return readdirSync(join(blobs.dir, "incoming"));
}

const BYTES = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7) % 251));
const ID = createHash("sha256").update(BYTES).digest("hex");

describe("a blob", () => {
  test("is named by the SHA-256 of its bytes and comes back whole, also in another process and thread", async () => {
    const dir = freshDir();
    const blobs = openBlobs({ dir });
    const kept = await blobs.put(inChunks(BYTES, 10_007), "text/csv");
    expect(kept).toEqual({ blob_id: ID, bytes: BYTES.length, media_type: "text/csv" });
    expect(BYTES.equals(await bytesOf(blobs.open(ID)))).toBe(true);
    const again = openBlobs({ dir });
    expect(await again.stat(ID)).toEqual(kept);
    expect(BYTES.equals(await bytesOf(readBlob(again.dir, ID)))).toBe(true);
    expect(statSync(join(blobs.dir, ID.slice(0, 2), ID.slice(2, 4), ID)).mode & 0o777).toBe(0o600);
  });

  test("gives any range of its bytes, both ends included, cut at its end", async () => {
    const blobs = openBlobs({ dir: freshDir() });
    await blobs.put([BYTES]);
    for (const [first, last] of [
      [0, 0],
      [5, 9],
      [65_530, 140_000],
      [299_999, 400_000],
    ] as const) {
      const part = await bytesOf(blobs.open(ID, { first, last }));
      expect(part.equals(BYTES.subarray(first, last + 1)), `${first}-${last}`).toBe(true);
    }
    expect(await bytesOf(blobs.open(ID, { first: 300_000 }))).toHaveLength(0);
  });

  test("may be empty, and may come many times at once", async () => {
    const blobs = openBlobs({ dir: freshDir() });
    expect((await blobs.put([])).bytes).toBe(0);
    const all = await Promise.all(Array.from({ length: 8 }, () => blobs.put(inChunks(BYTES, 50_000))));
    expect(new Set(all.map(({ blob_id }) => blob_id))).toEqual(new Set([ID]));
    expect(incomingOf(blobs)).toEqual([]);
  });

  test("takes the media type it was last given; what is none becomes application/octet-stream", async () => {
    const blobs = openBlobs({ dir: freshDir() });
    await blobs.put([BYTES], 'evil"\n');
    expect((await blobs.stat(ID))?.media_type).toBe("application/octet-stream");
    await blobs.put([BYTES], "text/csv; charset=utf-8");
    expect((await blobs.stat(ID))?.media_type).toBe("text/csv; charset=utf-8");
  });
});

describe("what does not become a blob leaves nothing behind", () => {
  test("too many bytes", async () => {
    const blobs = openBlobs({ dir: freshDir(), limits: { blobBytes: 1_000 } });
    const error = await failureOf(blobs.put(inChunks(BYTES.subarray(0, 1_001), 100)));
    expect(error).toMatchObject({ code: "BLOB_TOO_LARGE", data: { limit: 1_000 } });
    expect(incomingOf(blobs)).toEqual([]);
    expect((await blobs.put([BYTES.subarray(0, 1_000)])).bytes).toBe(1_000);
  });

  test("a source that fails", async () => {
    const blobs = openBlobs({ dir: freshDir() });
    const source = (function* () {
      yield BYTES;
      throw new Error("the client went away");
    })();
    expect((await failureOf(blobs.put(source))).message).toBe("the client went away");
    expect(incomingOf(blobs)).toEqual([]);
    expect(await blobs.stat(ID)).toBeUndefined();
  });

  test("a process that ended in the middle", async () => {
    const dir = freshDir();
    const { dir: blobsDir } = openBlobs({ dir });
    writeFileSync(join(blobsDir, "incoming", "left.part"), BYTES);
    expect(incomingOf(openBlobs({ dir }))).toEqual([]);
  });

  test("one more than may come at once", async () => {
    const blobs = openBlobs({ dir: freshDir(), limits: { incoming: 1 } });
    const first = blobs.put([BYTES]);
    expect(await failureOf(blobs.put([BYTES]))).toMatchObject({ code: "BLOBS_BUSY" });
    await first;
    await blobs.put([BYTES]);
  });
});

describe("a blob id", () => {
  test.each([
    "",
    "../../../../etc/passwd",
    ID.toUpperCase(),
    ID.slice(1),
    `${ID}0`,
    `${ID}/..`,
    `..%2f${ID.slice(5)}`,
    `${ID.slice(1)}\0`,
    `${ID}\n`,
  ])("%j is refused everywhere", async (id) => {
    const blobs = openBlobs({ dir: freshDir() });
    expect(await failureOf(() => blobs.open(id))).toMatchObject({ code: "BLOB_BAD_ID" });
    expect(await failureOf(blobs.stat(id))).toMatchObject({ code: "BLOB_BAD_ID" });
    expect(await failureOf(bytesOf(readBlob(blobs.dir, id)))).toMatchObject({ code: "BLOB_BAD_ID" });
  });

  test("that nothing has is an answer to stat and an error to the reader", async () => {
    const blobs = openBlobs({ dir: freshDir() });
    expect(await blobs.stat(ID)).toBeUndefined();
    expect(await failureOf(bytesOf(blobs.open(ID)))).toMatchObject({ code: "BLOB_NOT_FOUND" });
  });
});
