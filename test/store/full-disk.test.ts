// A disk that really runs full: a small tmpfs in a mount namespace of the child's own, gone when the child is.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { freshDir } from "./rig.js";

const DISK_BYTES = 28 * 1024 * 1024;
const CHILD = fileURLToPath(new URL("./full-disk.js", import.meta.url));
const NEEDS =
  "this test needs to mount a small tmpfs: run it as root, or allow user namespaces (unshare -rm)";

/** Runs `script` where it may mount; undefined where this machine does not let us. */
function inOwnMounts(script: string, args: readonly string[]) {
  const flags = process.getuid?.() === 0 ? ["-m"] : ["-r", "-m"];
  const run = (command: string) =>
    spawnSync("unshare", [...flags, "sh", "-ec", command, "sh", ...args], { encoding: "utf8" });
  return run(`mount -t tmpfs -o size=64k probe "$1"`).status === 0 ? run(script) : undefined;
}

test("a full disk makes the journal read-only and loses nothing; with room it opens again by itself", () => {
  const script = `mount -t tmpfs -o size=${DISK_BYTES} disk "$1"; exec "$2" "$3" "$1"`;
  const child = inOwnMounts(script, [freshDir(), process.execPath, CHILD]);
  if (child === undefined) {
    if (process.env["CI"] !== undefined) throw new Error(NEEDS);
    console.warn(`NOT CHECKED: the journal on a full disk. ${NEEDS}.`);
    return;
  }
  expect(child.status, child.stderr).toBe(0);
  const seen = JSON.parse(child.stdout) as Record<string, unknown>;
  expect(seen["stored"]).toBeGreaterThan(100);
  expect(seen).toMatchObject({
    refusalsWhileFilling: [],
    readOnly: {
      state: "read-only",
      ordinary: "STORE_READ_ONLY",
      essential: "stored",
      checkpoint: "STORE_READ_ONLY",
      blob: "STORE_FULL",
      leftByBlob: [],
    },
    exhausted: { essential: "STORE_FULL", batch: "STORE_FULL", state: "read-only" },
    afterwards: "stored",
    levels: ["error", "info"],
    lost: [],
    invented: [],
    last: 1_000_000,
  });
});
