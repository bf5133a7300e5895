// The real thing: `hive start`, its hub process, and the commands that talk to it.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findAddress, leaveAddress } from "../../src/cli/address-file.js";
import { agentCode, writeModule } from "./agent-modules.js";
import { cleanEnvironment, hive } from "./hive.js";
import { isAlive, waitUntil } from "./wait-until.js";

const main = new URL("../../src/cli/main.js", import.meta.url).pathname;

interface ReadyEvent {
  event: "ready";
  url: string;
  port: number;
  hub_pid: number;
  parent_pid: number;
  respawns: number;
}

interface Started {
  child: ChildProcess;
  lines: Interface;
  ready: ReadyEvent;
}

let dir: string;
let children: ChildProcess[];
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "hive-start-"));
  children = [];
});
afterEach(async () => {
  for (const child of children.filter((one) => one.exitCode === null && one.signalCode === null)) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

function spawnStart(...args: string[]): { child: ChildProcess; lines: Interface } {
  const all = [main, "start", "--json", "--threads", "1", "--log-level", "error", ...args];
  const child = spawn(process.execPath, all, {
    cwd: dir,
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  return { child, lines: createInterface({ input: child.stdout as NodeJS.ReadableStream }) };
}

async function nextReady(lines: Interface): Promise<ReadyEvent> {
  const [line] = (await once(lines, "line")) as [string];
  return JSON.parse(line) as ReadyEvent;
}

async function start(...args: string[]): Promise<Started> {
  const { child, lines } = spawnStart("--port", "0", ...args);
  return { child, lines, ready: await nextReady(lines) };
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

const status = async (url: string): Promise<number> => (await fetch(`${url}/health`)).status;

describe("hive start", () => {
  test("serves, keeps its secret to its owner, and stops cleanly on SIGTERM", async () => {
    const { child, ready } = await start();
    expect(await status(ready.url)).toBe(200);
    expect(statSync(path.join(dir, "hive-data")).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(dir, "hive-data", "secret")).mode & 0o777).toBe(0o600);
    child.kill("SIGTERM");
    expect(await exitOf(child)).toBe(0);
    expect(isAlive(ready.hub_pid)).toBe(false);
    await expect(status(ready.url)).rejects.toThrow();
  });

  test("a killed hub is back on its port with every acknowledged task", async () => {
    const { child, lines, ready } = await start();
    const access = ["--url", ready.url, "--json"];
    const created = await hive(["task", "create", "nobody can", "--capability", "flying", ...access], {
      cwd: dir,
    });
    const { task_id: id } = JSON.parse(created.stdout) as { task_id: string };
    const back = nextReady(lines);
    process.kill(ready.hub_pid, "SIGKILL");
    expect(await back).toMatchObject({ url: ready.url, respawns: 1 });
    const { exitCode, stdout } = await hive(["task", "get", id, ...access], { cwd: dir });
    expect({ exitCode, task: JSON.parse(stdout) as unknown }).toMatchObject({
      exitCode: 0,
      task: { id, status: "queued", required_capabilities: [{ name: "flying" }] },
    });
    child.kill("SIGTERM");
    expect(await exitOf(child)).toBe(0);
  });

  test("when the parent is killed, the hub ends at once, and port and data directory can be had again", async () => {
    const first = await start();
    first.child.kill("SIGKILL");
    await waitUntil(() => !isAlive(first.ready.hub_pid));
    const { child, lines } = spawnStart("--port", String(first.ready.port));
    expect(await nextReady(lines)).toMatchObject({ port: first.ready.port, respawns: 0 });
    child.kill("SIGTERM");
    expect(await exitOf(child)).toBe(0);
  });

  test("a second hub on the same data directory is refused with exit code 1", async () => {
    await start();
    const { exitCode, stdout } = await hive(["start", "--json", "--port", "0"], { cwd: dir });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  });

  test("a second hub on the same port is refused with exit code 1 and says so", async () => {
    const { ready } = await start();
    const args = ["start", "--port", String(ready.port), "--data", "other"];
    const { exitCode, stderr } = await hive(args, { cwd: dir });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(new RegExp(String(ready.port)));
  });

  test("an agent file that is not there is a configuration error", async () => {
    const args = ["start", "--port", "0", "--set", "agents.paths=no-such-agent.js"];
    const { exitCode, stderr } = await hive(args, { cwd: dir });
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(/no-such-agent\.js/);
  });
});

describe("hive start says what people should know", () => {
  /** The log of a hub that started and was stopped. */
  async function logOf(...args: string[]): Promise<string> {
    const all = [main, "start", "--json", "--threads", "1", "--port", "0", ...args];
    const child = spawn(process.execPath, all, {
      cwd: dir,
      env: cleanEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    const log = text(child.stderr);
    await nextReady(createInterface({ input: child.stdout }));
    child.kill("SIGTERM");
    expect(await exitOf(child)).toBe(0);
    return log;
  }

  test("bound to more than loopback it warns of plain HTTP, bound to loopback it does not", async () => {
    const warning = /bound to 0\.0\.0\.0.*plain HTTP.*proxy that speaks TLS/;
    expect(await logOf("--host", "0.0.0.0")).toMatch(warning);
    expect(await logOf()).not.toContain("plain HTTP");
  });

  test("agents whose definition is not loaded any more are named with what to do", async () => {
    writeModule(dir, "old-hand.js", agentCode("old-hand"));
    expect(await logOf("--set", "agents.paths=shipped,old-hand.js")).not.toContain(
      "without their definition",
    );
    const log = await logOf("--set", "agents.paths=shipped");
    expect(log).toMatch(
      /agents without their definition do nothing: old-hand \([\w-]+, definition old-hand\)/,
    );
    expect(log).toMatch(
      /add the path of their module to agents\.paths, or remove them with: hive agent remove/,
    );
  });
});

describe("a hub is found by its data directory", () => {
  const addressFile = (): string => path.join(dir, "here", "address");

  test("commands need no --url; the address is its owner's to read and goes with the hub", async () => {
    const { child, ready } = await start("--data", "here");
    expect(statSync(addressFile()).mode & 0o777).toBe(0o600);
    const found = await hive(["status", "--data", "here", "--json"], { cwd: dir });
    expect({ exitCode: found.exitCode, status: JSON.parse(found.stdout) as unknown }).toMatchObject({
      exitCode: 0,
      status: { url: ready.url },
    });
    const second = await hive(["start", "--data", "here", "--port", "0"], { cwd: dir });
    expect(second.exitCode).toBe(1);
    expect((await hive(["agent", "list", "--data", "here"], { cwd: dir })).exitCode).toBe(0);
    child.kill("SIGTERM");
    expect(await exitOf(child)).toBe(0);
    expect(existsSync(addressFile())).toBe(false);
  });

  test("while it is being respawned, commands wait for it", async () => {
    const { lines, ready } = await start("--data", "here");
    const back = nextReady(lines);
    process.kill(ready.hub_pid, "SIGKILL");
    const found = await hive(["task", "list", "--data", "here"], { cwd: dir });
    expect(found).toMatchObject({ exitCode: 0, stderr: "" });
    await back;
  });

  test("an address whose parent was killed is no longer believed", async () => {
    const { child, ready } = await start("--data", "here");
    child.kill("SIGKILL");
    await waitUntil(() => !isAlive(ready.hub_pid));
    expect(existsSync(addressFile())).toBe(true);
    expect(await findAddress(path.join(dir, "here"))).toBeUndefined();
    const other = createServer((_, response) => response.end("{}")).listen(ready.port, "127.0.0.1");
    await once(other, "listening");
    expect(await findAddress(path.join(dir, "here"))).toBeUndefined();
    other.close();
  });

  test("an address where nobody answers is not believed, and neither is half a file", async () => {
    await leaveAddress(dir, "http://127.0.0.1:1");
    expect(await findAddress(dir, 0)).toBeUndefined();
    writeFileSync(path.join(dir, "address"), '{"url":"http');
    expect(await findAddress(dir)).toBeUndefined();
  });
});

describe("the commands on a running hub", () => {
  test("create, list, explain, cancel, wait and retry a task; see, start and remove an agent", async () => {
    const { ready } = await start();
    const call = async (...args: string[]) => {
      const { exitCode, stdout } = await hive([...args, "--url", ready.url, "--json"], { cwd: dir });
      return { exitCode, value: JSON.parse(stdout) as never };
    };
    const every = [
      "--capability",
      "flying:0.9:2",
      "--tag",
      "t1",
      "--max-retries",
      "7",
      "--media-type",
      "text/csv",
    ];
    const created = await call("task", "create", "fly", ...every, "--agent", "data-analyst");
    const { task_id: id } = created.value as { task_id: string };
    expect(created.value).toMatchObject({
      task: {
        required_capabilities: [{ name: "flying", min_proficiency: 0.9, weight: 2 }],
        max_retries: 7,
        media_type: "text/csv",
        agent: "data-analyst",
      },
    });
    expect(await call("task", "list", "--tag", "t1")).toMatchObject({
      value: { tasks: [{ id }], total_count: 1 },
    });
    expect(await call("task", "explain", id)).toMatchObject({
      exitCode: 0,
      value: { task_id: id, best: [] },
    });
    expect(await call("task", "cancel", id, "--reason", "no wings")).toMatchObject({ exitCode: 0 });
    expect(await call("task", "wait", id)).toMatchObject({ exitCode: 1, value: { status: "cancelled" } });
    expect(await call("task", "retry", id)).toMatchObject({ exitCode: 0, value: { id, status: "queued" } });
    expect(await call("task", "wait", id, "--timeout", "0.1s")).toMatchObject({
      exitCode: 1,
      value: { error: { code: "TIMEOUT" } },
    });
    expect(await call("task", "get", "no-such-task")).toMatchObject({
      exitCode: 1,
      value: { error: { code: "TASK_NOT_FOUND" } },
    });
    expect(
      await call("agent", "create", "second", "--definition", "text-analyst", "--type", "learner"),
    ).toMatchObject({
      exitCode: 0,
      value: { name: "second", definition: "text-analyst", type: "learner" },
    });
    const { agents } = (await call("agent", "list", "--sort-by", "name", "--sort-order", "asc")).value as {
      agents: { id: string; name: string }[];
    };
    const names = agents.map((agent) => agent.name);
    expect(names).toEqual([...names].sort());
    const second = agents.find((agent) => agent.name === "second");
    expect(await call("agent", "get", second?.id ?? "")).toMatchObject({
      exitCode: 0,
      value: { name: "second" },
    });
    expect(await call("agent", "remove", second?.id ?? "")).toMatchObject({ exitCode: 0 });
    expect(await call("status")).toMatchObject({ exitCode: 0, value: { invariants: { holds: true } } });
  });

  test("hive run does files on the running hub and shows its own as a table", async () => {
    const { ready } = await start();
    writeFileSync(path.join(dir, "table.csv"), "city,people\nOslo,700000\nBern,134000\nRome,2750000\n");
    const access = ["--url", ready.url];
    const asJson = await hive(["run", "table.csv", ...access, "--json"], { cwd: dir });
    expect(asJson.exitCode).toBe(0);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      tasks: [{ input: "table.csv", agent: "data-analyst", status: "completed", attempts: 1 }],
    });
    const asTable = await hive(["run", "table.csv", ...access], { cwd: dir });
    expect(asTable.stdout).toMatch(/table\.csv +data-analyst +completed +1 /);
  });

  test("without a running hub, hive run brings one of its own and takes it away again", async () => {
    writeFileSync(
      path.join(dir, "note.txt"),
      "Call me Ishmael. Some years ago I went to sea, and it was good.",
    );
    writeFileSync(path.join(dir, "picture.png"), new Uint8Array([0x89, 0x50, 0x4e, 0x47]));
    writeFileSync(path.join(dir, ".env"), "a=1");
    execFileSync("mkfifo", [path.join(dir, "pipe.csv")]);
    const own = await hive(["run", ".", "--json", "--threads", "1"], {
      cwd: dir,
      env: { HIVE_SERVER__PORT: "1", TMPDIR: dir },
    });
    expect(own.exitCode).toBe(0);
    expect(JSON.parse(own.stdout)).toMatchObject({
      tasks: [
        { input: "note.txt", agent: "text-analyst", status: "completed" },
        { input: "picture.png", status: "skipped", finding: "no agent takes image/png" },
        { input: "pipe.csv", status: "skipped", finding: "is a fifo" },
      ],
      hidden_left_out: 1,
    });
    expect(own.stderr).toContain("left out: 1 hidden (.env)");
    const named = await hive(["run", "picture.png", "--threads", "1"], { cwd: dir, env: { TMPDIR: dir } });
    expect(named.exitCode).toBe(1);
  });

  test("what the hub finds wrong with the arguments ends with exit code 2", async () => {
    const { ready } = await start();
    const args = ["task", "create", "x", "--deadline", "soon", "--url", ready.url];
    const { exitCode, stdout, stderr } = await hive(args, { cwd: dir });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/deadline/);
  });

  test("an agent that is not there, and a token that is not valid, are said to be so, without a stack", async () => {
    const { ready } = await start();
    const misspelt = await hive(["task", "create", "x", "--agent", "data-anlyst", "--url", ready.url], {
      cwd: dir,
    });
    expect(misspelt).toMatchObject({
      exitCode: 1,
      stdout: "",
      stderr: 'hive: there is no agent "data-anlyst"; did you mean "data-analyst"?\n',
    });
    const { exitCode, stderr } = await hive(["status", "--url", ready.url, "--token", "x.y.z"], { cwd: dir });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/token/);
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});
