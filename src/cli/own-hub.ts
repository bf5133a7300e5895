// A hub of one's own: `hive start` as a child on a free port, for `hive run` and the quickstart. It goes with its
// owner.
// Why the real `hive start`: what people see is what production runs, parent and respawn included.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { CommandError, EXIT } from "./exit-codes.js";
import type { ReadyMessage, StayMessage } from "./parent-protocol.js";
import { issueLocalToken } from "./token-command.js";

export interface OwnHubOptions {
  /** Where its data, its secret and its log go; made by the caller. */
  readonly dataDir: string;
  readonly threads?: number;
  /** More arguments of `hive start`. */
  readonly args?: readonly string[];
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
  /** Gives it a process group of its own, so that it can outlive its owner. */
  readonly canStay?: boolean;
}

export interface OwnHub {
  readonly url: string;
  readonly token: string;
  readonly hubPid: number;
  readonly parentPid: number;
  readonly logFile: string;
  /** How often the parent had to start another hub process. */
  respawnCount(): number;
  /** Stops it and waits until it is gone; its exit code. */
  stop(): Promise<number>;
  /** Lets it live on without its owner. */
  stay(): void;
}

const LOG_TAIL_LINES = 8;
const TOKEN_SECONDS = 86_400;

/** Starts a hub and waits until it is ready. */
export async function startOwnHub(options: OwnHubOptions): Promise<OwnHub> {
  const logFile = path.join(options.dataDir, "hive.log");
  const logFd = openSync(logFile, "a", 0o600);
  const threads = options.threads === undefined ? [] : ["--threads", String(options.threads)];
  const args = ["start", "--port", "0", "--data", options.dataDir, ...threads, ...(options.args ?? [])];
  const child = fork(new URL("./main.js", import.meta.url), args, {
    stdio: ["ignore", logFd, logFd, "ipc"],
    detached: options.canStay ?? false,
  });
  closeSync(logFd);
  let readyCount = 0;
  child.on("message", (message: ReadyMessage) => {
    if (message.type === "ready") readyCount += 1;
  });
  const giveUp = (): boolean => child.kill("SIGTERM");
  options.signal?.addEventListener("abort", giveUp, { once: true });
  if (options.signal?.aborted) giveUp();
  const ready = await firstReady(child, logFile).finally(() =>
    options.signal?.removeEventListener("abort", giveUp),
  );
  const token = await issueLocalToken({
    secretFile: ready.secretFile,
    role: "admin",
    ttlSeconds: TOKEN_SECONDS,
  });
  return {
    url: ready.url,
    token,
    hubPid: ready.hubPid,
    parentPid: child.pid ?? 0,
    logFile,
    respawnCount: () => Math.max(0, readyCount - 1),
    stop: async () => {
      if (child.exitCode !== null) return child.exitCode;
      const ended = once(child, "exit") as Promise<[number | null]>;
      child.kill("SIGTERM");
      const [code] = await ended;
      return code ?? EXIT.failed;
    },
    stay: () => {
      child.send({ type: "stay" } satisfies StayMessage, () => child.unref());
    },
  };
}

function firstReady(child: ChildProcess, logFile: string): Promise<ReadyMessage> {
  return new Promise((resolve, reject) => {
    child.on("message", (message: ReadyMessage) => {
      if (message.type === "ready") resolve(message);
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      const tail = readFileSync(logFile, "utf8").trim().split("\n").slice(-LOG_TAIL_LINES).join("\n  ");
      const how = signal === null ? `exit code ${code}` : String(signal);
      const exitCode = code === EXIT.configuration ? EXIT.configuration : EXIT.failed;
      reject(
        new CommandError("NO_HUB", `the hub did not start (${how}). Its log ends with:\n  ${tail}`, exitCode),
      );
    });
  });
}
