// Peers that are compiled where the bench runs: into .cache/, and again when a source is younger than what was built.

import { execFile } from "node:child_process";
import { mkdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

const ROOT = resolve(import.meta.dirname, "../../../..");

/** A source of this room, by its path below peers/. */
export function sourcePath(path: string): string {
  return join(ROOT, "bench/savina/peers", path);
}

/** Where something is built to. */
export function builtPath(path: string): string {
  return join(ROOT, ".cache/bench", path);
}

/** Runs the compiler unless `built` is younger than every source. */
export async function build(
  built: string,
  sources: readonly string[],
  [command, ...args]: readonly [string, ...string[]],
): Promise<void> {
  const ages = await Promise.all(sources.map(async (source) => (await stat(source)).mtimeMs));
  const builtMs = await stat(built).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (builtMs > Math.max(...ages)) return;
  await mkdir(dirname(built), { recursive: true });
  await promisify(execFile)(command, args);
}
