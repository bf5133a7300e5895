#!/usr/bin/env node
// Lays out and packs what a release publishes: the package hive and, for each platform, a package with the binary.
//
//   node scripts/pack.mjs [--out DIR] [--binaries DIR] [--complete]
//
//   --out       where everything goes; default .cache/packages. Tarballs lie there, the layout in DIR/hive
//   --binaries  hive.<platform>.node of other machines, such as hive.darwin-arm64.node; this machine's is added
//   --complete  fail when a platform named in package.json (`napi.targets`) has no binary, as a release does
//
// The way: npm pack > DIR/hive > napi create-npm-dirs, version, artifacts, pre-publish > npm pack for each package.
// Why in a copy: pre-publish writes the platform packages into the main package's optionalDependencies. In the checkout
// they would be dependencies that are not published yet, and `npm ci` would refuse the lock.
// Why not `napi build`: it compiles Rust. node-gyp compiles the addon; the rest of the tool never asks for Cargo.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
const IS_WINDOWS = process.platform === "win32";
const ARCHS = { x86_64: "x64", aarch64: "arm64" };

/** Runs a command; what it says is shown only when it fails. */
function run(command, args, cwd) {
  const shell = IS_WINDOWS && command === "npm";
  const done = spawnSync(command, args, { cwd, encoding: "utf8", shell });
  if (done.status === 0) return done.stdout.trim();
  throw new Error(
    `${command} ${args.join(" ")} failed in ${cwd}:\n${done.stdout}${done.stderr}${done.error ?? ""}`,
  );
}

function napi(args, cwd) {
  const manifest = createRequire(import.meta.url).resolve("@napi-rs/cli/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8"));
  run(process.execPath, [join(dirname(manifest), bin.napi), ...args], cwd);
}

function pack(packageDir, outDir) {
  const flags = ["--silent", "--ignore-scripts", `--pack-destination=${outDir}`];
  return join(
    outDir,
    run("npm", ["pack", ...flags], packageDir)
      .split("\n")
      .at(-1),
  );
}

/** The name of a platform in @napi-rs/cli's files and packages, from a target such as x86_64-unknown-linux-gnu. */
function platformOf(target) {
  const [cpu, , system, libc] = target.split("-");
  const os = { linux: "linux", darwin: "darwin", windows: "win32" }[system];
  return [os, ARCHS[cpu], ...(libc ? [libc] : [])].join("-");
}

function ownPlatform() {
  const { platform, arch } = process;
  if (platform === "win32") return `${platform}-${arch}-msvc`;
  if (platform !== "linux") return `${platform}-${arch}`;
  return `${platform}-${arch}-${process.report.getReport().header.glibcVersionRuntime ? "gnu" : "musl"}`;
}

/** Compiles this machine's binary if it is not there, and copies it beside those of other machines. */
function gatherBinaries(givenDir, binariesDir) {
  mkdirSync(binariesDir, { recursive: true });
  if (givenDir !== undefined) {
    const given = readdirSync(givenDir).filter((name) => /^hive\..+\.node$/.test(name));
    for (const name of given) cpSync(join(givenDir, name), join(binariesDir, name));
  }
  run(process.execPath, [join(rootDir, "scripts", "build-native.mjs"), "--local"], rootDir);
  const own = join(rootDir, "native", "build", "Release", "hive.node");
  if (existsSync(own)) cpSync(own, join(binariesDir, `hive.${ownPlatform()}.node`));
}

/** Keeps in the copied manifest the targets that have a binary: @napi-rs/cli refuses a target without one. */
function keepTargets(packageDir, binariesDir, isComplete) {
  const path = join(packageDir, "package.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  const hasBinary = (target) => existsSync(join(binariesDir, `hive.${platformOf(target)}.node`));
  const missing = manifest.napi.targets.filter((target) => !hasBinary(target)).map(platformOf);
  manifest.napi.targets = manifest.napi.targets.filter(hasBinary);
  if (manifest.napi.targets.length === 0) {
    throw new Error(`there is no binary to pack; run "node scripts/build-native.mjs --force" to see why`);
  }
  if (isComplete && missing.length > 0) {
    const wanted = missing.map((platform) => `hive.${platform}.node`).join(", ");
    throw new Error(
      `binaries are missing: ${wanted}; compile on those machines and name their folder by --binaries`,
    );
  }
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
  return missing;
}

/** Main package and platform packages have one version, and the main package asks for exactly that one. */
function checkVersions(packageDir) {
  const read = (dir) => JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
  const main = read(packageDir);
  const platforms = readdirSync(join(packageDir, "npm")).map((name) => read(join(packageDir, "npm", name)));
  for (const { name, version } of platforms) {
    const asked = main.optionalDependencies?.[name];
    if (version === main.version && asked === main.version) continue;
    throw new Error(
      `${name} has version ${version}, ${main.name} ${main.version} asks for ${asked}; expected one version`,
    );
  }
}

function main() {
  const { values } = parseArgs({
    options: { out: { type: "string" }, binaries: { type: "string" }, complete: { type: "boolean" } },
  });
  const outDir = resolve(values.out ?? join(rootDir, ".cache", "packages"));
  const packageDir = join(outDir, "hive");
  const binariesDir = join(packageDir, "artifacts");
  if (!existsSync(join(rootDir, "dist", "src")))
    throw new Error('dist/ is missing; run "npm run build" first');
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(packageDir, { recursive: true });
  const copied = pack(rootDir, outDir);
  run("tar", ["-xzf", copied, "-C", packageDir, "--strip-components=1"], rootDir);
  rmSync(copied);
  gatherBinaries(values.binaries, binariesDir);
  const missing = keepTargets(packageDir, binariesDir, values.complete === true);
  napi(["create-npm-dirs"], packageDir);
  napi(["version"], packageDir);
  napi(["artifacts", "--output-dir", "artifacts"], packageDir);
  napi(["pre-publish", "--skip-optional-publish", "--no-gh-release"], packageDir);
  checkVersions(packageDir);
  const platformDirs = readdirSync(join(packageDir, "npm")).map((name) => join(packageDir, "npm", name));
  for (const dir of [...platformDirs, packageDir]) console.log(pack(dir, outDir));
  if (missing.length > 0) console.error(`hive: not packed, for want of a binary: ${missing.join(", ")}.`);
}

try {
  main();
} catch (error) {
  console.error(`hive: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
