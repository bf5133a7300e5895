// Children that share a fate: one-for-all, rest-for-one, significant ones. One isolate on virtual time; each promise is
// kept for children beside their supervisor and on other threads.

import { describe, expect, it } from "vitest";
import { type ActorRef, defineActor, type SpawnOptions } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

/** What children did, in order. */
let did: string[] = [];

interface ChildArgs {
  readonly name: string;
  /** Never says goodbye. */
  readonly stuck?: boolean;
}

const Child = defineActor({
  module: "simulated",
  name: "Child",
  state: ({ name, stuck = false }: ChildArgs) => {
    did.push(`${name} starts`);
    return { name, stuck, count: 0 };
  },
  on: {
    count: (ctx) => ++ctx.state.count,
    fail(ctx): never {
      throw new Error(`${ctx.state.name} failed`);
    },
    end: (ctx) => ctx.stop(),
  },
  hooks: {
    restarting(ctx) {
      did.push(`${ctx.state.name} ends`);
      return ctx.state.stuck ? new Promise<void>(() => undefined) : undefined;
    },
    stopped(ctx) {
      did.push(`${ctx.state.name} stops`);
    },
  },
});

type Birth = ChildArgs & Pick<SpawnOptions, "on" | "restart" | "significant" | "shutdownMs">;

function boss(name: string, supervision: NonNullable<Parameters<typeof defineActor>[0]["supervision"]>) {
  return defineActor({
    module: "simulated",
    name,
    state: () => ({ children: [] as ActorRef[] }),
    supervision: { intensity: { restarts: 5, withinMs: 60_000 }, ...supervision },
    on: {
      bear(ctx, { name, stuck = false, ...options }: Birth) {
        const child = ctx.spawn(Child, { ...options, name, args: { name, stuck } });
        ctx.state.children.push(child);
        return child;
      },
      stopChild: (ctx, child: ActorRef) => ctx.stop(child),
      children: (ctx) => ctx.state.children.length,
    },
  });
}

const All = boss("All", { strategy: "one-for-all" });
const Rest = boss("Rest", { strategy: "rest-for-one" });
const Patient = boss("Patient", { strategy: "one-for-all", backoff: { minMs: 1_000, maxMs: 1_000 } });
const Strict = boss("Strict", { strategy: "one-for-all", intensity: { restarts: 0, withinMs: 1_000 } });
const AnyEnds = boss("AnyEnds", { autoShutdown: "any-significant" });
const AllEnd = boss("AllEnd", { autoShutdown: "all-significant" });
const definitions = [Child, All, Rest, Patient, Strict, AnyEnds, AllEnd];

type Boss = typeof All;

async function family(definition: Boss, births: readonly Birth[], options: SpawnOptions<unknown> = {}) {
  did = [];
  const sim = new Simulation({ seed: 11, definitions });
  const parent = sim.spawn(definition, { ...options, on: 1 });
  const asked = births.map((birth) => parent.ask("bear", birth));
  await sim.run();
  const children = await Promise.all(asked);
  did = [];
  return { sim, parent, children: children as ActorRef[] };
}

const PLACES = [
  ["on their supervisor's thread", "this", "this"],
  ["on two other threads", 2, 0],
] as const;

