// A child for the parent's tests: a TCP server in place of a hub, with the real hub-side of the channel.
// Its first argument says how it misbehaves; the second is a file to which each start appends its process id.

import { appendFileSync, readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { serveParent } from "../../../src/cli/hub-side.js";

type Habit =
  | "well"
  | "dies-at-start"
  | "dies-once"
  | "silent"
  | "commit-stalled"
  | "refuses"
  | "never-ready"
  | "silent-start"
  | "slow-to-stop";

const [habit, startsFile] = process.argv.slice(2) as [Habit, string];
appendFileSync(startsFile, `${process.pid}\n`);
const startCount = readFileSync(startsFile, "utf8").trim().split("\n").length;
const isFirst = startCount === 1;

function listen(port: number): Promise<{ server: Server; port: number }> {
  const server = createServer((socket: Socket) => socket.end(String(process.pid)));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve({ server, port: typeof address === "object" && address !== null ? address.port : 0 });
    });
  });
}

function holdLoop(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

serveParent(async (settings) => {
  if (habit === "dies-at-start" || (habit === "dies-once" && isFirst)) process.exit(7);
  if (habit === "refuses") throw Object.assign(new Error("agents.paths names no agent"), { exitCode: 78 });
  if (habit === "never-ready") await new Promise(() => undefined);
  if (habit === "silent-start") holdLoop();
  const { server, port } = await listen(settings.server.port);
  if (habit === "silent" && isFirst) setImmediate(() => setImmediate(holdLoop));
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    commitPendingMs: () => (habit === "commit-stalled" && isFirst ? 60_000 : 0),
    stop: async () => {
      if (habit === "slow-to-stop") await new Promise(() => undefined);
      await new Promise((resolve) => server.close(resolve));
    },
  };
});
