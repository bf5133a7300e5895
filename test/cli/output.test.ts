import { expect, test } from "vitest";
import { formatMs, parseSeconds } from "../../src/cli/durations.js";
import { formatTable } from "../../src/cli/output.js";
import { openProgress } from "../../src/cli/progress.js";
import { findingOf } from "../../src/cli/task-batch.js";

test("a table aligns its columns, keeps each row on one line and cuts long cells", () => {
  const columns = [
    { title: "name", cell: (row: [string, number]) => row[0], widthMax: 6 },
    { title: "n", cell: (row: [string, number]) => String(row[1]), align: "right" as const },
  ];
  const rows: [string, number][] = [
    ["a\nb", 1],
    ["abcdefgh", 100],
  ];
  expect(formatTable(columns, rows).split("\n")).toEqual([
    "name      n",
    "──────  ───",
    "a b       1",
    "abcde…  100",
  ]);
});

test("the progress bar redraws one line on a terminal and clears it", () => {
  const written: string[] = [];
  const write = (text: string): boolean => written.push(text) > 0;
  const bar = openProgress(4, { isTTY: true, columns: 40, write: write as NodeJS.WriteStream["write"] });
  bar.update(2, "a note that is much longer than the line");
  bar.close();
  expect(written[0]).toBe(`\r\x1b[2K${"█".repeat(14)}${"░".repeat(14)} 2/4 a note`);
  expect(written[1]).toBe("\r\x1b[2K");
});

test("without a terminal the progress bar writes nothing", () => {
  const write = (): never => {
    throw new Error("written");
  };
  const bar = openProgress(4, { isTTY: false, columns: 40, write });
  bar.update(1, "x");
  bar.close();
});

test.each([
  ["90", 90],
  ["90s", 90],
  ["1.5m", 90],
  ["12h", 43_200],
  ["30d", 2_592_000],
  ["soon", undefined],
  ["", undefined],
])("%j is %j seconds", (text, seconds) => expect(parseSeconds(text)).toBe(seconds));

test.each([
  [12.4, "12 ms"],
  [1_440, "1.4 s"],
  [125_000, "2 min 5 s"],
])("%d ms reads %j", (durationMs, text) => expect(formatMs(durationMs)).toBe(text));

test("the finding of a task is its own sentence, else the start of its result, else why it failed", () => {
  expect(findingOf({ status: "completed", result: { finding: "rows repeat" } })).toBe("rows repeat");
  expect(findingOf({ status: "completed", result: { summary: "a whale" } })).toBe("a whale");
  expect(findingOf({ status: "completed", result: { n: 1 } })).toBe('{"n":1}');
  const error = { code: "BAD", message: "no header", retryable: false, severity: "low" as const };
  expect(findingOf({ status: "failed", error })).toBe("no header");
  expect(findingOf({ status: "cancelled" })).toBe("cancelled");
});
