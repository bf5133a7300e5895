import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyCheckout, HAS_COMPILER, ROOT_DIR } from "./checkout.js";

const COMMAND_TIMEOUT_MS = 240_000;
const document = readFileSync(join(ROOT_DIR, "Cargo-free-build.md"), "utf8");
const blocks = [...document.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => match[1] ?? "");

let checkoutDir: string;
beforeAll(() => {
  checkoutDir = copyCheckout();
});
afterAll(() => rmSync(checkoutDir, { recursive: true, force: true }));

describe("the commands of Cargo-free-build.md", () => {
  it("are there, and none of them needs Rust", () => {
    expect(blocks.length).toBeGreaterThanOrEqual(6);
    expect(blocks.join("\n")).not.toMatch(/\b(cargo|rustc|rustup|cmake)\b/);
  });

  it.runIf(HAS_COMPILER && process.platform !== "win32").each(blocks)(
    "work in their order: %s",
    (block) => {
      const { status, stdout, stderr } = spawnSync("sh", ["-euc", block], {
        cwd: checkoutDir,
        encoding: "utf8",
      });
      expect({ status, output: status === 0 ? "" : `${stdout}${stderr}` }).toEqual({ status: 0, output: "" });
    },
    COMMAND_TIMEOUT_MS,
  );
});
