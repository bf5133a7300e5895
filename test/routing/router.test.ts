// Routers: whom a message goes to, by each strategy; what is answered when nobody has room or nobody is left.

import { describe, expect, expectTypeOf, it } from "vitest";
import { type ActorRef, defineActor, type RoutingOptions, routerOf } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

/** What a test looks at from outside: the actors run in the same isolate, one run at a time. */
let seen = { heard: [] as string[], aborted: [] as string[] };

const Member = defineActor({
  module: "simulated",
  name: "Member",
  state: (args: { name: string }) => args,
  mailbox: { capacity: 4 },
  on: {
    hear(ctx, _text: string) {
      seen.heard.push(ctx.state.name);
    },
    name: (ctx, _order: { id: string } | undefined) => ctx.state.name,
    /** Busy until it is cancelled. */
    block: (ctx) =>
      new Promise<void>((resolve) => {
        ctx.signal.addEventListener("abort", () => {
          seen.aborted.push(ctx.state.name);
          resolve();
        });
      }),
    /** Only the one of that name answers, the others when they are cancelled. */
    answerIf: (ctx, name: string) =>
      ctx.state.name === name
        ? name
        : new Promise<string>((resolve) => {
            ctx.signal.addEventListener("abort", () => {
              seen.aborted.push(ctx.state.name);
              resolve("too late");
            });
          }),
    failUnless(ctx, name: string): string {
      if (ctx.state.name === name) return name;
      throw Object.assign(new Error("on purpose"), { code: `NOT_${name}` });
    },
    whoSent: (ctx) => ctx.sender?.id,
    *count() {
      yield 1;
    },
  },
});

type MemberRef = ReturnType<typeof spawnAll>[number];

function spawnAll(sim: Simulation, count: number, threads: number) {
  return Array.from({ length: count }, (_, i) =>
    sim.spawn(Member, { on: threads === 0 ? "this" : i % (threads + 1), args: { name: `m${i}` } }),
  );
}

async function open(options: RoutingOptions, { count = 4, threads = 2, seed = 1 } = {}) {
  seen = { heard: [], aborted: [] };
  const sim = new Simulation({ seed, definitions: [Member], threads });
  const refs = spawnAll(sim, count, threads);
  await sim.run();
  return { sim, refs, router: routerOf(refs, options) };
}

/** Makes an actor busy, with `waiting` messages behind. */
async function block(sim: Simulation, ref: MemberRef, waiting: number): Promise<void> {
  ref.ask("block", undefined, { timeoutMs: 60_000 }).catch(() => undefined);
  await sim.run(sim.time.elapsedMs);
  for (let i = 0; i < waiting; i++) ref.tell("hear", "behind");
  await sim.run(sim.time.elapsedMs);
}

async function settled<T>(sim: Simulation, promise: Promise<T>): Promise<T | { code: string }> {
  const outcome = promise.catch((error: { code: string }) => ({ code: error.code }));
  await sim.run();
  return outcome;
}

