// Figures that are kept: where they lie, what the README says of them, and when the gate closes.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { compare, standing } from "../../bench/gate.js";
import { type Kept, keptFile, readKept } from "../../bench/kept.js";
import { performanceTables, withTables } from "../../bench/performance-table.js";
import type { Row } from "../../bench/row.js";

const machine = {
  cpu: "AMD EPYC 7B13 (x)",
  cores: 2,
  node: "v20",
  commit: "abc",
  date: "2026-01-02T03:04:05Z",
};

function row(system: string, min: number, middle: number, max: number): Row {
  const about = { group: "g", question: "q", params: { payload: "none" }, unit: "msg/s" };
  const runs = { median: middle, min, max };
  return { ...about, system, value: middle, higherIsBetter: true, verified: true, runs };
}

const kept: Kept = {
  file: "bench/results/a/g.json",
  machine,
  rows: [row("hive", 5e6, 6e6, 7e6), row("peer", 9e5, 1e6, 1.1e6)],
  goals: [],
};

describe("kept figures", () => {
  test("lie in a folder of their kind of machine", () => {
    expect(keptFile(machine, "http")).toBe("bench/results/amd-epyc-7b13-x-2-cores/http.json");
  });

  test("stand in the README beside their peers, with file, machine and commit", () => {
    const tables = performanceTables([kept]);
    expect(tables).toContain(
      "`bench/results/a/g.json`: AMD EPYC 7B13 (x), 2 cores, Node v20, 2026-01-02, commit abc",
    );
    expect(tables).toContain("| g/q: none | 6M msg/s (5M to 7M) | peer: 1M | 6× |");
  });

  test("are what the README shows", () => {
    const root = resolve(import.meta.dirname, "../../..");
    const readme = readFileSync(resolve(root, "README.md"), "utf8");
    const fresh = withTables(readme, readKept(root));
    expect(readme === fresh, "README.md is behind bench/results: run `npm run bench:readme`").toBe(true);
  });

  test("close the gate only when today's best is worse than their worst", () => {
    const before = standing(row("hive", 50, 60, 70), row("peer", 9, 10, 11));
    const after = (min: number, middle: number, max: number) =>
      standing(row("hive", min, middle, max), row("peer", 9, 10, 11));
    if (before === undefined) throw new Error("both have runs");
    expect(compare(before, after(40, 45, 50) ?? before).slower).toBe(false);
    expect(compare(before, after(30, 35, 40) ?? before).slower).toBe(true);
    expect(standing(row("hive", 1, 2, 3), undefined)).toBeUndefined();
  });
});
