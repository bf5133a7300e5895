// Threads that are added and drained while the system runs.

import { expect, it } from "vitest";
import { type ActorRef, type ActorSystem, createSystem } from "../../src/index.js";
import { Counter, Echo, Parent } from "../fixtures/counter.js";
import { describeSystems } from "./everywhere.js";

const log = { log: () => undefined };
const threadOf = (ref: ActorRef) => Number(ref.id.split("/")[0]);
const endOf = (system: ActorSystem, ref: ActorRef) =>
  new Promise<string>((resolve) => void system.watch(ref, ({ code }) => resolve(code)));

describeSystems((system) => {
  it("an added thread is a thread like the others: everyone reaches it, and it everyone", async () => {
    const thread = await system().addThread();
    expect(thread).toBe(3);
    expect(system().threads()[2]).toMatchObject({ thread, state: "running", epoch: 1, restarts: 0 });
    const [one, three] = [1, thread].map((on) => system().spawn(Echo, { on })) as [ActorRef, ActorRef];
    const ask = { method: "echo", payload: { from: "afar" } };
    expect(await one.ask("askOther", { ...ask, other: three })).toEqual(ask.payload);
    expect(await three.ask("askOther", { ...ask, other: one })).toEqual(ask.payload);
    const parent = system().spawn(Parent, { on: 2 });
    const child: ActorRef = await parent.ask("spawn", { on: thread, start: 4 });
    for (let i = 0; i < 2; i++) await expect(child.ask("fail", "again")).rejects.toThrow("again");
    expect(await child.ask("get")).toBe(4);
    const placed = Array.from({ length: 100 }, () => system().spawn(Echo, { on: "any" }));
    expect(new Set(placed.map(threadOf))).toContain(thread);
    for (const actor of [...placed, one, three, parent]) system().stop(actor);
    expect(await system().drainThread(thread, { timeoutMs: 0 })).toMatchObject({ thread, cutOff: 0 });
  });

  it("a drained thread takes no new actors, waits for the last of its own, and ends", async () => {
    const thread = await system().addThread();
    const here = await system().spawn(Counter, { on: thread });
    expect(await here.ask("get")).toBe(0);
    const drained = system().drainThread(thread);
    const twice = system().drainThread(thread);
    expect(system().threads()[thread - 1]).toMatchObject({ state: "draining", actors: 1 });
    expect(() => system().spawn(Counter, { on: thread })).toThrow(
      expect.objectContaining({ code: "NO_SUCH_THREAD" }),
    );
    const placed = Array.from({ length: 50 }, (_, i) =>
      system().spawn(Echo, { on: i % 2 ? "any" : { key: `${i}` } }),
    );
    expect(new Set(placed.map(threadOf))).toEqual(new Set([1, 2]));
    expect(await here.ask("get")).toBe(0);
    system().stop(here);
    expect(await drained).toEqual({ thread, stopped: 0, cutOff: 0, deadLetters: 0 });
    expect(await twice).toEqual(await drained);
    expect(
      system()
        .threads()
        .map((one) => one.thread),
    ).toEqual([1, 2]);
    for (const actor of placed) system().stop(actor);
  });

  it("at its limit a drain stops who is left: watchers and askers hear of it, mail is counted", async () => {
    const thread = await system().addThread();
    const [here, parent] = [system().spawn(Counter, { on: thread }), system().spawn(Parent, { on: 1 })];
    const child: ActorRef = await parent.ask("spawn", { on: thread });
    const far = system().spawn(Parent, { on: thread });
    const grandchild: ActorRef = await far.ask("spawn", { on: 2 });
    const ends = [here, child, far, grandchild].map((ref) => endOf(system(), ref));
    await Promise.all([child.ask("get"), grandchild.ask("get")]);
    const open = here.ask("slow", 60_000, { timeoutMs: 0 });
    const waiting = here.ask("get", undefined, { timeoutMs: 0 });
    for (let i = 0; i < 10; i++) here.tell("add", 1);
    const failed = Promise.allSettled([open, waiting]);
    const report = await system().drainThread(thread, { timeoutMs: 30 });
    expect(report).toMatchObject({ thread, stopped: 3, cutOff: 0 });
    expect(report.deadLetters).toBeGreaterThanOrEqual(10);
    expect(await Promise.all(ends)).toEqual(["shutdown", "shutdown", "shutdown", "parent-stopped"]);
    expect((await failed).map((one) => (one as PromiseRejectedResult).reason.code)).toEqual([
      "ACTOR_STOPPED",
      "ACTOR_STOPPED",
    ]);
    expect(await parent.ask("ended")).toEqual(["shutdown"]);
    expect(here.tell("add", 1)).toBe("dead");
    await expect(child.ask("get")).rejects.toMatchObject({ code: "NO_ACTOR" });
    expect(await endOf(system(), far)).toBe("no-actor");
    system().stop(parent);
  });

  it("the number of a drained thread is given again, and refs to who lived there stay dead", async () => {
    const first = await system().addThread({ name: "extra" });
    const gone = Array.from({ length: 300 }, () => system().spawn(Counter, { on: { thread: "extra" } }));
    await Promise.all(gone.map((ref) => ref.ask("get")));
    await system().drainThread(first, { timeoutMs: 0 });
    expect(() => system().spawn(Counter, { on: { thread: "extra" } })).toThrow(
      /thread {"thread":"extra"}: actors can/,
    );
    const again = await system().addThread();
    expect(again).toBe(first);
    expect(system().threads()[first - 1]).toMatchObject({ state: "running", restarts: 0, name: undefined });
    const newcomers = Array.from({ length: 300 }, () => system().spawn(Counter, { on: again }));
    expect(new Set(gone.map((ref) => ref.tell("add", 1)))).toEqual(new Set(["dead"]));
    expect(await Promise.all(newcomers.map((ref) => ref.ask("get")))).toEqual(newcomers.map(() => 0));
    expect((await system().drainThread(again, { timeoutMs: 0 })).stopped).toBe(300);
  });

  it("a thread that is lost while it is drained still goes in the end", async () => {
    const thread = await system().addThread();
    const here = system().spawn(Counter, { on: thread });
    await here.ask("get");
    const drained = system().drainThread(thread);
    here.tell("exit");
    await expect(here.ask("get", undefined, { timeoutMs: 0 })).rejects.toMatchObject({ code: "THREAD_LOST" });
    expect(await here.ask("get")).toBe(0);
    // It answers a moment before it has said that it is ready.
    await expect.poll(() => system().threads()[thread - 1]?.state).toBe("draining");
    system().stop(here);
    expect(await drained).toMatchObject({ stopped: 0 });
  });
});

