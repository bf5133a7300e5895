// Removes from the build what no longer has a source, so that a deleted or renamed test never runs again.
// `node scripts/clean-stale.mjs [outDir]`. It also drops the compiler's memory when an output is missing, for an
// incremental compiler believes its notes, not the disk.

import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";

const FOLDERS = ["src", "actors", "bench", "test", "scripts"];
const BUILT_ENDING = /(?:\.d\.ts|\.js)(?:\.map)?$/;

const outDir = process.argv[2] ?? "dist";

function* filesUnder(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) yield join(entry.parentPath, entry.name);
  }
}

for (const folder of FOLDERS) {
  for (const built of filesUnder(join(outDir, folder))) {
    if (!BUILT_ENDING.test(built)) continue;
    const source = relative(outDir, built).replace(BUILT_ENDING, ".ts");
    if (!existsSync(source)) rmSync(built);
  }
}

const sources = FOLDERS.flatMap((folder) => [...filesUnder(folder)]).filter((path) =>
  /(?<!\.d)\.ts$/.test(path),
);
if (sources.some((path) => !existsSync(join(outDir, path.replace(/\.ts$/, ".js"))))) {
  rmSync(join(outDir, ".tsbuildinfo"), { force: true });
}
