import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HAS_COMPILER, ROOT_DIR } from "./checkout.js";

const TIMEOUT_MS = 240_000;
const isUnix = process.platform !== "win32";

let workDir: string;
beforeAll(() => {
  workDir = mkdtempSync(join(tmpdir(), "hive-packages-"));
});
afterAll(() => rmSync(workDir, { recursive: true, force: true }));

const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));

function pack(args: readonly string[]) {
  const script = join(ROOT_DIR, "scripts", "pack.mjs");
  return spawnSync(process.execPath, [script, `--out=${join(workDir, "out")}`, ...args], {
    encoding: "utf8",
  });
}

/** A project without a network, whose foreign dependencies are one empty package: only Hive's own two count here. */
function installInEmptyProject(tarballs: readonly string[]): string {
  const projectDir = join(workDir, "project");
  mkdirSync(join(projectDir, "empty"), { recursive: true });
  writeFileSync(join(projectDir, "empty", "package.json"), '{ "name": "empty", "version": "1.0.0" }\n');
  const { dependencies } = readJson(join(ROOT_DIR, "package.json"));
  const overrides = Object.fromEntries(Object.keys(dependencies).map((name) => [name, "file:empty"]));
  writeFileSync(join(projectDir, "package.json"), JSON.stringify({ name: "p", private: true, overrides }));
  const flags = ["--offline", "--no-audit", "--no-fund", `--cache=${join(workDir, "cache")}`];
  const installed = spawnSync("npm", ["install", ...flags, ...tarballs], {
    cwd: projectDir,
    encoding: "utf8",
  });
  expect({ status: installed.status, output: installed.status === 0 ? "" : installed.stderr }).toEqual({
    status: 0,
    output: "",
  });
  return projectDir;
}

describe("the packages of a release", () => {
  it.runIf(HAS_COMPILER && isUnix)(
    "install from their tarballs, and the addon then comes from the package of the platform",
    () => {
      const packed = pack([]);
      expect({ status: packed.status, said: packed.status === 0 ? "" : packed.stderr }).toEqual({
        status: 0,
        said: "",
      });
      const tarballs = packed.stdout.trim().split("\n");
      expect(tarballs).toHaveLength(2);
      const { version } = readJson(join(ROOT_DIR, "package.json"));
      const projectDir = installInEmptyProject(tarballs);
      const mainDir = join(projectDir, "node_modules", "hive");
      const asked = readJson(join(mainDir, "package.json")).optionalDependencies;
      const [platformName = ""] = Object.keys(asked);
      expect(asked).toEqual({ [platformName]: version });
      expect(readJson(join(projectDir, "node_modules", platformName, "package.json")).version).toBe(version);
      expect(existsSync(join(mainDir, "native", "build"))).toBe(false);
      expect(readdirSync(mainDir).filter((name) => name.endsWith(".node"))).toEqual([]);

      const program = `
        import { loadAddon } from "./node_modules/hive/dist/src/base/addon.js";
        const { addon, path, reason } = loadAddon();
        console.log(JSON.stringify({ path, reason, bells: addon?.bellCount() }));
      `;
      const loaded = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
        cwd: projectDir,
        encoding: "utf8",
      });
      const { path, reason, bells } = JSON.parse(loaded.stdout);
      expect({ reason, bells }).toEqual({ bells: 0 });
      expect(path).toContain(join("node_modules", platformName));

      const rebuilt = spawnSync(process.execPath, [join(mainDir, "scripts", "build-native.mjs")], {
        encoding: "utf8",
      });
      expect([rebuilt.status, rebuilt.stdout, rebuilt.stderr]).toEqual([0, "", ""]);
      expect(existsSync(join(mainDir, "native", "build"))).toBe(false);
    },
    TIMEOUT_MS,
  );

  it.runIf(HAS_COMPILER && isUnix)(
    "are not complete without the binaries of every platform, and the missing ones are named",
    () => {
      const { status, stderr } = pack(["--complete"]);
      expect(status).toBe(1);
      expect(stderr).toContain("binaries are missing: ");
      expect(stderr).toContain("hive.win32-x64-msvc.node");
    },
    TIMEOUT_MS,
  );

  it("are asked for by the published package only: the checkout names none, so its lock stays valid", () => {
    const { optionalDependencies, napi } = readJson(join(ROOT_DIR, "package.json"));
    expect(optionalDependencies).toBeUndefined();
    expect(napi.targets).toHaveLength(7);
  });
});
