import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";

const compilers = [process.env.CXX ?? "c++", "g++", "clang++"];
const hasCompiler = compilers.some(
  (name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0,
);
const platform = `${process.platform}-${process.arch}`;

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
    "prefers a binary that came with the package, and goes on when that one is broken",
    () => {
      const built = loadAddon().path ?? "";
      rmSync(join(packageDir, "native"), { recursive: true, force: true });
      mkdirSync(join(packageDir, "native", "build", "Release"), { recursive: true });
      cpSync(built, join(packageDir, "native", "build", "Release", "hive.node"));
      placeBinary(`prebuilt/${platform}`, "broken");
      expect(loadAddon({ packageDir }).path).toContain("build");
      rmSync(join(packageDir, "native", "prebuilt"), { recursive: true });
      mkdirSync(join(packageDir, "native", "prebuilt", platform), { recursive: true });
      cpSync(built, join(packageDir, "native", "prebuilt", platform, "hive.node"));
      expect(loadAddon({ packageDir }).path).toContain("prebuilt");
    },
  );
});
