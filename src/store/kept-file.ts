// Small files that are read whole and replaced whole, beside the store: nobody ever reads half of one, and after a
// power cut there is the old one or the new one.

import { open, readFile, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { StoreError } from "./store-errors.js";
import { syncDirectory } from "./sync-directory.js";

/** Puts `bytes` in the place of what is in `file`, durably, for the owner's eyes alone. Rejects when it cannot. */
export async function replaceFile(file: string, bytes: Uint8Array | string): Promise<void> {
  const draft = `${file}.${process.pid}`;
  try {
    const handle = await open(draft, "w", 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(file));
}

/** What is in `file`; undefined when there is none. Rejects when it cannot be read or has more than `maxBytes`. */
export async function readIfThere(file: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    const entry = await stat(file);
    if (!entry.isFile()) throw unreadable(file, "it is no regular file");
    if (entry.size > maxBytes) throw unreadable(file, `it has ${entry.size} bytes, at most ${maxBytes} fit`);
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function unreadable(file: string, why: string): StoreError {
  return new StoreError("STORE_FILE", `${file} is not read: ${why}; move it away, and a new one is made`);
}
