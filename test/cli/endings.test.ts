// How commands end when something around them goes away: a reader, a file, a hub, the patience of a person.

import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  createReadStream,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { whileAnswering } from "../../src/cli/absence.js";
import { startOwnHub } from "../../src/cli/own-hub.js";
import { runBatch } from "../../src/cli/task-batch.js";
import { connect } from "../../src/client.js";
import { cleanEnvironment, hive } from "./hive.js";
import { waitUntil } from "./wait-until.js";

const main = new URL("../../src/cli/main.js", import.meta.url).pathname;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "hive-endings-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));

describe("output", () => {
  test("a reader that closes the pipe early does not make a command fail", async () => {
    const child = spawn(process.execPath, [main, "start", "--check"], {
      cwd: dir,
      env: cleanEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    const exit = once(child, "exit");
    expect(await text(child.stderr)).toBe("");
    expect(await exit).toEqual([0, null]);
  });

  test.runIf(existsSync("/dev/full"))("output that finds no room makes a command fail in words", async () => {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [main, "start", "--check"], {
      cwd: dir,
      env: cleanEnvironment(),
      stdio: ["ignore", full, "pipe"],
    });
    closeSync(full);
    const exit = once(child, "exit");
    expect(await text(child.stderr as NodeJS.ReadableStream)).toMatch(
      /^hive: the output cannot be written.*\n$/,
    );
    expect(await exit).toEqual([1, null]);
  });

  test.each([
    [["task", "get", "--json"], "missing required argument 'id'"],
    [["status", "--json", "--bogus"], "unknown option '--bogus'"],
    [["frob", "--json"], "unknown command 'frob'"],
  ])("with --json, %j is answered with one document that says what is wrong", async (args, message) => {
    const { exitCode, stdout, stderr } = await hive(args, { cwd: dir });
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "USAGE", message } });
  });
});

test("a file that cannot be read any more is a failed row, and the others are done", {
  timeout: 60_000,
}, async () => {
  writeFileSync(path.join(dir, "note.txt"), "Call me Ishmael. I went to sea, and it was good.");
  const hub = await startOwnHub({ dataDir: dir, threads: 1 });
  const client = connect({ url: hub.url, token: hub.token, retryForMs: 60_000 });
  try {
    const inputs = ["gone.txt", "note.txt"].map((name) => ({
      name,
      mediaType: "text/plain",
      open: () => createReadStream(path.join(dir, name)),
    }));
    expect(await runBatch(client, inputs)).toMatchObject([
      { input: "gone.txt", status: "failed", finding: "cannot be read (ENOENT)" },
      { input: "note.txt", status: "completed" },
    ]);
  } finally {
    await client.close();
    await hub.stop();
  }
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s while its hub starts ends hive run and leaves nothing",
  async (signal) => {
    writeFileSync(path.join(dir, "note.txt"), "Call me Ishmael.");
    const child = spawn(process.execPath, [main, "run", "note.txt", "--json"], {
      cwd: dir,
      env: { ...cleanEnvironment(), TMPDIR: dir, HIVE_SERVER__PORT: "1" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exit = once(child, "exit");
    const output = text(child.stdout);
    const made = (): boolean => readdirSync(dir).some((name) => name.startsWith("hive-run-"));
    await waitUntil(made);
    child.kill(signal);
    expect(await exit).toEqual([1, null]);
    expect(JSON.parse(await output)).toMatchObject({ error: { code: "INTERRUPTED" } });
    expect(made()).toBe(false);
  },
);

describe("waiting on a hub", () => {
  const patience = { limitMs: 300, probeMs: 20 };

  async function listen(): Promise<{ url: string; end: () => void }> {
    const server = createServer((_, response) => response.end("{}")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return {
      url,
      end: () => {
        server.close();
        server.closeAllConnections();
      },
    };
  }

  const untilAborted = async (signal: AbortSignal): Promise<never> => {
    if (!signal.aborted) await once(signal, "abort");
    throw new Error("the signal says so");
  };

  test("that goes for good ends with HUB_GONE and says that the work goes on", async () => {
    const { url, end } = await listen();
    const waiting = whileAnswering(url, untilAborted, patience);
    end();
    await expect(waiting).rejects.toMatchObject({
      code: "HUB_GONE",
      exitCode: 1,
      message: expect.stringContaining("goes on when it is back"),
    });
  });

  test("that answers takes as long as it takes, and ends when it is interrupted", async () => {
    const { url, end } = await listen();
    const long = whileAnswering(
      url,
      () => new Promise((resolve) => setTimeout(resolve, 900, "done")),
      patience,
    );
    expect(await long).toBe("done");
    const interrupt = new AbortController();
    const waiting = whileAnswering(url, untilAborted, { ...patience, signal: interrupt.signal });
    interrupt.abort();
    await expect(waiting).rejects.toThrow("the signal says so");
    end();
  });
});
