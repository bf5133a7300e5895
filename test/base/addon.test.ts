import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";

const compilers = [process.env.CXX ?? "c++", "g++", "clang++"];
const hasCompiler = compilers.some(
  (name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0,
);
const libc = { linux: "-gnu", win32: "-msvc" }[process.platform as string] ?? "";
const platformPackage = `hive-${process.platform}-${process.arch}${libc}`;

let packageDir: string;
beforeAll(() => {
  packageDir = mkdtempSync(join(tmpdir(), "hive-addon-"));
});
afterAll(() => rmSync(packageDir, { recursive: true, force: true }));

function placeBinary(folder: string, content: Buffer | string): void {
  const dir = join(packageDir, "native", folder);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "hive.node"), content);
}

/** As npm lays it out beside or below the package that asks for it. */
function placePlatformPackage(rootDir: string, content: Buffer | string, main: string): void {
  const dir = join(rootDir, "node_modules", platformPackage);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name: platformPackage, version: "0.0.0", main }));
  writeFileSync(join(dir, main), content);
}

describe("the loader of the native addon", () => {
  it.runIf(hasCompiler)("finds the addon where there is a compiler", () => {
    const loaded = loadAddon();
    expect(loaded.reason).toBeUndefined();
    expect(loaded.path).toMatch(/hive\.node$/);
    expect(typeof loaded.addon?.bellRing).toBe("function");
  });

  it("does not look when it is switched off, and says so", () => {
    expect(loadAddon({ disabled: true })).toEqual({
      addon: undefined,
      path: undefined,
      reason: "The native addon is switched off by the settings.",
    });
  });

  it("says what to do when nothing is built", () => {
    expect(loadAddon({ packageDir }).reason).toContain("is not built for");
    expect(loadAddon({ packageDir }).reason).toContain("npm run install");
    expect(loadAddon({ packageDir }).reason).toContain("npm rebuild hive");
  });

  it("says why a broken binary does not load", () => {
    placeBinary("build/Release", "not a shared library");
    const loaded = loadAddon({ packageDir });
    expect(loaded.addon).toBeUndefined();
    expect(loaded.reason).toContain("does not load");
  });

  it.runIf(hasCompiler)(
    "prefers the package of the platform, and goes on when what is there is broken",
    () => {
      const binary = readFileSync(loadAddon().path ?? "");
      placeBinary("build/Release", binary);
      placePlatformPackage(packageDir, "broken", "hive.node");
      expect(loadAddon({ packageDir }).path).toContain("build");
      placePlatformPackage(packageDir, binary, "hive.node");
      expect(loadAddon({ packageDir }).path).toContain(join("node_modules", "hive-"));
    },
  );

  it("passes over a package of other sources, with a sentence that says so", () => {
    const otherDir = join(packageDir, "other");
    placePlatformPackage(otherDir, "exports.abi = 0;", "hive.js");
    const { addon, reason } = loadAddon({ packageDir: otherDir });
    expect(addon).toBeUndefined();
    expect(reason).toContain("has version 0, expected ");
  });
});
