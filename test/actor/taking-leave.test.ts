// The last hook of an incarnation has a limit, whoever wanted the end. One isolate on virtual time.

import { describe, expect, it } from "vitest";
import { type ActorRef, defineActor, type SpawnOptions } from "../../src/index.js";
import { createTestSystem } from "../../src/testkit.js";

const never = () => new Promise<void>(() => undefined);

const Lingerer = defineActor({
  module: "simulated",
  name: "Lingerer",
  state: () => undefined,
  on: {
    end: (ctx) => ctx.stop(),
    fail(): never {
      throw new Error("on purpose");
    },
    ping: () => "pong",
    bear: (ctx, options: SpawnOptions): ActorRef => ctx.spawn(Lingerer, options as object),
    restartIt: (ctx, child: ActorRef) => ctx.restart(child),
  },
  hooks: { restarting: never, stopped: never },
});

/** What a `restarting` hook waits for that ends after all, long after its limit. */
const doors: (() => void)[] = [];

const Latecomer = defineActor({
  module: "simulated",
  name: "Latecomer",
  state: () => undefined,
  on: {
    fail(): never {
      throw new Error("on purpose");
    },
    ping: () => "pong",
  },
  hooks: {
    restarting: () => new Promise<void>((resolve) => doors.push(resolve)),
    stopped: () => new Promise<void>((resolve) => doors.push(resolve)),
  },
});

const Fuse = defineActor({
  module: "simulated",
  name: "Fuse",
  state: () => undefined,
  on: {
    fail(): never {
      throw new Error("on purpose");
    },
  },
});

/** Its children restart together. */
const Parent = defineActor({
  module: "simulated",
  name: "Parent",
  state: () => undefined,
  supervision: { strategy: "one-for-all" },
  on: {
    bear: (ctx, options: { on: number; name: string; shutdownMs: number }): ActorRef =>
      ctx.spawn(Lingerer, options),
    failOther: (ctx) => void ctx.spawn(Fuse).tell("fail"),
    end: (ctx, child: ActorRef) => ctx.stop(child),
  },
});

function open() {
  return createTestSystem({ threads: 1, definitions: [Lingerer, Latecomer, Fuse, Parent] });
}

function abandoned(system: ReturnType<typeof open>): string[] {
  return system.happened.flatMap((event) => (event.type === "actor-abandoned" ? [event.path] : []));
}

describe("a stopped hook that hangs", () => {
  it.each([0, 1])("is left at its limit when its actor ended by itself, on thread %i", async (on) => {
    const system = open();
    const probe = system.probe("probe");
    const one = system.spawn(Lingerer, { on, name: "one", restart: "transient", shutdownMs: 100 });
    probe.watch(one);
    one.tell("end");
    await system.advance(90);
    await probe.expectNoMessage(0);
    expect(await probe.expectTerminated(one, { withinMs: 20 })).toEqual({ code: "normal" });
    expect(abandoned(system)).toEqual(["/user/one"]);
    expect(system.simulation.census().living.map(({ path }) => path)).toEqual(["/user/probe"]);
  });

  it("is left after five seconds where nothing else was said", async () => {
    const system = open();
    const probe = system.probe("probe");
    const one = system.spawn(Lingerer, { on: 0, restart: "transient" });
    probe.watch(one);
    one.tell("end");
    await system.advance(4_900);
    await probe.expectNoMessage(0);
    await probe.expectTerminated(one, { withinMs: 200 });
  });

  it("is waited for without end where that was said", async () => {
    const system = open();
    const probe = system.probe("probe");
    const one = system.spawn(Lingerer, { on: 0, restart: "transient", shutdownMs: "unlimited" });
    probe.watch(one);
    one.tell("end");
    await probe.expectNoMessage(60_000);
  });

  it.each([0, 1])("leaves the reason as it was when somebody asked for the end, on thread %i", async (on) => {
    const system = open();
    const probe = system.probe("probe");
    const one = system.spawn(Lingerer, { on, shutdownMs: 100 });
    probe.watch(one);
    system.stop(one);
    expect(await probe.expectTerminated(one, { withinMs: 110 })).toEqual({ code: "stopped" });
  });

  it.each(["stop", "restart-all"] as const)(
    "is told of once, wherever its actor is, by a %s",
    async (how) => {
      for (const on of [0, 1]) {
        const system = open();
        const parent = system.spawn(Parent, { on: 0, name: "parent" });
        const one = await parent.ask("bear", { on, name: "one", shutdownMs: 100 });
        await one.ask("ping");
        if (how === "stop") parent.tell("end", one);
        else parent.tell("failOther");
        await system.advance(300);
        expect(abandoned(system)).toEqual(["/user/parent/one"]);
      }
    },
  );

  it("leaves the reason as it was also when it is a child's", async () => {
    const system = open();
    const probe = system.probe("probe");
    const one = system.spawn(Lingerer, { on: 0, shutdownMs: 100 });
    const child = await one.ask("bear", { shutdownMs: 1_000 });
    for (const actor of [one, child]) probe.watch(actor);
    system.stop(one);
    expect(await probe.expectTerminated(one, { withinMs: 110 })).toEqual({ code: "stopped" });
    expect(await probe.expectTerminated(child)).toEqual({ code: "parent-stopped" });
  });
});

describe("a restarting hook that hangs", () => {
  it.each([0, 1])("is left at its limit: the next incarnation begins, on thread %i", async (on) => {
    const system = open();
    const one = system.spawn(Lingerer, { on, name: "one", shutdownMs: 100 });
    one.tell("fail");
    await system.advance(90);
    expect(system.happened.map(({ type }) => type)).not.toContain("actor-restart");
    await system.advance(20);
    expect(await one.ask("ping")).toBe("pong");
    expect(abandoned(system)).toEqual(["/user/one"]);
  });

  it("is left also when the restart was a parent's wish", async () => {
    const system = open();
    const parent = system.spawn(Lingerer, { on: 0 });
    const child = await parent.ask("bear", { name: "child", shutdownMs: 100 });
    await parent.ask("restartIt", child);
    await system.advance(110);
    expect(await child.ask("ping")).toBe("pong");
  });

  it("has no say any more in a stop that overtook it, nor in the next life", async () => {
    const system = open();
    const probe = system.probe("probe");
    const one = system.spawn(Latecomer, { on: 0, restart: "permanent", shutdownMs: 100 });
    one.tell("fail");
    await system.advance(50);
    system.stop(one);
    await system.settle();
    // The hook of the restart ends after all; that of the stop hangs, and keeps its limit.
    doors.shift()?.();
    expect(await probe.expectTerminated(one, { withinMs: 110 })).toEqual({ code: "stopped" });
    doors.splice(0);
    const two = system.spawn(Latecomer, { on: 0, shutdownMs: 100 });
    two.tell("fail");
    await system.advance(110);
    expect(await two.ask("ping")).toBe("pong");
    for (const door of doors.splice(0)) door();
    expect(await two.ask("ping")).toBe("pong");
  });
});
