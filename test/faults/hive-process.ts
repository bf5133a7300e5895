// `hive start` as a user starts it, with the agent that fails: its parent, its hub process, a client for it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openSecret } from "../../src/access/secret.js";
import { openTokens } from "../../src/access/tokens.js";
import { systemClock } from "../../src/base/clock.js";
import { type ConnectOptions, connect, type HiveClient } from "../../src/client.js";
import { cleanEnvironment } from "../cli/hive.js";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
/** The built file of the agent that fails. */
export const CHAOS_AGENT_FILE = fileURLToPath(new URL("../fixtures/chaos-agent.js", import.meta.url));

/** What `hive start --json` prints each time a hub is ready. */
interface ReadyLine {
  readonly url: string;
  readonly port: number;
  readonly hub_pid: number;
  readonly respawns: number;
}

export interface HiveProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly port: number;
  /** An admin's. */
  readonly token: string;
  /** Patient enough for restarts. */
  readonly client: HiveClient;
  /** Another client; the caller closes it. */
  clientWith(options: Omit<ConnectOptions, "url" | "token">): HiveClient;
  /** The hub process of now. */
  hubPid(): number;
  /** Resolves once a hub is ready that came after `respawns` others. */
  respawned(respawns: number): Promise<void>;
  /** The exit code of the parent; null when a signal ended it. */
  exited(): Promise<number | null>;
}

const started: HiveProcess[] = [];
const dirs: string[] = [];

/** A directory of its own for a test; `removeAll` takes it away. */
export function freshDir(): string {
  const dir = mkdtempSync(path.join(tmpdir(), "hive-faults-"));
  dirs.push(dir);
  return dir;
}

/** Starts a hub on `dir` and waits until it is ready. */
export async function startHive(dir: string, port = 0, ...sets: string[]): Promise<HiveProcess> {
  const settings = [
    `agents.paths=${CHAOS_AGENT_FILE}`,
    "runtime.threads=2",
    "supervisor.quick_deaths_max=1000",
    "supervisor.respawn_min_ms=10",
    "supervisor.respawn_max_ms=20",
    ...sets,
  ].flatMap((one) => ["--set", one]);
  const args = [main, "start", "--json", "--log-level", "fatal", "--port", String(port), "--data", dir];
  const child = spawn(process.execPath, [...args, ...settings], {
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: ReadyLine[] = [];
  const waiting = new Set<() => void>();
  const ended = new Promise<never>((_resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`hive start ended with ${code} before its hub was ready`)));
  });
  ended.catch(() => undefined);
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
    lines.push(JSON.parse(line) as ReadyLine);
    for (const look of waiting) look();
  });
  const ready = (respawns: number): Promise<ReadyLine> => {
    const line = new Promise<ReadyLine>((resolve) => {
      const look = (): void => {
        const line = lines.find((one) => one.respawns >= respawns);
        if (line === undefined) return;
        waiting.delete(look);
        resolve(line);
      };
      waiting.add(look);
      look();
    });
    return Promise.race([line, ended]);
  };
  const first = await ready(0);
  const access = { url: first.url, token: await tokenFor(dir) };
  const hive: HiveProcess = {
    child,
    url: first.url,
    port: first.port,
    token: access.token,
    client: connect({ ...access, retryForMs: 60_000 }),
    clientWith: (options) => connect({ ...access, ...options }),
    hubPid: () => lines.at(-1)?.hub_pid ?? 0,
    respawned: async (respawns) => void (await ready(respawns)),
    exited: async () => {
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      return child.exitCode;
    },
  };
  started.push(hive);
  return hive;
}

/** Ends whatever still runs and removes every directory. */
export async function removeAll(): Promise<void> {
  for (const hive of started.splice(0)) {
    await hive.client.close();
    hive.child.kill("SIGKILL");
    await hive.exited();
  }
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true, maxRetries: 10 });
}

/** Whether nobody listens on a port of this machine. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen({ port, host: "127.0.0.1" });
  try {
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

async function tokenFor(dir: string): Promise<string> {
  const secret = await openSecret(path.join(dir, "secret"));
  const tokens = await openTokens({ secret, ttlSeconds: 3_600, clock: systemClock() });
  return tokens.issue({ subject: "chaos", scopes: ["admin"] });
}
