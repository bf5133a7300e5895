// What a life leaves behind when it ends at a bad moment: mail to itself, children, watches, early mail, actors on a
// thread that was lost with the one above it. Each of these was found by the simulation.

import { describe, expect, it } from "vitest";
import { type ActorRef, defineActor, type SpawnOptions } from "../../src/index.js";
import { createTestSystem } from "../../src/testkit.js";

const doors: (() => void)[] = [];
const lives: number[] = [];

const Worker = defineActor({
  module: "simulated",
  name: "Worker",
  state: (args: { to: ActorRef }) => ({ ...args, life: lives.push(0) }),
  on: {
    remind(ctx) {
      ctx.timers.after("later", 10, "note", "from a timer");
      const late = new Promise<string>((resolve) => doors.push(() => resolve("from a pipe")));
      ctx.pipeToSelf(late, "note");
    },
    note(ctx, text: string) {
      ctx.state.to.tell("noted", text);
    },
    async failLater(): Promise<void> {
      await new Promise<void>((resolve) => doors.push(() => resolve()));
      throw new Error("on purpose");
    },
    bear: (ctx, options: SpawnOptions): ActorRef =>
      ctx.spawn(Worker, { ...options, args: { to: ctx.state.to } }),
    end: (ctx, child: ActorRef) => ctx.stop(child),
    async look(ctx, other: ActorRef): Promise<void> {
      ctx.watch(other);
      await new Promise<void>((resolve) => doors.push(() => resolve()));
      ctx.unwatch(other);
    },
  },
  hooks: {
    terminated(ctx) {
      ctx.state.to.tell("terminated");
    },
  },
});

const Latest = defineActor({
  module: "simulated",
  name: "Latest",
  mailbox: { kind: "conflating", key: () => "the only one" },
  state: () => undefined,
  on: { keep: (_ctx, text: string) => text },
});

function openDoors(): void {
  for (const open of doors.splice(0)) open();
}

function open(threads = 0) {
  const system = createTestSystem({ threads, definitions: [Worker, Latest] });
  const probe = system.probe("probe");
  const spawn = (options: SpawnOptions = {}) => system.spawn(Worker, { ...options, args: { to: probe.ref } });
  return { system, probe, spawn };
}

describe("what an incarnation sent itself", () => {
  it("through timers and pipes does not reach the next one, even when it waits in the mailbox already", async () => {
    const { system, probe, spawn } = open();
    const worker = spawn();
    worker.tell("remind");
    worker.tell("failLater");
    await system.advance(20);
    worker.tell("note", "from somebody else");
    openDoors();
    await probe.expect("noted", "from somebody else");
    await probe.expectNoMessage();
    expect(system.happened.map(({ type }) => type)).toContain("actor-restart");
    expect((await system.deadLetters()).filter(({ method }) => method === "note")).toMatchObject([
      { payload: "from a timer", reason: "stopped" },
      { payload: "from a pipe", reason: "stopped" },
    ]);
  });
});

describe("children of an actor that is cut off", () => {
  it.each([0, 1])("end after it, also on thread %i", async (on) => {
    const { system, probe, spawn } = open(1);
    const parent = spawn({ shutdownMs: "brutal" });
    const child = await parent.ask("bear", { on });
    const grandchild = (await child.ask("bear", { on: 1 - on })) as ActorRef;
    for (const one of [child, grandchild]) probe.watch(one);
    system.stop(parent);
    await system.advance(10);
    expect(probe.received.map(({ method }) => method)).toEqual(["terminated", "terminated"]);
    expect(system.simulation.census().living.map(({ path }) => path)).toEqual(["/user/probe"]);
  });
});

describe("a notice that waits in the mailbox", () => {
  it("is not delivered any more once its watcher has unwatched", async () => {
    const { system, probe, spawn } = open();
    const [watcher, other] = [spawn(), spawn()];
    const looked = watcher.ask("look", other);
    await system.settle();
    system.stop(other);
    await system.settle();
    openDoors();
    await looked;
    await probe.expectNoMessage();
  });
});

describe("mail that comes before the module", () => {
  it("is put into the mailbox by its own rules: what loses its place is a dead letter, and its ask fails", async () => {
    const { system } = open(1);
    const latest = system.spawn(Latest, { on: 1 });
    const asks = ["first", "second", "third"].map((text) => latest.ask("keep", text, { timeoutMs: 0 }));
    const outcomes = await Promise.allSettled(asks);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
    expect(outcomes[0]).toMatchObject({ reason: { code: "MAILBOX_FULL" } });
    expect((await system.deadLetters()).map(({ payload, reason }) => [payload, reason])).toEqual([
      ["first", "dropped"],
      ["second", "dropped"],
    ]);
  });
});

describe("an actor that is lost together with its supervisor's thread", () => {
  it.each([
    [1, 2],
    [2, 1],
  ])(
    "is not waited for, when thread %i goes first and thread %i before it has heard of that",
    async (first, second) => {
      const { system, probe, spawn } = open(2);
      const parent = spawn({ on: 1, restart: "temporary" });
      const child = await parent.ask("bear", { on: 2 });
      probe.watch(child);
      await system.settle();
      await system.loseThread(first);
      await system.loseThread(second);
      const answer = child.ask("note", "anybody there?", { timeoutMs: 0 });
      await expect(answer).rejects.toMatchObject({ code: expect.stringMatching(/NO_ACTOR|THREAD_LOST/) });
      expect(await probe.expectTerminated(child, { withinMs: 100 })).toMatchObject({ code: "thread-lost" });
      system.stop(probe.ref);
      await system.advance(1_000);
      expect(system.simulation.leftovers()).toMatchObject({
        actors: 0,
        slots: 0,
        ghosts: 0,
        watches: 0,
        parked: 0,
      });
    },
  );
});
