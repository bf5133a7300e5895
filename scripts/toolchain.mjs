// What a machine has to compile C++ with: asked by everything here that compiles.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));

function runs(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}

/** The command of the C++ compiler, with the arguments CXX may hold, or undefined. */
export function compiler() {
  const words = (process.env.CXX ?? "").split(" ").filter(Boolean);
  if (words.length > 0) return runs(words[0]) ? words : undefined;
  const found = ["c++", "g++", "clang++"].find(runs);
  return found === undefined ? undefined : [found];
}

/** The tool that is missing here, or undefined. On Windows node-gyp looks for Visual Studio itself. */
export function missingTool() {
  const pythons = [process.env.npm_config_python, process.env.PYTHON, "python3", "python", "py"];
  if (!pythons.some((name) => name && runs(name))) return "Python 3";
  if (process.platform === "win32") return undefined;
  if (compiler() === undefined) return "a C++20 compiler";
  return process.env.MAKE || runs("make") || runs("gmake") ? undefined : "make";
}

/** The root of Node's headers on this machine, or undefined: node-gyp then downloads them. */
export function headersDir() {
  const told = process.env.npm_config_nodedir ?? askNpmForNodedir();
  const downloaded = join(homedir(), ".cache", "node-gyp", process.versions.node);
  const candidates = [told, resolve(dirname(process.execPath), ".."), downloaded];
  return candidates.find((dir) => dir && existsSync(join(dir, "include", "node", "node_api.h"))) ?? told;
}

function askNpmForNodedir() {
  const asked = spawnSync("npm", ["config", "get", "nodedir"], {
    encoding: "utf8",
    cwd: rootDir,
    shell: process.platform === "win32",
  });
  const answer = asked.status === 0 ? asked.stdout.trim() : "";
  return answer === "" || answer === "undefined" || answer === "null" ? undefined : answer;
}
