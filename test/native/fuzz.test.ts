import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";

const CALLS = 300;
const TIMEOUT_MS = 120_000;
const { addon, path } = loadAddon();
const program = fileURLToPath(new URL("fuzz-program.js", import.meta.url));

describe("the functions of the addon", () => {
  it.runIf(addon !== undefined)(
    "answer or throw, and never end the process, whatever they are called with",
    () => {
      const seed = Math.floor(Math.random() * 0x7fff_ffff);
      console.log(`fuzz: seed ${seed}`);
      const dir = mkdtempSync(join(tmpdir(), "hive-fuzz-"));
      const diary = join(dir, "last-call");
      const { status, signal, stdout, stderr } = spawnSync(
        process.execPath,
        [program, path ?? "", String(seed), String(CALLS), diary],
        { encoding: "utf8", timeout: TIMEOUT_MS },
      );
      const last = readFileSync(diary, "utf8").trim();
      rmSync(dir, { recursive: true, force: true });
      const said = status === 0 ? "" : `seed ${seed}, last call ${last}\n${stderr}`;
      expect({ status, signal, said }).toEqual({ status: 0, signal: null, said: "" });
      const functions = Object.values(addon ?? {}).filter((value) => typeof value === "function");
      expect(stdout).toBe(`${functions.length} functions, seed ${seed}\n`);
    },
    TIMEOUT_MS,
  );

  it.runIf(addon !== undefined)("say which argument does not fit, and what is expected of it", () => {
    const rank = addon!.rank as unknown as (...args: unknown[]) => unknown;
    expect(() => rank()).toThrow("rank: expected `numbers` to be a Float64Array of at least 9 values");
    const numbers = Float64Array.of(3, 0, 0, 1, 0, 0, 0, 0, 0);
    const column = new Float32Array(2);
    expect(() => rank(numbers, new Uint32Array(3), column, column, column, column, [])).toThrow(
      "rank: expected `load` to be a Float32Array of at least 3 values",
    );
    expect(() => rank(new Float64Array(new SharedArrayBuffer(72)))).toThrow("not a SharedArrayBuffer");
    expect(() => rank(Float64Array.of(Number.NaN, 0, 0, 1, 0, 0, 0, 0, 0))).toThrow("a whole number from 0");
  });

  it.runIf(addon !== undefined)("refuse memory that is written and overlaps another array", () => {
    const one = new Float32Array(8);
    const numbers = Float64Array.of(1, 1, 1, 1, 0, 0, 0, 0, 0);
    const args = [numbers, new Uint32Array(1), one, one, one, new Float64Array(1), [], one, one, one];
    const rest: unknown[] = [
      undefined,
      undefined,
      new Float32Array(8192),
      new Uint32Array(1),
      new Float32Array(1),
    ];
    const rank = addon!.rank as unknown as (...args: unknown[]) => unknown;
    expect(rank(...args, ...rest)).toBe(0);
    const rows = rest[3] as Uint32Array;
    rest[4] = new Float32Array(rows.buffer);
    expect(() => rank(...args, ...rest)).toThrow("`scoresOut` to be memory of its own");
  });
});