describe.each(PLACES)("children %s", (_where, one, other) => {
  const three: Birth[] = [
    { name: "a", on: one },
    { name: "b", on: other },
    { name: "c", on: one },
  ];

  it("of a one-for-all supervisor end last first, and start again first to last, when one fails", async () => {
    const { sim, children } = await family(All, three);
    children[1]?.tell("fail");
    await sim.run();
    expect(did.slice(0, 3)).toEqual(["c ends", "b ends", "a ends"]);
    expect(did.slice(3).sort()).toEqual(["a starts", "b starts", "c starts"]);
    if (one === "this") expect(did.slice(3)).toEqual(["a starts", "b starts", "c starts"]);
  });

  it("of a rest-for-one supervisor restart if they were started after the one that failed", async () => {
    const { sim, children } = await family(Rest, three);
    const before = children[0]?.ask("count");
    children[1]?.tell("fail");
    await sim.run();
    const after = children[0]?.ask("count");
    await sim.run();
    expect([await before, await after]).toEqual([1, 2]);
    expect(did.slice(0, 2)).toEqual(["c ends", "b ends"]);
    expect(did.slice(2).sort()).toEqual(["b starts", "c starts"]);
  });

  it("that restart together keep their refs and their mail", async () => {
    const { sim, children } = await family(All, three);
    const [a, b, c] = children as [ActorRef, ActorRef, ActorRef];
    b.tell("fail");
    const counts = [a, b, c, a].map((child) => child.ask("count"));
    await sim.run();
    const answered = (await Promise.all(counts)) as number[];
    expect(answered.every((count) => count === 1 || count === 2)).toBe(true);
    expect(answered[1]).toBe(1);
  });

  it("that fail while the others are being ended do not count again", async () => {
    const { sim, children } = await family(All, three);
    for (const child of children) child.tell("fail");
    await sim.run();
    const faults = sim.happened.filter(({ type }) => type === "actor-fault").length;
    expect(faults).toBeGreaterThan(0);
    expect(did.filter((line) => line === "a starts").length).toBeLessThanOrEqual(faults);
    const alive = children.map((child) => child.ask("count"));
    await sim.run();
    expect(await Promise.all(alive)).toEqual([1, 1, 1]);
  });

  it("that are temporary stop when the others restart", async () => {
    const { sim, children } = await family(All, [
      { name: "a", on: one },
      { name: "t", on: other, restart: "temporary" },
    ]);
    children[0]?.tell("fail");
    await sim.run();
    expect(did).toEqual(["t stops", "a ends", "a starts"]);
    expect(children[1]?.tell("count")).toBe("dead");
  });

  it("that do not end in time are left behind, and the group starts all the same", async () => {
    const { sim, children } = await family(All, [
      { name: "a", on: one },
      { name: "b", on: other, stuck: true, shutdownMs: 100 },
    ]);
    children[0]?.tell("fail");
    await sim.run();
    expect(did.slice(0, 2)).toEqual(["b ends", "a ends"]);
    expect(did.slice(2).sort()).toEqual(["a starts", "b starts"]);
    expect(sim.happened.filter(({ type }) => type === "actor-abandoned")).toHaveLength(1);
  });

  it("wait together for the backoff of the one that failed", async () => {
    const { sim, children } = await family(Patient, three);
    const failedAtMs = sim.time.nowMs();
    children[2]?.tell("fail");
    const counted = children[0]?.ask("count");
    await sim.run();
    await counted;
    expect(sim.time.nowMs() - failedAtMs).toBeGreaterThanOrEqual(1_000);
    expect(did).toHaveLength(6);
  });

  it("stop for good, last first, with a supervisor that has no restart left", async () => {
    const { sim, parent, children } = await family(Strict, three, { restart: "temporary" });
    const reasons: string[] = [];
    sim.watch(parent, ({ code }) => reasons.push(code));
    children[0]?.tell("fail");
    await sim.run();
    expect(did.filter((line) => line.endsWith("stops"))).toEqual(["c stops", "b stops", "a stops"]);
    expect(reasons).toEqual(["fault"]);
  });

  it("end their supervisor when any significant one has ended by itself", async () => {
    const { sim, parent, children } = await family(
      AnyEnds,
      [
        { name: "a", on: one },
        { name: "s", on: other, restart: "transient", significant: true },
      ],
      { restart: "transient" },
    );
    const reasons: string[] = [];
    sim.watch(parent, ({ code }) => reasons.push(code));
    children[1]?.tell("end");
    await sim.run();
    expect(did).toEqual(["s stops", "a stops"]);
    expect(reasons).toEqual(["normal"]);
  });

  it("end their supervisor when the last significant one has, and not when one was stopped", async () => {
    const significant = { restart: "temporary", significant: true } as const;
    const { sim, parent, children } = await family(
      AllEnd,
      [
        { name: "s", on: one, ...significant },
        { name: "t", on: other, ...significant },
        { name: "u", on: one, ...significant },
      ],
      { restart: "temporary" },
    );
    const [s, t, u] = children as [ActorRef, ActorRef, ActorRef];
    s.tell("fail");
    await sim.run();
    parent.tell("stopChild", u);
    await sim.run();
    const alive = parent.ask("children");
    await sim.run();
    expect(await alive).toBe(3);
    t.tell("end");
    await sim.run();
    expect(parent.tell("children")).toBe("dead");
  });
});

describe("a group on several threads", () => {
  it("restarts once when a thread with some of it is lost, and the lost ones are born again", async () => {
    const { sim, children } = await family(All, [
      { name: "a", on: 1 },
      { name: "b", on: 2 },
      { name: "c", on: 2 },
      { name: "d", on: 0 },
    ]);
    await sim.loseThread(2);
    await sim.run();
    expect(did.slice(0, 2)).toEqual(["d ends", "a ends"]);
    expect(did.slice(2).sort()).toEqual(["a starts", "b starts", "c starts", "d starts"]);
    const alive = children.map((child) => child.ask("count"));
    await sim.run();
    expect(await Promise.all(alive)).toEqual([1, 1, 1, 1]);
  });

  it("goes on when a thread is lost while one of its actors is being ended", async () => {
    const { sim, children } = await family(All, [
      { name: "a", on: 1 },
      { name: "b", on: 2, stuck: true, shutdownMs: "unlimited" },
    ]);
    children[0]?.tell("fail");
    await sim.run();
    expect(did).toEqual(["b ends"]);
    await sim.loseThread(2);
    await sim.run();
    expect(did.slice(1).sort()).toEqual(["a ends", "a starts", "b starts"]);
  });
});

describe("a significant child", () => {
  it("is refused where it would mean nothing, with what is needed", async () => {
    const { sim, parent } = await family(All, []);
    const refused = parent.ask("bear", { name: "s", significant: true, restart: "transient" });
    refused.catch(() => undefined);
    await sim.run();
    await expect(refused).rejects.toThrow(/significant child is transient or temporary/);
  });
});
