// `hive top` against a running hub.

import { afterAll, beforeAll, expect, test } from "vitest";
import { WholeHub } from "../client/client-rig.js";
import { Counter } from "../client/counter.js";
import { hive } from "./hive.js";

let hub: WholeHub;
beforeAll(async () => {
  hub = await WholeHub.open();
});
afterAll(() => hub.close());

test("hive top shows threads and the busiest actors of the running hub", async () => {
  const counter = hub.handle.system.spawn(Counter, { name: "busy", on: 1, args: {} });
  counter.tell("add", 1);
  await counter.ask("get");
  const top = (...args: string[]) => hive(["top", "--url", hub.url, "--token", hub.token, ...args]);
  const once = await top("--once", "--limit", "2");
  expect({ exitCode: once.exitCode, stderr: once.stderr }).toEqual({ exitCode: 0, stderr: "" });
  const lines = once.stdout.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^http:.*: \d+ actors$/);
  expect(lines[2]).toMatch(/^THREAD +STATE +ACTORS +MSG\/S .*STALLS$/);
  expect(lines[4]).toMatch(/^ +1 +running +\d+ .* MiB +0 +0$/);
  expect(lines.slice(6)).toHaveLength(4);
  const machine = await top("--json", "--limit", "1000");
  const seen = JSON.parse(machine.stdout) as { actors: { path: string }[] };
  expect(seen).toMatchObject({ url: hub.url, threads: [{ thread: 1, stalls: 0 }], cut: false });
  expect(seen.actors.find(({ path }) => path === "/user/busy")).toMatchObject({ handled: 2, thread: 1 });
  expect((await top("--limit", "all")).exitCode).toBe(2);
});
