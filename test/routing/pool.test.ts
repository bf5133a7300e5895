// Pools: workers behind one ref. Whom a message goes to, who answers, what happens when nobody has room, how many there
// are. One isolate on virtual time.

import { describe, expect, expectTypeOf, it } from "vitest";
import {
  type ActorRef,
  defineActor,
  definePool,
  type PoolRouting,
  type PoolSize,
  type RestartType,
} from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

/** What a test looks at from outside: the actors run in the same isolate, one run at a time. */
let seen = { done: [] as string[], aborted: 0, stopped: [] as string[], gates: [] as (() => void)[] };

const Worker = defineActor({
  module: "simulated",
  name: "Worker",
  state: (args: { prefix: string }) => args,
  mailbox: { capacity: 8 },
  concurrent: ["besides"],
  remote: ["who"],
  hooks: {
    stopped(ctx) {
      seen.stopped.push(ctx.name);
    },
  },
  on: {
    do(ctx, text: string) {
      seen.done.push(`${ctx.name} ${text}`);
    },
    who: (ctx) => `${ctx.state.prefix}${ctx.name}`,
    whoSent: (ctx) => ctx.sender?.id,
    async hold(ctx, text: string) {
      await new Promise<void>((resolve) => seen.gates.push(resolve));
      seen.done.push(`${ctx.name} ${text}`);
    },
    async besides(ctx, text: string) {
      await new Promise<void>((resolve) => seen.gates.push(resolve));
      seen.done.push(`${ctx.name} ${text}`);
    },
    untilCancelled: (ctx) =>
      new Promise<void>((resolve) => {
        ctx.signal.addEventListener("abort", () => {
          seen.aborted++;
          resolve();
        });
      }),
    fail(_ctx, code: string): never {
      throw Object.assign(new Error("on purpose"), { code });
    },
    leave(ctx) {
      ctx.stop();
    },
    same: (_ctx, value: unknown) => value,
  },
});

type Wish = { readonly size?: number | PoolSize; readonly threads?: number; readonly restart?: RestartType };

async function open(routing: PoolRouting, { size = 3, threads = 2, restart = "permanent" }: Wish = {}) {
  seen = { done: [], aborted: 0, stopped: [], gates: [] };
  const pool = definePool({
    module: "simulated",
    name: "Workers",
    worker: Worker,
    size,
    restart,
    on: threads === 0 ? "this" : "any",
    supervision: { intensity: { restarts: 100, withinMs: 1_000 } },
    mailbox: { capacity: 16 },
    ...routing,
  });
  const sim = new Simulation({ seed: 1, definitions: [Worker, pool], threads });
  const ref = sim.spawn(pool, { name: "pool", on: threads === 0 ? "this" : 1, args: { prefix: "I am " } });
  await rest(sim);
  return { sim, ref, pool };
}

/** Runs what can run now; with `forMs`, also what the clock brings. */
function rest(sim: Simulation, forMs = 200): Promise<void> {
  return sim.run(sim.time.elapsedMs + forMs);
}

async function settled<T>(sim: Simulation, promise: Promise<T>): Promise<T | { code: string }> {
  const outcome = promise.catch((error: { code: string }) => ({ code: error.code }));
  await rest(sim);
  return outcome;
}

const ONE = ["round-robin", "random", "smallest-mailbox", "balancing"] as const;
const key = (_method: string, payload: unknown): string => String(payload);

