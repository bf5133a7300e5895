// The end of a system, and systems without worker threads.

import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { type ActorRef, createSystem, defineActor } from "../../src/index.js";
import { Counter, Parent } from "../fixtures/counter.js";

const log = { log: () => undefined };

/** Its farewell never ends. */
const Stubborn = defineActor({
  name: "Stubborn",
  state: () => undefined,
  hooks: { stopped: () => new Promise<void>(() => undefined) },
  on: { get: () => 0, add: (_ctx, by: number) => by },
});

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

it("a shutdown cuts off what does not stop in time, names it, and refs to it are dead at once", async () => {
  const system = await createSystem({ threads: 1, log });
  const [busy, stubborn, idle] = [
    system.spawn(Counter, { on: 1, name: "busy" }),
    system.spawn(Stubborn, { on: "this", name: "stubborn" }),
    system.spawn(Counter, { on: "this", name: "idle" }),
  ] as ActorRef[] as [ActorRef, ActorRef, ActorRef];
  await Promise.all([busy.ask("get"), stubborn.ask("get"), idle.ask("get")]);
  const ended = [busy, stubborn].map(
    (ref) => new Promise<string>((resolve) => void system.watch(ref, ({ code }) => resolve(code))),
  );
  busy.tell("spin", 60_000);
  // A stop overtakes messages: only an ask that gets no answer shows that it spins.
  const unheard = busy.ask("get", undefined, { timeoutMs: 100 });
  await expect(unheard).rejects.toMatchObject({ code: "TIMEOUT" });
  // Whichever is heard of first: the end of its thread, or that of the system.
  const open = expect(busy.ask("get", undefined, { timeoutMs: 0 })).rejects.toMatchObject({
    code: expect.stringMatching(/^(ACTOR|SYSTEM)_STOPPED$/),
  });
  const { problems } = await system.shutdown({ timeoutMs: 50 });
  expect(system.threads()).toMatchObject([{ state: "closed" }]);
  expect(problems.map(({ phase, error }) => [phase, (error as { code?: string }).code])).toEqual([
    ["drain-actors", "SHUTDOWN_LATE"],
    ["stop-threads", "SHUTDOWN_LATE"],
  ]);
  expect(problems[0]?.error).toMatchObject({ data: { actors: ["/user/stubborn", "/user/busy"], count: 2 } });
  expect(problems[1]?.error.message).toBe("thread 1 did not end within 50 ms and was cut off");
  await open;
  expect(await Promise.all(ended)).toEqual(["shutdown", "shutdown"]);
  for (const ref of [busy, stubborn, idle]) {
    expect(ref.tell("add", 1)).toBe("dead");
    await expect(ref.ask("get")).rejects.toMatchObject({ code: "NO_ACTOR" });
  }
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
    const flags = ["--expose-gc", "--input-type=module", "-e", program];
    const run = promisify(execFile)(process.execPath, flags);
    expect(await run).toEqual({ stdout: "to the end\n", stderr: "" });
  },
);

it("what was told before a shutdown is handled or becomes a dead letter, and all of it is counted", async () => {
  const system = await createSystem({ threads: 2, log });
  const counters = Array.from({ length: 40 }, (_, i) => system.spawn(Counter, { on: 1 + (i % 2) }));
  await Promise.all(counters.map((counter) => counter.ask("get")));
  let sent = counters.length;
  for (let i = 0; i < 20_000; i++) if (counters[i % 40]?.tell("add", 1) === "sent") sent++;
  expect((await system.shutdown()).problems).toEqual([]);
  const threads = system.threads();
  const handled = threads.reduce((sum, one) => sum + one.messages, 0);
  const dead = threads.reduce((sum, one) => sum + one.deadLetters, 0);
  expect(sent).toBeGreaterThan(1_000);
  expect(handled + dead).toBe(sent);
});

it("tasks of the user's run in the phases of the shutdown, and what they throw is reported", async () => {
  const system = await createSystem({ threads: 1, log });
  const counter = system.spawn(Counter, { on: 1 });
  const seen: unknown[] = [];
  system.onShutdown("finish-requests", "count", async () => seen.push(await counter.ask("get")));
  system.onShutdown("flush-store", "look", async () => {
    seen.push(await counter.ask("get").catch((error: { code: string }) => error.code));
    throw new Error("disk gone");
  });
  system.onShutdown("close", "last", () => seen.push(system.threads()[0]?.state));
  const { problems, tookMs } = await system.shutdown();
  expect(seen).toEqual([0, "NO_ACTOR", "closed"]);
  expect(problems).toMatchObject([{ phase: "flush-store", task: "look", error: { message: "disk gone" } }]);
  expect(tookMs).toBeGreaterThan(0);
});

it("signals shut a program down: its exit is clean, and a second SIGINT ends it at once", async () => {
  const module = new URL("../fixtures/signalled.js", import.meta.url);
  const run = async (stuck: boolean, signals: NodeJS.Signals[]) => {
    const child = fork(module, [String(stuck)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const said: unknown[] = [];
    const next = async () => said.push((await once(child, "message"))[0]);
    const exited = once(child, "exit");
    await next();
    for (const [i, signal] of signals.entries()) {
      child.kill(signal);
      if (i < signals.length - 1) await next();
    }
    return { end: await exited, said };
  };
  expect((await run(false, ["SIGTERM"])).end).toEqual([0, null]);
  const stuck = await run(true, ["SIGINT", "SIGINT"]);
  expect(stuck).toEqual({ end: [130, null], said: ["ready", "stopping"] });
}, 30_000);

it("a system without worker threads runs every actor on the calling one", async () => {
  const system = await createSystem({ threads: 0, log });
  const counter = system.spawn(Counter, { args: { start: 1 }, on: { key: "any key" } });
  counter.tell("add", 2);
  expect(await counter.ask("get")).toBe(3);
  expect(counter.id.startsWith("0/")).toBe(true);
  await system.shutdown();
});
