import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("a fatal line and all before it are written before the process can die, as JSON, without secrets", () => {
  const entry = new URL("./children/logger.js", import.meta.url).pathname;
  const { stdout } = spawnSync(process.execPath, [entry], { encoding: "utf8" });
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ level, msg, process: name }) => [level, msg, name])).toEqual([
    ["info", "a task came", "hub"],
    ["fatal", "cannot go on", "hub"],
  ]);
  expect(lines[0]).toMatchObject({ task_id: "t1", error: { message: "boom" } });
  expect(lines[0]?.["time"]).toMatch(/^\d{4}-\d\d-\d\dT/);
  expect(stdout).not.toMatch(/s3cret|abcdefgh/);
});
