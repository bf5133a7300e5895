// How the suite runs: the built JavaScript, in forked processes, because a worker thread of Node 20 cannot load TypeScript.
// Two projects: "units" mirror src/ and share the processor two files at a time; "heavy" (ways, races, faults) run real
// threads and processes under load, so they come after the units, one file at a time, and do not disturb each other.
// `--dir <folder>` points at another build: `npx vitest run --dir dist-mine/test/runtime`.

import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const HEAVY_FOLDERS = ["ways", "races", "faults"];
const UNIT_WORKERS_MAX = 2;

// Why: vitest does not hand `--dir` on to projects, so it is read here once for both.
function testDir(argv) {
  const at = argv.findIndex((word) => word === "--dir" || word.startsWith("--dir="));
  if (at < 0) return "dist/test";
  return argv[at] === "--dir" ? (argv[at + 1] ?? "dist/test") : argv[at].slice("--dir=".length);
}

const dir = resolve(testDir(process.argv));
const everything = "**/*.test.js";
const insideHeavy = HEAVY_FOLDERS.some((folder) => dir.split(/[\\/]/).includes(folder));
const heavyGlobs = insideHeavy ? [everything] : HEAVY_FOLDERS.map((folder) => `${folder}/${everything}`);
// Why: everything but the test files themselves is loaded by Node as a user's process would load it. Otherwise an agent that
// imports "hive" by name and a test that imports src/ would hold two copies of every module.
const asNodeLoadsIt = [/^(?!.*\.test\.js$).*\/dist[^/]*\//];

const shared = {
  dir,
  pool: "forks",
  testTimeout: 30_000,
  hookTimeout: 30_000,
  teardownTimeout: 10_000,
  execArgv: ["--enable-source-maps"],
  server: { deps: { external: asNodeLoadsIt } },
};

export default defineConfig({
  cacheDir: ".cache/vite",
  test: {
    reporters: process.env.HIVE_TEST_JSON
      ? ["default", ["json", { outputFile: process.env.HIVE_TEST_JSON }]]
      : ["default"],
    projects: [
      {
        cacheDir: ".cache/vite",
        test: {
          ...shared,
          name: "units",
          include: insideHeavy ? [] : [everything],
          exclude: heavyGlobs,
          maxWorkers: UNIT_WORKERS_MAX,
          sequence: { groupOrder: 0 },
        },
      },
      {
        cacheDir: ".cache/vite",
        test: {
          ...shared,
          name: "heavy",
          include: heavyGlobs,
          exclude: [],
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
