import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { copyCheckout, HAS_COMPILER, ROOT_DIR, runBuild } from "./checkout.js";

const COMPILE_TIMEOUT_MS = 240_000;

let checkoutDir: string;
beforeAll(() => {
  checkoutDir = copyCheckout();
});
afterAll(() => rmSync(checkoutDir, { recursive: true, force: true }));

const addonPath = (dir: string): string => join(dir, "native", "build", "Release", "hive.node");

describe("the build script where something is missing", () => {
  /** With nothing on the PATH but programs that answer and do nothing. */
  function runWith(programs: readonly string[]) {
    const dir = join(checkoutDir, "programs");
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir);
    for (const name of programs) writeFileSync(join(dir, name), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    return runBuild(checkoutDir, ["--force"], { PATH: dir });
  }

  it("says in one sentence that there is no Python, and does not fail the installation", () => {
    const { status, stderr } = runWith([]);
    expect(status).toBe(0);
    expect(stderr).toBe(
      "hive: the native addon was not built: Python 3 was not found. " +
        "Hive runs on its TypeScript engine and MessagePort bell instead.\n",
    );
  });

  it.runIf(process.platform !== "win32")("says so when there is no compiler", () => {
    const { status, stderr } = runWith(["python3"]);
    expect(status).toBe(0);
    expect(stderr).toContain("a C++20 compiler was not found.");
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("the build script where there is a compiler", () => {
  it.runIf(HAS_COMPILER)(
    "compiles once, and then again only when a source has changed; a broken source is loud and no failure",
    () => {
      const first = runBuild(checkoutDir);
      expect(first.stderr).toBe("hive: the native addon is built.\n");
      expect(loadAddon({ packageDir: checkoutDir }).path).toBe(addonPath(checkoutDir));
      const builtAtMs = statSync(addonPath(checkoutDir)).mtimeMs;
      const second = runBuild(checkoutDir);
      expect([second.status, second.stdout, second.stderr]).toEqual([0, "", ""]);
      expect(statSync(addonPath(checkoutDir)).mtimeMs).toBe(builtAtMs);

      appendFileSync(join(checkoutDir, "native", "topk.cc"), '#error "broken on purpose"\n');
      const third = runBuild(checkoutDir);
      expect(third.status).toBe(0);
      expect(third.stderr).toContain("broken on purpose");
      expect(third.stderr).toContain("THE NATIVE ADDON DID NOT COMPILE");
      expect(existsSync(addonPath(checkoutDir))).toBe(false);
    },
    COMPILE_TIMEOUT_MS,
  );

  it.runIf(HAS_COMPILER)(
    "compiles in the package that npm would publish, which carries no build output",
    () => {
      const projectDir = join(checkoutDir, "project");
      const packageDir = join(projectDir, "node_modules", "hive");
      mkdirSync(packageDir, { recursive: true });
      for (const name of readdirSync(join(ROOT_DIR, "node_modules"))) {
        if (!name.startsWith(".") && name !== "hive") {
          symlinkSync(join(ROOT_DIR, "node_modules", name), join(projectDir, "node_modules", name));
        }
      }
      const pack = ["pack", "--silent", "--ignore-scripts", `--pack-destination=${projectDir}`];
      const packed = spawnSync("npm", pack, { cwd: ROOT_DIR, encoding: "utf8" });
      expect(packed.status).toBe(0);
      const tarball = join(projectDir, packed.stdout.trim());
      expect(spawnSync("tar", ["-xzf", tarball, "-C", packageDir, "--strip-components=1"]).status).toBe(0);
      expect(existsSync(join(packageDir, "native", "build"))).toBe(false);

      const built = runBuild(packageDir);
      expect(built.stderr).toBe("hive: the native addon is built.\n");
      expect(loadAddon({ packageDir }).path).toBe(addonPath(packageDir));
    },
    COMPILE_TIMEOUT_MS,
  );
});
