// What the tests of the analysts feed them: bytes in chunks of any size, and files of installed packages.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Pacer } from "../../actors/stream/pacing.js";
import { profileTable, type TableOptions } from "../../actors/table/profile-table.js";
import type { ColumnProfile, TableProfile } from "../../actors/table/shapes.js";

const PACKAGES = join(process.cwd(), "node_modules");

/** A file of an installed package. */
export function packageFile(path: string): Buffer {
  return readFileSync(join(PACKAGES, path));
}

/** A table of vega-datasets as text. */
export function vega(file: string): string {
  return packageFile(`vega-datasets/data/${file}`).toString("utf8");
}

/** `content` as a stream in chunks of `chunkBytes`. */
export function streamOf(content: string | Uint8Array, chunkBytes = 65_536): () => AsyncIterable<Uint8Array> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return async function* () {
    for (let start = 0; start < bytes.length; start += chunkBytes)
      yield bytes.subarray(start, start + chunkBytes);
  };
}

export function profile(content: string | Uint8Array, options: TableOptions = {}): Promise<TableProfile> {
  return profileTable(streamOf(content), options, new Pacer());
}

export function columnOf(table: TableProfile, name: string): ColumnProfile {
  const found = table.columns.find((column) => column.name === name);
  if (found === undefined)
    throw new Error(`no column ${name} in ${table.columns.map((column) => column.name)}`);
  return found;
}

/** The error that `work` ends with. */
export async function failureOf(
  work: Promise<unknown>,
): Promise<{ code: string; message: string; data: Record<string, unknown>; retryable: boolean }> {
  try {
    await work;
  } catch (error) {
    return error as Awaited<ReturnType<typeof failureOf>>;
  }
  throw new Error("expected a failure");
}
