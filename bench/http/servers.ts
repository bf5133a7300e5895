// Servers in processes of their own, so that the load and the server share nothing but the machine.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 10_000;

/** What a server process says when it listens. */
export interface Listening {
  readonly url: string;
  readonly token: string;
}

export interface Server extends Listening {
  stop(): Promise<void>;
}

export function startHub(): Promise<Server> {
  return start(new URL("./hub-server.js", import.meta.url), []);
}

/** The same library with nothing around it, answering `body` to every request. */
export function startRaw(body: string): Promise<Server> {
  return start(new URL("./raw-server.js", import.meta.url), [body]);
}

async function start(file: URL, args: readonly string[]): Promise<Server> {
  const child = fork(fileURLToPath(file), [...args]);
  const listening = await Promise.race([
    once(child, "message", { signal: AbortSignal.timeout(START_LIMIT_MS) }).then(
      ([said]) => said as Listening,
    ),
    once(child, "exit").then(([code]) => {
      throw new Error(`${file.pathname} ended with ${code} before it listened; its output is above`);
    }),
  ]);
  return { ...listening, stop: () => stop(child) };
}

/** A server ends when its channel closes; one that does not is ended. */
async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
  child.disconnect();
  await gone;
  clearTimeout(timer);
}
