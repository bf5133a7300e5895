// Links, and what an end does at their other end: here, and on another thread. One isolate on virtual time.

import { describe, expect, it } from "vitest";
import { type ActorRef, defineActor, type SpawnOptions } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

const on = {
  link: (ctx: { link(other: ActorRef): void }, other: ActorRef) => ctx.link(other),
  unlink: (ctx: { unlink(other: ActorRef): void }, other: ActorRef) => ctx.unlink(other),
  fail(): never {
    throw new Error("on purpose");
  },
  end: (ctx: { stop(): void }) => ctx.stop(),
};

const Plain = defineActor({
  module: "simulated",
  name: "Plain",
  state: () => ({ count: 0 }),
  on: { ...on, count: (ctx) => ++ctx.state.count },
});

const Trapper = defineActor({
  module: "simulated",
  name: "Trapper",
  state: () => ({ heard: [] as string[] }),
  on: { ...on, heard: (ctx) => [...ctx.state.heard] },
  hooks: { exited: (ctx, _ref, reason) => void ctx.state.heard.push(reason.code) },
});

const Patient = defineActor({
  module: "simulated",
  name: "Patient",
  state: () => undefined,
  supervision: { intensity: { restarts: 50, withinMs: 60_000 } },
  on: {
    bear: (ctx, options: SpawnOptions & { trap?: boolean }) => {
      const { trap = false, ...rest } = options;
      return trap ? ctx.spawn(Trapper, rest) : ctx.spawn(Plain, rest);
    },
    stop: (ctx, child: ActorRef) => ctx.stop(child),
  },
});

async function open() {
  const sim = new Simulation({ seed: 4, definitions: [Plain, Trapper, Patient] });
  const parent = sim.spawn(Patient, { on: 1 });
  const bear = async (options: SpawnOptions & { trap?: boolean }) => {
    const asked = parent.ask("bear", { restart: "temporary", ...options });
    await sim.run();
    return (await asked) as ActorRef;
  };
  const ends: string[] = [];
  const watch = (name: string, ref: ActorRef) => sim.watch(ref, ({ code }) => ends.push(`${name} ${code}`));
  const ask = async <T>(ref: ActorRef, method: string) => {
    const asked = ref.ask(method) as Promise<T>;
    await sim.run();
    return asked;
  };
  return { sim, parent, bear, watch, ends, ask };
}

const PLACES = [
  ["on one thread", 1, 1],
  ["on two threads", 1, 2],
] as const;

describe.each(PLACES)("two linked actors %s", (_label, one, other) => {
  it.each(["the one that linked", "the one that was linked"])("end together when %s fails", async (which) => {
    const { sim, bear, watch, ends } = await open();
    const [a, b] = [await bear({ on: one }), await bear({ on: other })];
    watch("a", a);
    watch("b", b);
    a.tell("link", b);
    await sim.run();
    (which === "the one that linked" ? a : b).tell("fail");
    await sim.run();
    expect(ends.sort()).toEqual(["a fault", "b fault"]);
  });

  it("leave the verdict on the other one to its supervisor, to which it is a fault like others", async () => {
    const { sim, bear, ask, watch, ends } = await open();
    const [a, b] = [await bear({ on: one, restart: "permanent" }), await bear({ on: other })];
    watch("a", a);
    await ask(a, "count");
    a.tell("link", b);
    await sim.run();
    b.tell("fail");
    await sim.run();
    expect(await ask(a, "count")).toBe(1);
    expect(ends).toEqual([]);
    const faults = sim.happened
      .filter((event) => event.type === "actor-fault")
      .map(({ error }) => error.code);
    expect(faults).toContain("LINKED_EXIT");
  });

  it("do not mind a normal end, unless they trap it", async () => {
    const { sim, bear, ask } = await open();
    const [a, b] = [await bear({ on: one }), await bear({ on: one, trap: true })];
    const c = await bear({ on: other });
    for (const linked of [a, b]) linked.tell("link", c);
    await sim.run();
    c.tell("end");
    await sim.run();
    expect(await ask(a, "count")).toBe(1);
    expect(await ask(b, "heard")).toEqual(["normal"]);
  });

  it("hear of each end once in their exited hook, if they have one, and go on", async () => {
    const { sim, parent, bear, ask } = await open();
    const a = await bear({ on: one, trap: true });
    const [b, c] = [await bear({ on: other }), await bear({ on: other })];
    for (const linked of [b, c, c]) a.tell("link", linked);
    await sim.run();
    b.tell("fail");
    parent.tell("stop", c);
    await sim.run();
    expect((await ask<string[]>(a, "heard")).sort()).toEqual(["fault", "stopped"]);
  });

  it("hear at once when the other one is gone already", async () => {
    const { sim, bear, ask, watch, ends } = await open();
    const [a, b] = [await bear({ on: one, trap: true }), await bear({ on: other })];
    watch("b", b);
    b.tell("end");
    await sim.run();
    a.tell("link", b);
    await sim.run();
    expect(await ask(a, "heard")).toEqual(["no-actor"]);
    expect(ends).toEqual(["b normal"]);
  });

  it("say nothing to each other over a restart", async () => {
    const { sim, bear, ask } = await open();
    const [a, b] = [await bear({ on: one, trap: true }), await bear({ on: other, restart: "permanent" })];
    a.tell("link", b);
    await sim.run();
    b.tell("fail");
    await sim.run();
    expect(await ask(a, "heard")).toEqual([]);
    expect(await ask(b, "count")).toBe(1);
  });

  it("say nothing after an unlink, whichever of them asked for it", async () => {
    const { sim, bear, ask } = await open();
    const [a, b] = [await bear({ on: one }), await bear({ on: other })];
    a.tell("link", b);
    await sim.run();
    b.tell("unlink", a);
    await sim.run();
    b.tell("fail");
    await sim.run();
    expect(await ask(a, "count")).toBe(1);
  });
});

describe("a linked actor", () => {
  it("hears when the other one is lost with its thread", async () => {
    const { sim, bear, ask } = await open();
    const [a, b] = [await bear({ on: 1, trap: true }), await bear({ on: 2 })];
    a.tell("link", b);
    await sim.run();
    await sim.loseThread(2);
    await sim.run();
    expect(await ask(a, "heard")).toEqual(["thread-lost"]);
  });

  it("leaves nothing behind when both are gone", async () => {
    const { sim, bear } = await open();
    const [a, b] = [await bear({ on: 1 }), await bear({ on: 2 })];
    a.tell("link", b);
    await sim.run();
    a.tell("end");
    await sim.run();
    b.tell("end");
    await sim.run();
    expect(sim.leftovers()).toMatchObject({ openAsks: 0, watches: 0 });
  });
});
