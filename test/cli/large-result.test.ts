// A result over 64 KiB lies in a blob on the hub; what the commands show is the result.

import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startOwnHub } from "../../src/cli/own-hub.js";
import { findingOf } from "../../src/cli/task-batch.js";
import { withWholeResult } from "../../src/cli/whole-result.js";
import { connect, type Task } from "../../src/client.js";
import { hive } from "./hive.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "hive-large-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));

const COLUMNS = 3_000;

function writeWideTable(): void {
  const names = Array.from({ length: COLUMNS }, (_, index) => `column_${index}`);
  const rows = [1, 2, 3].map((row) => names.map((_, index) => index * row));
  writeFileSync(path.join(dir, "wide.csv"), [names, ...rows].map((cells) => `${cells.join(",")}\n`).join(""));
}

interface Rows {
  readonly tasks: readonly { id: string; finding: string; result: { columns: unknown } }[];
}

const completed = (result: unknown): Task => ({ id: "t1", status: "completed", result }) as unknown as Task;

test("a hub of one's own that goes afterwards leaves the whole result of a wide table behind", async () => {
  writeWideTable();
  const { exitCode, stdout } = await hive(["run", "--json", "wide.csv", "--threads", "1"], {
    cwd: dir,
    env: { HIVE_SERVER__PORT: "1", TMPDIR: dir },
  });
  expect(exitCode).toBe(0);
  const [row] = (JSON.parse(stdout) as Rows).tasks;
  expect(JSON.stringify(row?.result).length).toBeGreaterThan(64 * 1024);
  expect(row?.result.columns).toContainEqual(expect.objectContaining({ name: "column_0" }));
  expect(row?.finding).toMatch(/^[^{]*$/);
});

test("on a running hub the table of a run and the task itself show the finding, not a blob", async () => {
  writeWideTable();
  const hub = await startOwnHub({ dataDir: dir, threads: 1 });
  try {
    const access = { cwd: dir, env: { HIVE_URL: hub.url, HIVE_TOKEN: hub.token } };
    const table = await hive(["run", "wide.csv"], access);
    expect(table.exitCode).toBe(0);
    expect(table.stdout).toContain("completed");
    expect(table.stdout).not.toContain("blob_id");
    const run = JSON.parse((await hive(["run", "wide.csv", "--json"], access)).stdout) as Rows;
    const { id = "", finding = "" } = run.tasks[0] ?? {};
    expect((await hive(["task", "get", id], access)).stdout).toContain(`finding      ${finding}\n`);
    for (const command of ["get", "wait"]) {
      const { stdout } = await hive(["task", command, id, "--json"], access);
      expect((JSON.parse(stdout) as Task).result, command).toMatchObject({ finding });
    }
  } finally {
    await hub.stop();
  }
});

test("a hub that goes away in the middle of a result is asked for it again", async () => {
  let asked = 0;
  const json = JSON.stringify({ finding: "whole" });
  const server = createServer((_, response) => {
    asked += 1;
    response.writeHead(200, { "content-length": json.length });
    if (asked > 1) return response.end(json);
    return response.write(json.slice(0, 4), () => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: "t" });
  const task = completed({ blob: { blob_id: "b1", bytes: json.length, media_type: "application/json" } });
  expect(await withWholeResult(client, task)).toMatchObject({ result: { finding: "whole" } });
  expect(asked).toBe(2);
  await client.close();
  server.close();
});

test.each([
  ["of another kind", { blob: { blob_id: "b1", bytes: 9, media_type: "text/csv" } }],
  ["beside other facts", { blob: { blob_id: "b1", bytes: 9, media_type: "application/json" }, rows: 1 }],
  ["too large for a result", { blob: { blob_id: "b1", bytes: 2 ** 30, media_type: "application/json" } }],
  ["that is none", { blob: null }],
])("an agent's own answer with a blob %s stays what it is", async (_, result) => {
  const client = connect({ url: "http://127.0.0.1:1", token: "t" });
  expect(await withWholeResult(client, completed(result))).toEqual(completed(result));
  await client.close();
});

test("of a large result without a finding of its own, one line shows the start", () => {
  const finding = findingOf(completed({ numbers: Array.from({ length: 9_000 }, (_, index) => index) }));
  expect(finding).toMatch(/^\{"numbers":\[0,1,2,.*…$/);
  expect(finding.length).toBeLessThan(1_100);
});