describe.each([0, 2])("a pool, with %i other threads,", (threads) => {
  it("understands what its workers understand", async () => {
    const { sim, ref } = await open({}, { threads });
    expectTypeOf(ref.ask<"who">).returns.resolves.toEqualTypeOf<string>();
    // @ts-expect-error the payload is a text
    expect(ref.tell("do", 5)).toBe("sent");
    const answers = [await settled(sim, ref.ask("who")), await settled(sim, ref.ask("who"))];
    expect(answers).toEqual(["I am w1", "I am w2"]);
    // @ts-expect-error there is no such method
    expect(await settled(sim, ref.ask("sing"))).toEqual({ code: "NO_METHOD" });
  });

  it.each(ONE)("by %s lets a worker answer the asker, and each does its share", async (strategy) => {
    const { sim, ref } = await open({ strategy }, { threads });
    const answers = Array.from({ length: 15 }, () => ref.ask("who"));
    await rest(sim);
    const by = new Set(await Promise.all(answers));
    expect([...by].sort()).toEqual(["I am w0", "I am w1", "I am w2"]);
    expect(sim.leftovers().openAsks).toBe(0);
  });

  it.each([...ONE, "broadcast", "scatter-gather-first", "tail-chopping"] as const)(
    "by %s hands on the sender, the handler's error, the deadline and the cancellation",
    async (strategy) => {
      const { sim, ref } = await open({ strategy }, { threads });
      const Caller = defineActor({
        name: "Caller",
        state: () => undefined,
        on: { call: async (ctx, to: ActorRef) => [await ctx.ask(to, "whoSent"), ctx.self.id].flat() },
      });
      const said = (await settled(sim, sim.spawn(Caller, { on: "this" }).ask("call", ref))) as string[];
      expect(said.length).toBeGreaterThan(1);
      expect(new Set(said).size).toBe(1);
      expect(await settled(sim, ref.ask("fail", "ON_PURPOSE"))).toEqual({ code: "ON_PURPOSE" });
      expect(await settled(sim, ref.ask("untilCancelled", undefined, { timeoutMs: 50 }))).toEqual({
        code: "TIMEOUT",
      });
      expect(seen.aborted).toBeGreaterThan(0);
      const [before, asker] = [seen.aborted, new AbortController()];
      const answer = ref.ask("untilCancelled", undefined, { signal: asker.signal });
      await rest(sim, 0);
      asker.abort();
      expect(await settled(sim, answer)).toEqual({ code: "CANCELLED" });
      expect(seen.aborted).toBeGreaterThan(before);
      expect(await settled(sim, ref.ask("who"))).toEqual(
        strategy === "broadcast" ? ["I am w0", "I am w1", "I am w2"] : expect.stringMatching(/^I am w/),
      );
      expect(sim.leftovers().openAsks).toBe(0);
    },
  );

  it("by consistent-hash gives a key to the same worker", async () => {
    const { sim, ref } = await open({ strategy: "consistent-hash", key }, { threads });
    for (const text of ["a", "b", "c", "d", "a", "b", "c", "d"]) {
      ref.tell("do", text);
      await rest(sim);
    }
    expect(seen.done.slice(4)).toEqual(seen.done.slice(0, 4));
    expect(new Set(seen.done.map((one) => one.slice(0, 2))).size).toBeGreaterThan(1);
  });

  it("by broadcast tells all workers", async () => {
    const { sim, ref } = await open({ strategy: "broadcast" }, { threads });
    ref.tell("do", "it");
    await rest(sim);
    expect(seen.done.sort()).toEqual(["w0 it", "w1 it", "w2 it"]);
  });

  it("by balancing lets nobody wait for one that is slow", async () => {
    const { sim, ref } = await open({ strategy: "balancing" }, { threads });
    ref.tell("hold", "slow");
    for (let i = 0; i < 12; i++) ref.tell("do", `${i}`);
    await rest(sim);
    expect(seen.done).toHaveLength(12);
    seen.gates[0]?.();
    await rest(sim);
    expect(seen.done).toHaveLength(13);
  });

  it("by balancing gives a worker nothing more while it is at work still, also when its asker gave up", async () => {
    const { sim, ref } = await open({ strategy: "balancing" }, { threads, size: 2 });
    expect(await settled(sim, ref.ask("hold", "given up", { timeoutMs: 20 }))).toEqual({ code: "TIMEOUT" });
    for (let i = 0; i < 5; i++) ref.tell("do", `${i}`);
    await rest(sim);
    expect(seen.done).toHaveLength(5);
    expect(new Set(seen.done.map((one) => one.slice(0, 2))).size).toBe(1);
    seen.gates[0]?.();
    await rest(sim);
    for (let i = 0; i < 4; i++) ref.tell("do", `${i}`);
    await rest(sim);
    expect(new Set(seen.done.slice(6).map((one) => one.slice(0, 2))).size).toBe(2);
  });

  it.each([...ONE, "consistent-hash"] as const)(
    "by %s says full when its workers have no room, and loses nothing of what it took",
    async (strategy) => {
      const { sim, ref } = await open({ strategy, key } as PoolRouting, { threads });
      let sent = 0;
      for (let quiet = 0; quiet < 3; ) {
        if (ref.tell("hold", `${sent}`) === "sent") {
          sent++;
          quiet = 0;
        } else quiet++;
        await rest(sim, 10);
      }
      expect(sent).toBeGreaterThan(16);
      expect(await settled(sim, ref.ask("who"))).toEqual({ code: "MAILBOX_FULL" });
      while (seen.gates.length > 0) {
        for (const opened of seen.gates.splice(0)) opened();
        await rest(sim);
      }
      const done = seen.done.map((one) => Number(one.slice(3))).sort((a, b) => a - b);
      expect(done).toEqual(Array.from({ length: sent }, (_, i) => i));
    },
  );

  it.each(ONE)(
    "by %s goes on without workers that do not come back, and says so when none is left",
    async (strategy) => {
      const { sim, ref } = await open({ strategy }, { threads, restart: "temporary" });
      for (let left = 3; left > 0; left--) {
        expect(await settled(sim, ref.ask("who"))).toMatch(/^I am w/);
        ref.tell("leave");
        await rest(sim);
      }
      expect(await settled(sim, ref.ask("who"))).toEqual({ code: "NO_ACTOR" });
    },
  );

  it.each(ONE)("by %s brings back workers that fail", async (strategy) => {
    const { sim, ref } = await open({ strategy }, { threads });
    for (let i = 0; i < 9; i++) ref.tell("fail", "AGAIN");
    await rest(sim);
    const answers = Array.from({ length: 12 }, () => ref.ask("who"));
    await rest(sim);
    expect(new Set(await Promise.all(answers)).size).toBe(3);
  });
});

