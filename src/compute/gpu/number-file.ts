// A file without a name that two processes have open: shared memory as far as Node has it. It lies in memory where the
// system offers that (/dev/shm), else among temporary files, where the cache of the system keeps it in memory as well.
// Why no name: when both processes are gone, however they went, so is the file.
// Why not the IPC channel: measured side by side, 40 MB take two to four times as long through it, and the event loop
// of the sender stands still for all of that (some 500 ms on a loaded machine, against 20 ms).

import { readSync, writeSync } from "node:fs";
import { type FileHandle, open, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Random } from "../../base/random.js";

/** Containers often have 64 MiB of shared memory; what is below this much room is left alone. */
const SHARED_MEMORY_MIN_BYTES = 2 ** 30;

export type Numbers = Float32Array | Uint32Array;

/** Opens a new one. Close it by its handle. */
export async function openNumberFile(random: Random): Promise<FileHandle> {
  const path = join(await folder(), `hive-gpu-${process.pid}-${random.below(2 ** 31).toString(36)}`);
  const file = await open(path, "wx+", 0o600);
  await rm(path, { force: true });
  return file;
}

async function folder(): Promise<string> {
  const memory = await statfs("/dev/shm").catch(() => undefined);
  const isRoomy = memory !== undefined && memory.bavail * memory.bsize >= SHARED_MEMORY_MIN_BYTES;
  return isRoomy ? "/dev/shm" : tmpdir();
}

/** Writes arrays one after the other from the beginning, off this thread. */
export async function writeNumbers(file: FileHandle, arrays: readonly Numbers[]): Promise<void> {
  let position = 0;
  for (const array of arrays) {
    for (let done = 0; done < array.byteLength; ) {
      const bytes = bytesOf(array);
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
    position += array.byteLength;
  }
}

/** Fills arrays one after the other from the beginning, off this thread; false when the file is too short. */
export async function readNumbers(file: FileHandle, arrays: readonly Numbers[]): Promise<boolean> {
  let position = 0;
  for (const array of arrays) {
    for (let done = 0; done < array.byteLength; ) {
      const bytes = bytesOf(array);
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
      if (bytesRead === 0) return false;
      done += bytesRead;
    }
    position += array.byteLength;
  }
  return true;
}

/** `readNumbers` and `writeNumbers` of a process that has nothing else to do. */
export class NumberStream {
  readonly #descriptor: number;
  #position = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** The next `length` floats. */
  floats(length: number): Float32Array {
    return this.#fill(new Float32Array(length));
  }

  /** The next `length` whole numbers. */
  counts(length: number): Uint32Array {
    return this.#fill(new Uint32Array(length));
  }

  write(array: Numbers): void {
    const bytes = bytesOf(array);
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done, this.#position + done);
    this.#position += bytes.length;
  }

  #fill<Filled extends Numbers>(array: Filled): Filled {
    const bytes = bytesOf(array);
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(this.#descriptor, bytes, done, bytes.length - done, this.#position + done);
      if (read === 0) throw new Error("the file of numbers ended too early");
      done += read;
    }
    this.#position += bytes.length;
    return array;
  }
}

function bytesOf(array: Numbers): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
