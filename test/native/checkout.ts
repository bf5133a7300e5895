// A copy of what a build of the addon needs, in a temporary folder, so that tests may compile, break and remove things.

import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository; the built tests lie in <root>/<dist>/test/native. */
export const ROOT_DIR = fileURLToPath(new URL("../../../", import.meta.url));
const DIST_DIR = fileURLToPath(new URL("../../", import.meta.url));

function answers(command: string): boolean {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}

/** Whether this machine can compile the addon at all. */
export const HAS_COMPILER =
  [process.env.CXX ?? "c++", "g++", "clang++"].some(answers) && ["python3", "python"].some(answers);

/** A checkout with sources, the loader as built JavaScript, and the repository's node_modules; nothing compiled. */
export function copyCheckout(): string {
  const dir = mkdtempSync(join(tmpdir(), "hive-native-"));
  const scripts = ["build-native.mjs", "pack.mjs", "test-native.mjs", "toolchain.mjs"];
  const files = [
    "package.json",
    "Cargo-free-build.md",
    "LICENSE",
    ...scripts.map((name) => `scripts/${name}`),
  ];
  for (const name of files) {
    cpSync(join(ROOT_DIR, name), join(dir, name));
  }
  const buildDir = join(ROOT_DIR, "native", "build");
  cpSync(join(ROOT_DIR, "native"), join(dir, "native"), {
    recursive: true,
    filter: (source) => !source.startsWith(buildDir),
  });
  mkdirSync(join(dir, "dist", "src"), { recursive: true });
  cpSync(join(DIST_DIR, "src", "base"), join(dir, "dist", "src", "base"), { recursive: true });
  symlinkSync(join(ROOT_DIR, "node_modules"), join(dir, "node_modules"));
  return dir;
}

/** Runs the build script of a checkout or an installed package with the Node that runs this test. */
export function runBuild(
  dir: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [join(dir, "scripts", "build-native.mjs"), ...args], {
    cwd: dir,
    env,
    encoding: "utf8",
  });
}
