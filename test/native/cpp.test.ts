import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { HAS_COMPILER, ROOT_DIR } from "./checkout.js";

const TIMEOUT_MS = 240_000;
const script = join(ROOT_DIR, "scripts", "test-native.mjs");

describe("the C++ tests of the engine files", () => {
  it.runIf(HAS_COMPILER && process.platform !== "win32")(
    "hold as the addon is compiled",
    () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
      expect({ status, said: status === 0 ? "" : `${stdout}${stderr}` }).toEqual({ status: 0, said: "" });
      expect(stdout).toMatch(/[1-9]\d* C\+\+ tests, 0 failures/);
    },
    TIMEOUT_MS,
  );

  it.runIf(HAS_COMPILER && process.platform !== "win32")(
    "touch no memory that is not theirs and do nothing undefined, wherever the compiler can watch that",
    () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [script, "--address"], {
        encoding: "utf8",
      });
      expect({ status, said: status === 0 ? "" : `${stdout}${stderr}` }).toEqual({ status: 0, said: "" });
      expect(stdout).toMatch(/[1-9]\d* C\+\+ tests, 0 failures|THE SANITIZED C\+\+ TESTS DID NOT RUN/);
    },
    TIMEOUT_MS,
  );

  it("say loudly that they did not run where there is no compiler", () => {
    const { status, stdout } = spawnSync(process.execPath, [script], {
      encoding: "utf8",
      env: { ...process.env, CXX: "no-such-compiler" },
    });
    expect(status).toBe(0);
    expect(stdout).toContain("THE C++ TESTS DID NOT RUN");
  });
});
