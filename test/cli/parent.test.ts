import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.js";
import { HubParent, type HubReady } from "../../src/cli/parent.js";
import { loadSettings } from "../../src/cli/settings.js";
import { isAlive, waitUntil } from "./wait-until.js";

const hubEntry = new URL("./children/tiny-hub.js", import.meta.url);
const respawn = { minMs: 10, maxMs: 100, quickDeathMs: 60_000, quickDeathsMax: 5 };
const watch = { heartbeatTimeoutMs: 2_500, commitTimeoutMs: 5_000, startTimeoutMs: 30_000 };

/** Habits of hubs whose start hangs, with and without a heartbeat. */
const NEVER_READY = ["never-ready", "silent-start"];

let dir: string;
let parents: HubParent[];
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "hive-parent-"));
  parents = [];
});
afterEach(() => {
  for (const parent of parents) parent.kill();
  rmSync(dir, { recursive: true, force: true });
});

const startsFile = (): string => path.join(dir, "starts");
const startCount = (): number => readFileSync(startsFile(), "utf8").trim().split("\n").length;

function startParent(habit: string) {
  const loaded = loadSettings({ files: [], env: { HIVE_SERVER__PORT: "0" }, flags: [], workingDir: dir });
  if (!loaded.ok) throw new Error("the test's settings are wrong");
  const ready: HubReady[] = [];
  const lines: string[] = [];
  const parent = new HubParent({
    settings: loaded.settings,
    forkHub: () => fork(hubEntry, [habit, startsFile()], { stdio: ["ignore", "ignore", "inherit", "ipc"] }),
    respawn,
    watch,
    slowStartMs: NEVER_READY.includes(habit) ? 200 : 60_000,
    clock: systemClock(),
    log: { log: (_level, message) => void lines.push(message) },
    onReady: (hub) => void ready.push(hub),
  });
  parents.push(parent);
  parent.start();
  return { parent, ready, lines };
}

/** What the process behind `port` answers: its id. Undefined when nobody listens. */
function askPort(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", () => resolve(undefined));
    socket.on("end", () => resolve(answer));
  });
}

describe("the parent of a hub", () => {
  test("respawns a killed hub on the port that the first one found", async () => {
    const { parent, ready, lines } = startParent("well");
    await waitUntil(() => ready.length === 1);
    const first = ready[0] as HubReady;
    expect(await askPort(first.port)).toBe(String(first.pid));
    process.kill(first.pid, "SIGKILL");
    await waitUntil(() => ready.length === 2);
    const second = ready[1] as HubReady;
    expect(second).toMatchObject({ port: first.port, respawns: 1 });
    expect(await askPort(first.port)).toBe(String(second.pid));
    expect(lines).toEqual(["the hub was ended by SIGKILL; the next one starts"]);
    parent.stop(1_000);
    expect(await parent.exited).toBe(0);
    expect(await askPort(first.port)).toBeUndefined();
  });

  test("gives up with exit code 1 and a reason after five quick deaths", async () => {
    const { parent, lines } = startParent("dies-at-start");
    expect(await parent.exited).toBe(1);
    expect(startCount()).toBe(5);
    expect(lines.at(-1)).toMatch(/died 5 times in a row.*ended with exit code 7/);
  });

  test("gets over a hub that dies before it was ever ready", async () => {
    const { ready } = startParent("dies-once");
    await waitUntil(() => ready.length === 1);
    expect(startCount()).toBe(2);
  });

  test("believes a hub that refuses to start, and passes its exit code on", async () => {
    const { parent, lines } = startParent("refuses");
    expect(await parent.exited).toBe(78);
    expect(startCount()).toBe(1);
    expect(lines).toEqual(["agents.paths names no agent"]);
  });

  test("kills and replaces a hub whose event loop stands still", async () => {
    const { ready, lines } = startParent("silent");
    await waitUntil(() => ready.length === 2);
    expect(lines[0]).toMatch(/gave no heartbeat for \d+ ms and was killed/);
    expect(isAlive((ready[0] as HubReady).pid)).toBe(false);
  });

  test("kills and replaces a hub whose commit hangs", async () => {
    const { ready, lines } = startParent("commit-stalled");
    await waitUntil(() => ready.length === 2);
    expect(lines[0]).toMatch(/had a commit pending for 60000 ms and was killed/);
  });

  test("asked to end at once, it does not wait for a hub that takes its time", async () => {
    const { parent, ready } = startParent("slow-to-stop");
    await waitUntil(() => ready.length === 1);
    parent.stop(600_000);
    parent.kill();
    expect(await parent.exited).toBe(1);
    await waitUntil(() => !isAlive((ready[0] as HubReady).pid));
  });

  test("says again and again how long a hub has been starting, and what it waits for", async () => {
    const { lines } = startParent("never-ready");
    const data = path.join(dir, "hive-data");
    await waitUntil(() => lines.length >= 2);
    for (const line of lines)
      expect(line).toMatch(/starting for \d+ s and is not ready yet.*SIGTERM or Ctrl-C/);
    expect(lines[0]).toContain(`opening and recovering the data directory ${data}`);
  });

  test.each(NEVER_READY)(
    "asked to stop while its hub starts (%s), it ends the hub within seconds, whatever running tasks would get",
    async (habit) => {
      const { parent, lines } = startParent(habit);
      await waitUntil(() => lines.length >= 1);
      const startedMs = performance.now();
      parent.stop(600_000);
      expect(await parent.exited).toBe(0);
      expect(performance.now() - startedMs).toBeLessThan(8_000);
      expect(lines.at(-1)).toMatch(/was still starting, opening.*and is killed: nobody could call it yet/);
    },
  );

  test("killed itself, it takes the hub along, and the port is free", async () => {
    const entry = new URL("./children/tiny-parent.js", import.meta.url).pathname;
    const parent = spawn(process.execPath, [entry, "well", startsFile()], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
    const hub = JSON.parse(line) as HubReady;
    expect(await askPort(hub.port)).toBe(String(hub.pid));
    parent.kill("SIGKILL");
    await waitUntil(() => !isAlive(hub.pid));
    expect(await askPort(hub.port)).toBeUndefined();
  });
});
