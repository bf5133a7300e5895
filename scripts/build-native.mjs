// Compiles the native addon with node-gyp: npm's `install` script, in a checkout and in an installed package alike.
//
//   node scripts/build-native.mjs            builds when the sources changed since the last build, and not at all where
//                                            the package of this platform brought a binary of these sources' version
//   node scripts/build-native.mjs --local    the same, without asking for that package
//   node scripts/build-native.mjs --force    builds always
//
// Why: it never fails an installation. Without a compiler it says so in one sentence; a compile that breaks is shown
// loudly. In both cases Hive runs on its TypeScript engine and its MessagePort bell, and says so at start.
// Why: node-gyp, not cargo or cmake: it comes from npm and brings its own rules for every platform.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { headersDir, missingTool } from "./toolchain.mjs";

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
const nativeDir = join(rootDir, "native");
const addonPath = join(nativeDir, "build", "Release", "hive.node");
const stampPath = join(nativeDir, "build", "stamp.json");
const OUTPUT_TAIL_LINES = 60;

/** What the binary depends on. N-API and libuv keep their ABI within a major version, so Node's own does not count. */
function fingerprint() {
  const hash = createHash("sha256");
  const uvMajor = process.versions.uv.split(".")[0];
  hash.update(`${process.platform} ${process.arch} napi8 uv${uvMajor} ${process.env.CXX ?? ""}\n`);
  for (const name of readdirSync(nativeDir).sort()) {
    if (!/\.(cc|h|gyp)$/.test(name)) continue;
    hash.update(`${name}\n`).update(readFileSync(join(nativeDir, name)));
  }
  return hash.digest("hex");
}

function isUpToDate(wanted) {
  if (!existsSync(addonPath) || !existsSync(stampPath)) return false;
  try {
    return JSON.parse(readFileSync(stampPath, "utf8")).fingerprint === wanted;
  } catch {
    return false;
  }
}

/** Whether the package of this platform is installed with a binary that loads and has the version of these sources. */
function hasPlatformBinary() {
  const wanted = /kAbi = (\d+)/.exec(readFileSync(join(nativeDir, "addon.cc"), "utf8"))?.[1];
  const require = createRequire(import.meta.url);
  return ["", "-gnu", "-musl", "-msvc"].some((ending) => {
    try {
      return String(require(`hive-${process.platform}-${process.arch}${ending}`).abi) === wanted;
    } catch {
      return false;
    }
  });
}

function nodeGypPath() {
  try {
    return createRequire(import.meta.url).resolve("node-gyp/bin/node-gyp.js");
  } catch {
    return undefined;
  }
}

function say(sentence) {
  process.stderr.write(`hive: ${sentence}\n`);
}

const FALLBACK = "Hive runs on its TypeScript engine and MessagePort bell instead.";

function build(gypPath) {
  const nodedir = headersDir();
  const args = [gypPath, "rebuild", "-C", nativeDir, ...(nodedir ? [`--nodedir=${nodedir}`] : [])];
  return spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
}

function main() {
  const wanted = fingerprint();
  const isForced = process.argv.includes("--force");
  if (!isForced && !process.argv.includes("--local") && hasPlatformBinary()) return;
  if (!isForced && isUpToDate(wanted)) return;
  const missing = missingTool();
  if (missing) return say(`the native addon was not built: ${missing} was not found. ${FALLBACK}`);
  const gypPath = nodeGypPath();
  if (!gypPath)
    return say(`the native addon was not built: the package node-gyp is not installed. ${FALLBACK}`);
  const result = build(gypPath);
  if (result.status === 0 && existsSync(addonPath)) {
    writeFileSync(stampPath, `${JSON.stringify({ fingerprint: wanted })}\n`);
    return say("the native addon is built.");
  }
  const output = `${result.stdout ?? ""}${result.stderr ?? ""}`.trimEnd().split("\n");
  process.stderr.write(`${output.slice(-OUTPUT_TAIL_LINES).join("\n")}\n`);
  const warning = `THE NATIVE ADDON DID NOT COMPILE (node-gyp ended with ${result.status ?? result.error}).`;
  say(`${warning} The compiler's words stand above. ${FALLBACK}`);
}

main();
