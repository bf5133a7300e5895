#!/usr/bin/env node
// Completes package-lock.json after dependencies were added: `node scripts/complete-lock.mjs [--check] [DIR]`.
// npm leaves out of the lock the packages of other platforms that its registry did not answer for, and `npm ci` then
// refuses that very lock as out of date. This writes them back: version from the parent, platform from the name.
// Why not by hand: every `npm install` with such a registry may drop them again; --check (in the tests) notices.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const CPUS = ["arm64", "x64", "ia32", "arm", "ppc64", "riscv64", "s390x"];
const SYSTEMS = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const LIBCS = { musl: "musl", gnu: "glibc", musleabihf: "musl", gnueabihf: "glibc" };

/** Whether Node would find `name` from the package at `path`, going up folder by folder. */
function isFound(packages, path, name) {
  const folders = path.split("/node_modules/");
  return (
    folders.some((_, depth) => {
      const from = folders.slice(0, folders.length - depth).join("/node_modules/");
      return `${from === "" ? "" : `${from}/`}node_modules/${name}` in packages;
    }) || `node_modules/${name}` in packages
  );
}

function missingOptionals(packages) {
  const missing = [];
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (!isFound(packages, path, name)) missing.push({ name, version, dev });
    }
  }
  return missing;
}

/** What the lock says about a package that exists for one platform only, read from its name. */
function platformEntry({ name, version, dev }) {
  const words = name.split(/[/-]/);
  if (words.includes("wasm32")) return { version, cpu: ["wasm32"], ...(dev ? { dev } : {}), optional: true };
  const os = words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.filter((word) => CPUS.includes(word));
  const libc = words.flatMap((word) => LIBCS[word] ?? []);
  if (os.length !== 1 || cpu.length !== 1 || !/^\d+\.\d+\.\d+$/.test(version)) {
    throw new Error(
      `cannot tell the platform or the exact version of ${name}@${version}; add it to the lock by hand`,
    );
  }
  return { version, cpu, ...(dev ? { dev } : {}), ...(libc.length > 0 ? { libc } : {}), optional: true, os };
}

const args = process.argv.slice(2);
const file = join(args.find((word) => !word.startsWith("--")) ?? ".", "package-lock.json");
const lock = JSON.parse(readFileSync(file, "utf8"));
const missing = missingOptionals(lock.packages);

if (args.includes("--check")) {
  for (const { name, version } of missing) console.log(`${file} lacks ${name}@${version}`);
  if (missing.length > 0) console.log("npm ci would refuse this lock; run: node scripts/complete-lock.mjs");
  process.exitCode = missing.length === 0 ? 0 : 1;
} else {
  for (const one of missing) lock.packages[`node_modules/${one.name}`] = platformEntry(one);
  const sorted = Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${missing.length} packages of other platforms added to ${file}`);
}
