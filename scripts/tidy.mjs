#!/usr/bin/env node
// The house linter: rules about the shape of the repository that no compiler knows. No dependency, under two seconds.
// `node scripts/tidy.mjs [--root DIR]` prints one line for each problem (where, what, what to do) and exits 1 if there
// is one. The way: tidy/check > tidy/source (read, mask, resolve) > the rules in tidy/rooms, tidy/graphs and
// tidy/texts, which take their tables from tidy/house.

import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { checkHouse } from "./tidy/check.mjs";

function rootFrom(argv) {
  const at = argv.indexOf("--root");
  if (at >= 0 && argv[at + 1] !== undefined) return resolve(argv[at + 1]);
  return dirname(dirname(fileURLToPath(import.meta.url)));
}

const startedAtMs = performance.now();
const { problems, fileCount } = checkHouse(rootFrom(process.argv));
for (const line of problems) console.log(line);
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(2);
const verdict = problems.length === 0 ? "in order" : `${problems.length} to mend`;
console.log(`tidy: ${fileCount} files, ${verdict} (${seconds} s)`);
process.exitCode = problems.length === 0 ? 0 : 1;