it("a thread that is stuck is cut off, and says so to everybody", async () => {
  const system = await createSystem({ threads: 2, log });
  const busy = system.spawn(Counter, { on: 2 });
  await busy.ask("get");
  const end = endOf(system, busy);
  busy.tell("spin", 60_000);
  const unheard = busy.ask("get", undefined, { timeoutMs: 100 });
  await expect(unheard).rejects.toMatchObject({ code: "TIMEOUT" });
  const open = busy.ask("get", undefined, { timeoutMs: 0 });
  const failed = expect(open).rejects.toMatchObject({ code: "ACTOR_STOPPED" });
  expect(await system.drainThread(2, { timeoutMs: 0 })).toMatchObject({ stopped: 1, cutOff: 1 });
  await failed;
  expect(await end).toBe("shutdown");
  expect(busy.tell("add", 1)).toBe("dead");
  expect((await system.shutdown()).problems).toEqual([]);
}, 30_000);

it("threads have names, and drains that leave nobody to work are refused", async () => {
  const system = await createSystem({ threads: ["io", "math"], log });
  expect(threadOf(system.spawn(Counter, { on: { thread: "math" } }))).toBe(2);
  const parent = system.spawn(Parent, { on: { thread: "io" } });
  const child: ActorRef = await parent.ask("spawn", { on: { thread: "math" } as never });
  expect(threadOf(child)).toBe(2);
  expect(system.threads().map(({ name }) => name)).toEqual(["io", "math"]);
  await expect(system.addThread({ name: "io" })).rejects.toMatchObject({ code: "THREADS" });
  await expect(system.drainThread(7)).rejects.toMatchObject({ code: "NO_SUCH_THREAD" });
  await system.drainThread(1, { timeoutMs: 0 });
  await expect(system.drainThread(2)).rejects.toMatchObject({ code: "LAST_THREAD" });
  const added = await system.addThread({ name: "io" });
  expect(threadOf(system.spawn(Counter, { on: { thread: "io" } }))).toBe(added);
  const waiting = system.drainThread(added);
  const refused = expect(waiting).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
  await system.shutdown();
  await refused;
  await expect(system.addThread()).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
});

it("threads that are added and drained all the time lose nobody's answers", async () => {
  const system = await createSystem({ threads: 2, log });
  const [one, two] = [1, 2].map((on) => system.spawn(Echo, { on })) as [ActorRef, ActorRef];
  let answered = 0;
  const going = { on: true };
  const asking = (async () => {
    while (going.on) {
      expect(await one.ask("askOther", { other: two, method: "echo", payload: answered })).toBe(answered);
      answered++;
    }
  })();
  for (let round = 0; round < 3; round++) {
    const threads = await Promise.all([system.addThread(), system.addThread()]);
    expect(threads).toEqual([3, 4]);
    const guests = threads.map((on) => system.spawn(Echo, { on }));
    const payload = { other: one, method: "echo", payload: round };
    for (const guest of guests) expect(await guest.ask("askOther", payload)).toBe(round);
    await Promise.all(threads.map((thread) => system.drainThread(thread, { timeoutMs: 0 })));
  }
  going.on = false;
  await asking;
  expect(answered).toBeGreaterThan(0);
  expect((await system.shutdown()).problems).toEqual([]);
}, 60_000);
