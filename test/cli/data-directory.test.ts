// Data directories that cannot be one: `hive start` and `hive start --check` say the same of them, and soon.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DATA_DIR_EXPECTED } from "../../src/store/data-directory.js";
import { hive } from "./hive.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "hive-data-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("a data directory that cannot be one is refused with exit code 78, by --check and by the start", () => {
  test.each([
    ["is a file", "file", /data\.dir: \S+\/file is no directory/],
    ["is below a file", "file/deep/er", /data\.dir: \S+\/file is no directory/],
    ["is a link that leads nowhere", "nowhere", /\/nowhere is a link that leads nowhere/],
    ["is a link to itself", "round", /\/round cannot be looked at \(ELOOP\)/],
    ["has too long a name", "x".repeat(300), /x cannot be looked at \(ENAMETOOLONG\)/],
    ["holds somebody else's files for all to see", "others", /\/others holds other files.*chmod 700/],
  ])("one that %s", async (_, name, message) => {
    writeFileSync(path.join(dir, "file"), "mine");
    symlinkSync(path.join(dir, "gone"), path.join(dir, "nowhere"));
    symlinkSync(path.join(dir, "round"), path.join(dir, "round"));
    mkdirSync(path.join(dir, "others"), { mode: 0o755 });
    writeFileSync(path.join(dir, "others", "letter.txt"), "dear");
    await refuses(name, message);
  });

  // Nothing can be made there by anybody, root included; elsewhere only another user or a read-only disk is like it.
  test.runIf(existsSync("/proc/self"))("one where the system takes no directories", async () => {
    await refuses("/proc/hive", /data\.dir: \/proc\/hive cannot be made: \/proc takes no new directories/);
    await refuses("/proc/hive/data", /\/proc takes no new directories/);
    await refuses("/proc", /data\.dir: \/proc cannot be written/);
  });

  async function refuses(data: string, message: RegExp): Promise<void> {
    for (const more of [["--check"], ["--port", "0"]]) {
      const { exitCode, stdout, stderr } = await hive(["start", "--data", data, ...more], { cwd: dir });
      expect({ exitCode, stdout }, more[0]).toEqual({ exitCode: 78, stdout: "" });
      expect(stderr).toMatch(message);
      expect(stderr).toContain(DATA_DIR_EXPECTED);
      expect(stderr).not.toMatch(/\n {4}at /);
    }
  }
});

test("a data directory that can be made passes the check, which makes nothing", async () => {
  expect(await hive(["start", "--check", "--data", "a/b"], { cwd: dir })).toMatchObject({ exitCode: 0 });
  mkdirSync(path.join(dir, "empty"));
  expect(await hive(["start", "--check", "--data", "empty"], { cwd: dir })).toMatchObject({ exitCode: 0 });
  expect(readdirSync(dir, { recursive: true })).toEqual(["empty"]);
});

test("with --json the problem names the setting and what was given", async () => {
  writeFileSync(path.join(dir, "file"), "");
  const { stdout } = await hive(["start", "--check", "--json", "--data", "file"], { cwd: dir });
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    problems: [{ setting: "data.dir", given: path.join(dir, "file") }],
  });
});
