// Files that were made or renamed are there after a power cut only when their directory was flushed too.

import * as fs from "node:fs";
import { open } from "node:fs/promises";

/** Makes the names in `dir` durable, before anything else runs. For start-up. */
export function syncDirectorySync(dir: string): void {
  const handle = fs.openSync(dir, fs.constants.O_RDONLY);
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** Makes the names in `dir` durable. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, fs.constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
