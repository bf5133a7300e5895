import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hive-lock-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function completeLock(...args: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
} {
  return spawnSync(process.execPath, ["scripts/complete-lock.mjs", ...args], { encoding: "utf8" });
}

test("the lock names every optional dependency, so that npm ci takes it", () => {
  const { status, stdout } = completeLock("--check");
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

test("a lock that lost the packages of other platforms is noticed and completed", () => {
  const native = {
    version: "3.0.7",
    optionalDependencies: { "native-linux-arm64-musl": "3.0.7", nested: "1.0.0" },
  };
  const packages = {
    "": { name: "app" },
    "node_modules/native": native,
    "node_modules/native/node_modules/nested": { version: "1.0.0" },
  };
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages }));
  expect(completeLock("--check", folder)).toMatchObject({
    status: 1,
    stdout: expect.stringContaining("lacks native-linux-arm64-musl@3.0.7"),
  });

  expect(completeLock(folder).status).toBe(0);
  expect(completeLock("--check", folder).status).toBe(0);
  const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  expect(lock.packages["node_modules/native-linux-arm64-musl"]).toEqual({
    version: "3.0.7",
    cpu: ["arm64"],
    libc: ["musl"],
    optional: true,
    os: ["linux"],
  });
});
