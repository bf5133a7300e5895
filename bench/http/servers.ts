// Servers in processes of their own, so that the load and the server share nothing but the machine.

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const START_LIMIT_MS = 20_000;

/** Where a server listens, and the token to call it with. */
export interface Listening {
  readonly url: string;
  readonly token: string;
}

export interface Server extends Listening {
  stop(): Promise<void>;
}

/** Our side: `hive start` as a user starts it, parent included, with one agent that does nothing. */
export async function startHub(): Promise<Server> {
  const { startOwnHub } = await import("../../src/cli/own-hub.js");
  const dataDir = mkdtempSync(join(tmpdir(), "hive-bench-"));
  const agent = fileURLToPath(new URL("./rester.js", import.meta.url));
  const config = join(dataDir, "bench.toml");
  writeFileSync(config, `[agents]\npaths = [${JSON.stringify(agent)}]\n`);
  const forget = (): void => rmSync(dataDir, { recursive: true, force: true });
  try {
    const { url, token, stop } = await startOwnHub({ dataDir, args: ["--config", config] });
    return { url, token, stop: async () => void (await stop().finally(forget)) };
  } catch (error) {
    forget();
    throw error;
  }
}

/** The library under our gateway with nothing around it, answering `body` to every request. */
export async function startRaw(body: string): Promise<Server> {
  const child = fork(fileURLToPath(new URL("./raw-server.js", import.meta.url)), [body]);
  const [said] = await once(child, "message", { signal: AbortSignal.timeout(START_LIMIT_MS) });
  return {
    ...(said as Listening),
    stop: async () => {
      const gone = once(child, "exit");
      child.disconnect();
      await gone;
    },
  };
}