describe("a router", () => {
  it("has the payloads and replies of its members", async () => {
    const { router, refs } = await open({});
    expectTypeOf(router.ask<"name">)
      .parameter(1)
      .toEqualTypeOf<{ id: string } | undefined>();
    expectTypeOf(router.ask("name")).resolves.toEqualTypeOf<string>();
    expectTypeOf(router.pick("name")).toEqualTypeOf<(typeof refs)[number] | undefined>();
    const all = routerOf(refs, { strategy: "broadcast" });
    expectTypeOf(all.ask<"name">).returns.resolves.toEqualTypeOf<string[]>();
    // @ts-expect-error there is no such method
    expect(router.tell("sing")).toBe("sent");
    // @ts-expect-error a stream is not told
    expect(router.tell("count")).toBe("sent");
    // @ts-expect-error a stream is not asked
    router.ask("count").catch(() => undefined);
    // @ts-expect-error nor of all
    all.ask("count").catch(() => undefined);
    expectTypeOf(router.pick("count")?.stream("count")).toExtend<AsyncIterable<number> | undefined>();
    // @ts-expect-error the payload is a text
    expect(router.tell("hear", 5)).toBe("sent");
  });

  it("goes round, each member as often as any other", async () => {
    const { sim, router } = await open({ strategy: "round-robin" });
    for (let i = 0; i < 8; i++) expect(router.tell("hear", "x")).toBe("sent");
    await sim.run();
    expect(seen.heard.sort()).toEqual(["m0", "m0", "m1", "m1", "m2", "m2", "m3", "m3"]);
  });

  it("chooses at random, all members in the long run", async () => {
    const { sim, router } = await open({ strategy: "random" });
    for (let i = 0; i < 100; i++) {
      expect(router.tell("hear", "x")).toBe("sent");
      await sim.run();
    }
    const times = ["m0", "m1", "m2", "m3"].map((name) => seen.heard.filter((one) => one === name).length);
    for (const count of times) expect(count).toBeGreaterThan(10);
  });

  it.each([0, 2])(
    "passes over who is busiest by smallest mailbox, with %i other threads",
    async (threads) => {
      const { sim, refs, router } = await open({ strategy: "smallest-mailbox" }, { threads });
      await block(sim, refs[1] as MemberRef, 3);
      for (let i = 0; i < 60; i++) {
        router.tell("hear", "x");
        await sim.run(sim.time.elapsedMs);
      }
      expect(seen.heard).toHaveLength(60);
      expect(seen.heard).not.toContain("m1");
    },
  );

  it("gives a key to the same member, whoever else comes or goes", async () => {
    const key = (_method: string, order: { id: string }) => order.id;
    const { sim, refs, router } = await open({ strategy: "consistent-hash", key });
    const ids = Array.from({ length: 200 }, (_, i) => `order ${i}`);
    const ownersNow = async () => {
      const owners: string[] = [];
      for (const id of ids) owners.push((await settled(sim, router.ask("name", { id }))) as string);
      return owners;
    };
    const before = await ownersNow();
    router.remove(refs[2] as MemberRef);
    const without = await ownersNow();
    for (const [i, owner] of without.entries()) if (before[i] !== "m2") expect(owner).toBe(before[i]);
    expect(without).not.toContain("m2");
    router.add(refs[2] as MemberRef);
    expect(await ownersNow()).toEqual(before);
  });

  it("passes over who has no room while another has, and says full when nobody has", async () => {
    const { sim, refs, router } = await open({ strategy: "round-robin" }, { count: 3 });
    for (const ref of refs.slice(0, 2)) await block(sim, ref, 4);
    for (let i = 0; i < 3; i++) expect(router.tell("hear", "x")).toBe("sent");
    await sim.run(sim.time.elapsedMs);
    expect(seen.heard).toEqual(["m2", "m2", "m2"]);
    await block(sim, refs[2] as MemberRef, 4);
    expect(router.tell("hear", "x")).toBe("full");
    await expect(router.ask("name")).rejects.toMatchObject({ code: "MAILBOX_FULL" });
  });

  it.each(["round-robin", "random", "smallest-mailbox"] as const)(
    "by %s forgets members that are gone, and says dead when none is left",
    async (strategy) => {
      const { sim, refs, router } = await open({ strategy });
      sim.stop(refs[0] as MemberRef);
      await sim.run();
      const answers: unknown[] = [];
      for (let i = 0; i < 20; i++) answers.push(await settled(sim, router.ask("name")));
      expect(answers).not.toContain("m0");
      for (const ref of refs) sim.stop(ref);
      await sim.run();
      expect(router.tell("hear", "x")).toBe("dead");
      await expect(router.ask("name")).rejects.toMatchObject({ code: "NO_ACTOR" });
      expect(router.members).toEqual([]);
    },
  );

  it("that broadcasts reaches all, and is answered by all in order", async () => {
    const { sim, router } = await open({ strategy: "broadcast" });
    expect(router.tell("hear", "x")).toBe("sent");
    expect(await settled(sim, router.ask("name"))).toEqual(["m0", "m1", "m2", "m3"]);
    expect(seen.heard.sort()).toEqual(["m0", "m1", "m2", "m3"]);
    expect(await settled(sim, router.ask("failUnless", "m2"))).toEqual({ code: "NOT_m2" });
    expect(sim.leftovers().openAsks).toBe(0);
  });

  it("that scatters takes the first answer, and cancels the other asks", async () => {
    const { sim, router } = await open({ strategy: "scatter-gather-first" });
    expect(await settled(sim, router.ask("answerIf", "m2"))).toBe("m2");
    expect(seen.aborted.sort()).toEqual(["m0", "m1", "m3"]);
    expect(await settled(sim, router.ask("failUnless", "m3"))).toBe("m3");
    expect(await settled(sim, router.ask("failUnless", "m9"))).toEqual({ code: "NOT_m9" });
    expect(sim.leftovers().openAsks).toBe(0);
  });

  it("that chops asks one more each time nobody has answered for a while, and at once after a failure", async () => {
    const { sim, router } = await open({ strategy: "tail-chopping", afterMs: 100 });
    const startMs = sim.time.elapsedMs;
    const answer = router.ask("answerIf", "m2", { timeoutMs: 60_000 });
    expect(await settled(sim, answer)).toBe("m2");
    expect(seen.aborted.length).toBeLessThan(4);
    const asked = seen.aborted.length;
    expect(sim.time.elapsedMs - startMs).toBeGreaterThanOrEqual(asked * 100);
    expect(await settled(sim, router.ask("failUnless", "m1"))).toBe("m1");
    expect(sim.leftovers().openAsks).toBe(0);
  });

  it.each(["broadcast", "scatter-gather-first", "tail-chopping"] as const)(
    "by %s gives up at the deadline or when its asker does, and leaves nothing behind",
    async (strategy) => {
      const { sim, router } = await open({ strategy });
      expect(await settled(sim, router.ask("block", undefined, { timeoutMs: 500 }))).toEqual({
        code: "TIMEOUT",
      });
      const asker = new AbortController();
      const answer = router.ask("block", undefined, { signal: asker.signal });
      await sim.run(sim.time.elapsedMs);
      asker.abort();
      expect(await settled(sim, answer)).toEqual({ code: "CANCELLED" });
      expect(sim.leftovers().openAsks).toBe(0);
    },
  );

  it("inside an actor sends in its name, also to those it asks later", async () => {
    seen = { heard: [], aborted: [] };
    const Caller = defineActor({
      name: "Caller",
      state: (refs: readonly MemberRef[]) => ({
        next: routerOf(refs),
        first: routerOf(refs, { strategy: "scatter-gather-first" }),
      }),
      on: {
        async askBoth(ctx) {
          const answers = [ctx.state.next.ask("whoSent"), ctx.state.first.ask("whoSent")];
          return [...(await Promise.all(answers)), ctx.self.id];
        },
      },
    });
    const { sim, refs } = await open({});
    const caller = sim.spawn(Caller, { on: "this", args: refs });
    const [one, two, id] = (await settled(sim, caller.ask("askBoth"))) as string[];
    expect([one, two]).toEqual([id, id]);
  });

  it("refuses a strategy it does not know, and consistent hashing without a key", () => {
    const none: ActorRef[] = [];
    expect(() => routerOf(none, { strategy: "fastest" as "random" })).toThrow(/choose round-robin, random/);
    expect(() => routerOf(none, { strategy: "consistent-hash" } as unknown as RoutingOptions)).toThrow(
      /key\(method/,
    );
    expect(() => routerOf(none, { strategy: "tail-chopping", afterMs: 0 })).toThrow(/afterMs 0/);
  });
});
