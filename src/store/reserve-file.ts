// A file that only takes up room: 5 % of what is free, given back when the disk runs full, so that running work can
// still be written down while new work is refused.
// Why random bytes: file systems that compress would make nothing of zeros.

import { randomFillSync } from "node:crypto";
import * as fs from "node:fs";
import { open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";

const RESERVE_FILE = "reserve";
const RESERVE_SHARE = 0.05;
const RESERVE_BYTES_MIN = 1024 * 1024;
/** Room for the outcomes of hundreds of running tasks. */
const RESERVE_BYTES_MAX = 32 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
/** The reserve is taken again only when this many times its size is free, so that it does not come and go. */
const ROOM_FACTOR = 2;

export class ReserveFile {
  readonly #path: string;
  readonly #dir: string;
  #bytes = 0;
  #held = false;

  constructor(dir: string) {
    this.#dir = dir;
    this.#path = join(dir, RESERVE_FILE);
  }

  /** True while the room is taken. */
  get held(): boolean {
    return this.#held;
  }

  /** Takes the room unless it is taken. False when the disk has not enough of it, or the file cannot be written. */
  async take(): Promise<boolean> {
    if (this.#held) return true;
    try {
      const taken = fs.statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
      const { bavail, bsize } = await statfs(this.#dir);
      const freeBytes = bavail * bsize + taken;
      if (this.#bytes === 0) this.#bytes = shareOf(freeBytes);
      if (freeBytes < this.#bytes * ROOM_FACTOR) return false;
      this.#held = true;
      if (taken < this.#bytes) await this.#write();
      return this.#held;
    } catch {
      // Whatever the reason, there is no reserve: the caller treats it like a full disk and tries again.
      this.release();
      return false;
    }
  }

  async #write(): Promise<void> {
    const chunk = randomFillSync(Buffer.allocUnsafe(CHUNK_BYTES));
    const file = await open(this.#path, "w", 0o600);
    try {
      for (let at = 0; at < this.#bytes && this.#held; at += chunk.length) {
        await file.write(chunk, 0, Math.min(chunk.length, this.#bytes - at));
      }
      await file.sync();
    } finally {
      await file.close();
    }
    if (!this.#held) await rm(this.#path, { force: true });
  }

  /** Gives the room back to the file system. Answers whether there was any. */
  release(): boolean {
    const held = this.#held;
    this.#held = false;
    fs.rmSync(this.#path, { force: true });
    return held;
  }
}

function shareOf(freeBytes: number): number {
  return Math.max(RESERVE_BYTES_MIN, Math.min(RESERVE_BYTES_MAX, Math.floor(freeBytes * RESERVE_SHARE)));
}