describe("a pool", () => {
  it("stops its workers with itself", async () => {
    const { sim, ref } = await open({});
    sim.stop(ref);
    await rest(sim);
    expect(seen.stopped.sort()).toEqual(["w0", "w1", "w2"]);
    expect(sim.leftovers()).toMatchObject({ actors: 0, openAsks: 0, watches: 0 });
  });

  it.each(["round-robin", "balancing"] as const)(
    "by %s outlives what cannot travel to a worker",
    async (strategy) => {
      const { sim, ref } = await open({ strategy }, { size: 3, threads: 2 });
      const answers = Array.from({ length: 6 }, () => settled(sim, ref.ask("same", { hello: "you" })));
      for (const answer of answers) expect(await answer).toEqual({ hello: "you" });
      expect(seen.stopped).toEqual([]);
    },
  );

  it("by broadcast passes over a worker that has no room, and keeps that copy as a dead letter", async () => {
    const { sim, ref } = await open({ strategy: "broadcast" }, { threads: 0 });
    // Each worker is at one, has eight waiting, and no room for two more.
    ref.tell("hold", "0");
    await rest(sim);
    for (let i = 1; i < 11; i++) ref.tell("hold", `${i}`);
    await rest(sim);
    const dropped = sim.deadLettersOf(0).filter(({ reason }) => reason === "dropped");
    expect(dropped.map(({ payload }) => payload)).toEqual(["9", "9", "9", "10", "10", "10"]);
  });

  it("by consistent-hash fails the message that has no key, and outlives it", async () => {
    const noKey = (_method: string, payload: unknown): string => {
      if (payload === undefined) throw Object.assign(new Error("no key"), { code: "NO_KEY" });
      return "key";
    };
    const { sim, ref } = await open({ strategy: "consistent-hash", key: noKey });
    expect(await settled(sim, ref.ask("who"))).toEqual({ code: "NO_KEY" });
    expect(await settled(sim, ref.ask("same", 1))).toBe(1);
    expect(seen.stopped).toEqual([]);
  });

  it("opens to clients what its workers open", () => {
    const pool = definePool({ name: "Workers", worker: Worker, size: 1 });
    expect([...pool.remote]).toEqual(["who"]);
  });

  it("refuses a size, a strategy or an option that cannot work", () => {
    const spec = { name: "Workers", worker: Worker };
    expect(() => definePool({ ...spec, size: 0 })).toThrow(/size from 0 to 0/);
    expect(() => definePool({ ...spec, size: { min: 3, max: 2 } })).toThrow(/size from 3 to 2/);
    expect(() => definePool({ ...spec, size: 1, strategy: "fair" as "random" })).toThrow(/balancing/);
    expect(() => definePool({ ...spec, size: 1, workers: 2 } as typeof spec & { size: 1 })).toThrow(
      /knows no workers/,
    );
  });
});

