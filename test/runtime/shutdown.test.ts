// The end of a system, and systems without worker threads.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { type ActorRef, createSystem } from "../../src/index.js";
import { Counter, Parent } from "../fixtures/counter.js";

const log = { log: () => undefined };

it("a shutdown stops every actor, then the threads; later spawns are refused, later asks find nobody", async () => {
  const system = await createSystem({ threads: 2, log });
  const parent = system.spawn(Parent, { on: 1 });
  const child: ActorRef = await parent.ask("spawn", { on: 2 });
  const here = system.spawn(Counter, { on: "this" });
  const refs: ActorRef[] = [parent, child, here];
  const ended = refs.map(
    (ref) => new Promise<string>((resolve) => void system.watch(ref, ({ code }) => resolve(code))),
  );
  await Promise.all([child.ask("get"), here.ask("get")]);
  await Promise.all([system.shutdown(), system.shutdown()]);
  expect(await Promise.all(ended)).toEqual(refs.map(() => "parent-stopped"));
  expect(system.threads().map(({ state }) => state)).toEqual(["closed", "closed"]);
  expect(() => system.spawn(Counter)).toThrow(expect.objectContaining({ code: "SYSTEM_STOPPED" }));
  await expect(here.ask("get")).rejects.toMatchObject({ code: "NO_ACTOR" });
});

it("a shutdown cuts off what does not stop in time", async () => {
  const system = await createSystem({ threads: 1, log });
  const busy = system.spawn(Counter, { on: 1 });
  await busy.ask("get");
  busy.tell("spin", 60_000);
  // A stop overtakes messages: only an ask that gets no answer shows that it spins.
  const unheard = busy.ask("get", undefined, { timeoutMs: 100 });
  await expect(unheard).rejects.toMatchObject({ code: "TIMEOUT" });
  await system.shutdown({ timeoutMs: 50 });
  expect(system.threads()).toMatchObject([{ state: "closed" }]);
});

it.each([0, 1])(
  "a system of %s worker threads keeps its process alive until it is shut down",
  async (threads) => {
    const program = `
    import { createSystem, defineActor } from "hive";
    const Waiter = defineActor({
      name: "Waiter",
      state: () => undefined,
      on: { wait: (ctx) => ctx.timers.after("t", 50, "end"), end: (ctx) => ctx.stop() },
    });
    const system = await createSystem({ threads: ${threads} });
    const waiter = system.spawn(Waiter, { on: 0, restart: "transient" });
    const ended = new Promise((resolve) => system.watch(waiter, resolve));
    waiter.tell("wait");
    await ended;
    await system.shutdown();
    console.log("to the end");`;
    const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
    expect(await run).toEqual({ stdout: "to the end\n", stderr: "" });
  },
);

it("a system without worker threads runs every actor on the calling one", async () => {
  const system = await createSystem({ threads: 0, log });
  const counter = system.spawn(Counter, { args: { start: 1 }, on: { key: "any key" } });
  counter.tell("add", 2);
  expect(await counter.ask("get")).toBe(3);
  expect(counter.id.startsWith("0/")).toBe(true);
  await system.shutdown();
});
