#!/usr/bin/env node
// Compiles the C++ tests (native/test) with the engine files, which know no Node, and runs them.
//
//   node scripts/test-native.mjs               as the addon is compiled
//   node scripts/test-native.mjs --address     with AddressSanitizer and UndefinedBehaviorSanitizer
//   node scripts/test-native.mjs --sanitize    that, then with ThreadSanitizer; then the whole addon with the first
//                                              two, loaded into Node and fuzzed (needs dist/)
//
// Object files are kept in .cache/native-test under the hash of what they were made of.
// Why no V8 under a sanitizer: Node's own binary is not compiled with one. AddressSanitizer is loaded first, watches

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compiler, headersDir } from "./toolchain.mjs";

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
const nativeDir = join(rootDir, "native");
const testDir = join(nativeDir, "test");
const cacheDir = join(rootDir, ".cache", "native-test");
const FUZZ_CALLS = 300;
const COMPILERS_MAX = Math.min(4, availableParallelism());
/** As in native/binding.gyp. */
const FLAGS = [
  ...[
    "-std=c++20",
    "-fno-exceptions",
    "-fno-rtti",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-fno-trapping-math",
  ],
  ...["-Wall", "-Wextra", "-pthread"],
];
const ADDRESS = [
  "-g",
  "-fsanitize=address,undefined",
  "-fno-sanitize-recover=all",
  "-fno-omit-frame-pointer",
];
const KINDS = {
  plain: ["-O2"],
  address: ["-O1", ...ADDRESS],
  thread: ["-O1", "-g", "-fsanitize=thread"],
};

/** The engine files and the tests; glue needs Node and is tested through it. */
function sources() {
  const inDir = (dir) => readdirSync(dir).filter((name) => name.endsWith(".cc"));
  const isGlue = (name) => name.endsWith("addon.cc") || name === "unwrap.cc";
  const engines = inDir(nativeDir).filter((name) => !isGlue(name));
  return [
    ...engines.map((name) => join(nativeDir, name)),
    ...inDir(testDir).map((name) => join(testDir, name)),
  ];
}

function headersText() {
  const files = [nativeDir, testDir].flatMap((dir) => readdirSync(dir).map((name) => join(dir, name)));
  return files.filter((path) => path.endsWith(".h")).map((path) => readFileSync(path, "utf8"));
}

function compileOne(command, args) {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { stdio: "inherit" });
    child.on("error", failed);
    child.on("exit", (code) => (code === 0 ? done() : failed(new Error(`${args.at(-1)} did not compile`))));
  });
}

/** Compiles what changed, a few files at a time, links, and answers the path of the program. */
async function build(kind, [command, ...given], headers) {
  const args = [...given, ...FLAGS, ...KINDS[kind], `-I${join(headers, "include", "node")}`];
  const shared = headersText();
  mkdirSync(cacheDir, { recursive: true });
  const waiting = [];
  const objects = sources().map((path) => {
    const hash = createHash("sha256").update(
      JSON.stringify([command, args, shared, path, readFileSync(path, "utf8")]),
    );
    const object = join(cacheDir, `${hash.digest("hex").slice(0, 24)}.o`);
    if (!existsSync(object)) waiting.push({ path, object });
    return object;
  });
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      await compileOne(command, [...args, "-o", next.object, "-c", next.path]);
    }
  };
  await Promise.all(Array.from({ length: COMPILERS_MAX }, work));
  const program = join(cacheDir, `tests-${kind}`);
  await compileOne(command, [...args, "-o", program, ...objects]);
  return program;
}

function run(program, args, env = {}) {
  const { status, signal } = spawnSync(program, args, { stdio: "inherit", env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${program} ended with ${status ?? signal}`);
}

/** Whether the compiler has the libraries of the sanitizers: some systems have them in packages of their own. */
function canSanitize([command, ...given]) {
  const program = join(cacheDir, "sanitized");
  mkdirSync(cacheDir, { recursive: true });
  const args = [...given, ...ADDRESS, "-x", "c++", "-", "-o", program];
  return (
    spawnSync(command, args, { input: "int main() {}", stdio: ["pipe", "ignore", "ignore"] }).status === 0
  );
}

async function testEngines(kind, command, headers) {
  console.log(`hive: C++ tests, ${kind === "plain" ? "as the addon is compiled" : `${kind} sanitizer`}`);
  run(await build(kind, command, headers), []);
}

/** The addon compiled with sanitizers in a copy of its folder, loaded into Node and fuzzed. */
function fuzzAddon([command], headers) {
  console.log("hive: the addon in Node, address sanitizer");
  const copyDir = join(cacheDir, "addon");
  rmSync(copyDir, { recursive: true, force: true });
  cpSync(nativeDir, copyDir, {
    recursive: true,
    filter: (path) => !path.startsWith(join(nativeDir, "build")),
  });
  const gyp = createRequire(import.meta.url).resolve("node-gyp/bin/node-gyp.js");
  const flags = ADDRESS.join(" ");
  run(process.execPath, [gyp, "rebuild", "--silent", "-C", copyDir, `--nodedir=${headers}`], {
    CXXFLAGS: flags,
    LDFLAGS: "-fsanitize=address,undefined",
  });
  const asked = spawnSync(command, ["-print-file-name=libasan.so"], { encoding: "utf8" });
  const seed = Math.floor(Math.random() * 0x7fff_ffff);
  const program = join(rootDir, "dist", "test", "native", "fuzz-program.js");
  const addon = join(copyDir, "build", "Release", "hive.node");
  run(process.execPath, [program, addon, String(seed), String(FUZZ_CALLS), join(cacheDir, "last-call")], {
    LD_PRELOAD: asked.stdout.trim(),
    ASAN_OPTIONS: "detect_leaks=0",
  });
}

async function main() {
  const command = compiler();
  const headers = headersDir();
  if (command === undefined || process.platform === "win32") {
    return console.log("hive: THE C++ TESTS DID NOT RUN: a C++20 compiler (GCC or Clang) was not found.");
  }
  if (headers === undefined) {
    return console.log(
      'hive: THE C++ TESTS DID NOT RUN: the headers of Node are not here; "npx node-gyp install" brings them.',
    );
  }
  const isAsked = (flag) => process.argv.includes(flag);
  if (!isAsked("--sanitize") && !isAsked("--address")) return testEngines("plain", command, headers);
  if (!canSanitize(command)) {
    return console.log(
      "hive: THE SANITIZED C++ TESTS DID NOT RUN: the compiler has no AddressSanitizer; install libasan and libubsan.",
    );
  }
  await testEngines("address", command, headers);
  if (isAsked("--address")) return;
  await testEngines("thread", command, headers);
  if (process.platform === "linux") fuzzAddon(command, headers);
}

try {
  await main();
} catch (error) {
  console.error(`hive: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
