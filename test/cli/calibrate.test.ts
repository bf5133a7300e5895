import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { hive } from "./hive.js";

const dir = mkdtempSync(join(tmpdir(), "hive-calibrate-test-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("hive calibrate keeps what it measured in the data directory, and prints it", async () => {
  const data = join(dir, "data");
  const shown = await hive(["calibrate", "--quick", "--no-gpu", "--data", data]);
  expect(shown.exitCode).toBe(0);
  const lines = shown.stdout.split("\n");
  expect(lines[0]).toMatch(/^operation +size +of +js +(native +)?fastest$/);
  expect(lines.some((line) => /^scoreMatrix +65,536 +scores +[\d.]+ (µs|ms)/.test(line))).toBe(true);
  expect(shown.stdout).toContain(`kept in ${join(data, "crossovers.json")}`);
  const kept = JSON.parse(readFileSync(join(data, "crossovers.json"), "utf8")) as Record<string, unknown>;
  const { exitCode, stdout } = await hive(["calibrate", "--quick", "--no-gpu", "--data", data, "--json"]);
  expect(exitCode).toBe(0);
  const { measured, timings } = JSON.parse(stdout) as { measured: typeof kept; timings: unknown[] };
  expect(measured["machine"]).toEqual(kept["machine"]);
  expect(JSON.parse(readFileSync(join(data, "crossovers.json"), "utf8"))).toEqual({
    version: 1,
    ...measured,
  });
  expect(timings.length).toBeGreaterThan(20);
});

test("hive calibrate says where it cannot keep what it measured, and what to do", async () => {
  const file = join(dir, "a file");
  writeFileSync(file, "");
  const setting = `neural.crossovers_file=${join(file, "crossovers.json")}`;
  const args = ["calibrate", "--quick", "--no-gpu", "--data", join(dir, "other"), "--set", setting, "--json"];
  const { exitCode, stdout } = await hive(args);
  expect(exitCode).toBe(1);
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
  expect(error.code).toBe("CROSSOVERS");
  expect(error.message).toMatch(
    /cannot be kept in .*\(ENOTDIR.*; name another file in neural.crossovers_file/,
  );
});