const RANGE: PoolSize = { min: 2, max: 6, growAbove: 2, checkMs: 100, shrinkAfterMs: 1_000 };

describe.each([0, 2])("a pool between bounds, with %i other threads,", (threads) => {
  it.each(["round-robin", "balancing"] as const)(
    "by %s grows under load up to its most, shrinks to its least when idle, and loses nothing",
    async (strategy) => {
      const { sim, ref } = await open({ strategy }, { threads, size: RANGE });
      const workers = async () => {
        const answers = Array.from({ length: 12 }, () => ref.ask("who"));
        await rest(sim, 50);
        return new Set(await Promise.all(answers)).size;
      };
      expect(await workers()).toBe(2);
      let sent = 0;
      const peak = new Set<string>();
      for (let round = 0; round < 40; round++) {
        for (let i = 0; i < 10; i++) if (ref.tell("hold", `${sent}`) === "sent") sent++;
        await rest(sim, 100);
        seen.gates.shift()?.();
      }
      while (seen.done.length < sent) {
        for (const opened of seen.gates.splice(0)) opened();
        await rest(sim, 10);
      }
      for (const one of seen.done) peak.add(one.slice(0, 2));
      expect([...peak].sort()).toEqual(["w0", "w1", "w2", "w3", "w4", "w5"]);
      await rest(sim, 10_000);
      expect(seen.stopped.sort()).toEqual(["w2", "w3", "w4", "w5"]);
      expect(await workers()).toBe(2);
      const done = seen.done.map((one) => Number(one.slice(3))).sort((a, b) => a - b);
      expect(done).toEqual(Array.from({ length: sent }, (_, i) => i));
    },
  );

  it.each(["hold", "besides"] as const)(
    "lets a worker go only when all it was given is done (%s)",
    async (at) => {
      const { sim, ref } = await open({}, { threads, size: { ...RANGE, min: 1, max: 2 } });
      for (let i = 0; i < 10; i++) ref.tell("hold", `${i}`);
      await rest(sim, 500);
      while (seen.done.length < 10 || seen.gates.length > 0) {
        for (const opened of seen.gates.splice(0)) opened();
        ref.tell("do", "more");
        await rest(sim, 10);
      }
      for (const name of ["a", "b"]) ref.tell(at, name);
      await rest(sim, 20_000);
      expect(seen.gates, "both are at work").toHaveLength(2);
      expect(seen.stopped).toEqual([]);
      for (const opened of seen.gates.splice(0)) opened();
      await rest(sim, 20_000);
      expect(
        seen.done
          .slice(-2)
          .map((one) => one.slice(3))
          .sort(),
      ).toEqual(["a", "b"]);
      expect(seen.stopped).toEqual(["w1"]);
    },
  );
});
