#!/usr/bin/env node
// `npm run test:node22`: the same steps as `npm test`, under Node 22 from npm, kept in .cache/node22.
// Why the platform's own package: `node@22` only fetches it in an install script, and npm may hold those back.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MAJOR = 22;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const prefix = join(root, ".cache", `node${NODE_MAJOR}`);
const platform = process.platform === "win32" ? "win" : process.platform;
const packageName = `node-${platform}-${process.arch}`;
const binFolder = join(prefix, "node_modules", packageName, "bin");
const binary = join(binFolder, process.platform === "win32" ? "node.exe" : "node");

function versionOf(path) {
  const asked = existsSync(path) ? spawnSync(path, ["--version"], { encoding: "utf8" }) : undefined;
  return asked?.status === 0 ? asked.stdout.trim() : undefined;
}

function install() {
  mkdirSync(prefix, { recursive: true });
  writeFileSync(
    join(prefix, "package.json"),
    `${JSON.stringify({ name: "node-for-tests", private: true })}\n`,
  );
  const flags = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts"];
  const done = spawnSync("npm", ["install", ...flags, `${packageName}@${NODE_MAJOR}`], {
    cwd: prefix,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (done.status !== 0) throw new Error(`npm could not install ${packageName}@${NODE_MAJOR} into ${prefix}`);
}

if (versionOf(binary) === undefined) install();
const version = versionOf(binary);
if (!version?.startsWith(`v${NODE_MAJOR}.`)) {
  throw new Error(
    `${binary} answers ${version ?? "nothing"} instead of v${NODE_MAJOR}; delete ${prefix} and run this again`,
  );
}
console.log(`the suite under Node ${version}`);
const env = { ...process.env, PATH: [binFolder, process.env.PATH].join(delimiter) };
const run = spawnSync("npm", ["test"], {
  cwd: root,
  stdio: "inherit",
  env,
  shell: process.platform === "win32",
});
process.exitCode = run.status ?? 1;
