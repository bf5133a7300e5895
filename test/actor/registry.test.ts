// The registry in one isolate: what waits, what is left, what holds in any order of joins, ends and lost threads.

import { describe, expect, it } from "vitest";
import { type ActorRef, defineActor, type ServiceKey, serviceKey } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

const SEEDS = 40;

/** What was told in the run under way, by the name of who was told. One isolate, one run at a time. */
let told = new Map<string, string[][]>();
/** Opens the next gate in a handler. */
let gates: (() => void)[] = [];
let inherited = 0;

const Worker = serviceKey("workers");

const Member = defineActor({
  module: "simulated",
  name: "Member",
  state: (name: string) => ({ name }),
  hooks: {
    /** An heir takes the name that the dead had. */
    async terminated(ctx) {
      await ctx.registry.register("inherited");
      inherited++;
    },
  },
  on: {
    watch(ctx, holder: ActorRef) {
      ctx.watch(holder);
    },
    follow(ctx, { key, method }: { key: ServiceKey; method: "hear" | "hearSlowly" }) {
      ctx.registry.subscribe(key, method);
    },
    unfollow(ctx, key: ServiceKey) {
      ctx.registry.unsubscribe(key);
    },
    hear(ctx, members: readonly ActorRef[]) {
      const lists = told.get(ctx.state.name) ?? [];
      lists.push(members.map(({ id }) => id));
      told.set(ctx.state.name, lists);
    },
    async hearSlowly(ctx, members: readonly ActorRef[]) {
      told.set(ctx.state.name, [...(told.get(ctx.state.name) ?? []), members.map(({ id }) => id)]);
      await new Promise<void>((resolve) => gates.push(resolve));
    },
    join: (ctx, key: ServiceKey) => ctx.registry.join(key),
    leave: (ctx, key: ServiceKey) => ctx.registry.leave(key),
    claim: (ctx, name: string) => ctx.registry.register(name).catch(() => undefined),
    giveBack: (ctx, name: string) => ctx.registry.unregister(name),
    fail(): never {
      throw new Error("on purpose");
    },
  },
});

function open(seed = 1): Simulation {
  told = new Map();
  gates = [];
  inherited = 0;
  return new Simulation({ seed, definitions: [Member], stepsMax: 200_000 });
}

const idsOf = (refs: readonly ActorRef[]) => refs.map(({ id }) => id);

/** Orders are answered as the world turns. */
async function settled<T>(sim: Simulation, promise: Promise<T>): Promise<T> {
  await sim.run();
  return promise;
}

describe("a subscriber of a service key", () => {
  it("has at most one list waiting; what changes meanwhile is told as one", async () => {
    for (const on of ["this", 1] as const) {
      const sim = open();
      const slow = sim.spawn(Member, { on, args: "slow" });
      slow.tell("follow", { key: Worker, method: "hearSlowly" });
      await sim.run();
      expect(told.get("slow")).toEqual([[]]);
      const members = Array.from({ length: 50 }, (_, i) => sim.spawn(Member, { on: i % 3, args: `m${i}` }));
      for (const member of members) member.tell("join", Worker);
      await sim.run();
      expect(told.get("slow"), "nothing while it is busy").toHaveLength(1);
      gates.shift()?.();
      await sim.run();
      expect(told.get("slow")?.[1]?.toSorted()).toEqual(idsOf(members).toSorted());
      gates.shift()?.();
      await sim.run();
      expect(told.get("slow"), "nothing when nothing has changed").toHaveLength(2);
    }
  });

  it("hears on after a restart, and the members at once when it subscribes again", async () => {
    const sim = open();
    const [one, other] = [
      sim.spawn(Member, { on: 1, args: "one" }),
      sim.spawn(Member, { on: 2, args: "other" }),
    ];
    one.tell("follow", { key: Worker, method: "hear" });
    await sim.run();
    one.tell("fail");
    await sim.run();
    other.tell("join", Worker);
    await sim.run();
    one.tell("follow", { key: Worker, method: "hear" });
    await sim.run();
    expect(told.get("one")).toEqual([[], [other.id], [other.id]]);
    one.tell("unfollow", Worker);
    other.tell("leave", Worker);
    await sim.run();
    expect(told.get("one")).toHaveLength(3);
  });
});

describe("the registry", () => {
  it("gives a name to whoever has heard of its holder's end, also before it has heard itself", async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const sim = open(seed);
      const holder = sim.spawn(Member, { on: 1, args: "holder", restart: "temporary" });
      const heir = sim.spawn(Member, { on: 2, args: "heir" });
      holder.tell("claim", "inherited");
      heir.tell("watch", holder);
      await sim.run();
      holder.tell("fail");
      await sim.run();
      expect(inherited, `seed ${seed}`).toBe(1);
      expect((await settled(sim, sim.registry.whereIs("inherited")))?.equals(heir)).toBe(true);
    }
  });

  it("follows nothing for a thread that is lost", async () => {
    const sim = open();
    const one = sim.spawn(Member, { on: 1, args: "one", restart: "temporary" });
    one.tell("follow", { key: Worker, method: "hear" });
    await sim.run();
    expect(sim.leftovers().watches).toBeGreaterThan(0);
    await sim.loseThread(1);
    await sim.run();
    expect(sim.leftovers().watches).toBe(0);
  });

  it("holds nothing after 10,000 joins and leaves, subscriptions and names", async () => {
    const sim = open();
    const members = Array.from({ length: 20 }, (_, i) => sim.spawn(Member, { on: i % 3, args: `m${i}` }));
    for (let round = 0; round < 500; round++) {
      for (const [i, member] of members.entries()) {
        const key = serviceKey(`k${(round + i) % 50}`);
        member.tell("follow", { key, method: "hear" });
        member.tell("join", key);
        member.tell("claim", `n${round}.${i}`);
        member.tell("leave", key);
        member.tell("unfollow", key);
        member.tell("giveBack", `n${round}.${i}`);
      }
      await sim.run();
    }
    for (const member of members) sim.stop(member);
    await sim.run();
    expect(sim.leftovers()).toMatchObject({ actors: 0, openAsks: 0, watches: 0 });
  });

  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`says the same on every thread and forgets who is gone, under seed ${seed}`, async () => {
      const sim = open(seed);
      const alive = new Set<string>();
      const restarts = ["permanent", "temporary"] as const;
      const refs = Array.from({ length: 12 }, (_, i) => {
        const restart = restarts[sim.random.below(2)] as "permanent";
        const ref = sim.spawn(Member, { on: i % 3, args: `m${i}`, restart });
        alive.add(ref.id);
        sim.watch(ref, () => alive.delete(ref.id));
        return ref;
      });
      const pick = () => refs[sim.random.below(refs.length)] as ActorRef;
      for (let round = 0; round < 80; round++) {
        const wish = sim.random.below(12);
        if (wish < 4) pick().tell("join", Worker);
        else if (wish < 5) pick().tell("leave", Worker);
        else if (wish < 8) pick().tell("claim", `n${sim.random.below(3)}`);
        else if (wish < 9) pick().tell("giveBack", `n${sim.random.below(3)}`);
        else if (wish < 10) pick().tell("follow", { key: Worker, method: "hear" });
        else if (wish < 11) sim.stop(pick());
        else await sim.loseThread(1 + sim.random.below(2));
        for (let steps = sim.random.below(6); steps > 0; steps--) await sim.step();
      }
      await sim.run();
      const members = idsOf(await settled(sim, sim.registry.members(Worker)));
      expect(
        members.filter((id) => !alive.has(id)),
        `the dead are no members, seed ${seed}`,
      ).toEqual([]);
      for (const name of ["n0", "n1", "n2"]) {
        const holder = await settled(sim, sim.registry.whereIs(name));
        if (holder !== undefined) expect(alive.has(holder.id), `${name} is alive, seed ${seed}`).toBe(true);
      }
      told = new Map();
      const observers = [0, 1, 2].map((on) => sim.spawn(Member, { on, args: `observer ${on}` }));
      for (const observer of observers) observer.tell("follow", { key: Worker, method: "hear" });
      await sim.run();
      for (const on of [0, 1, 2])
        expect(told.get(`observer ${on}`)?.at(-1)?.toSorted(), `thread ${on}, seed ${seed}`).toEqual(
          members.toSorted(),
        );
      for (const ref of refs) sim.stop(ref);
      await sim.run();
      for (const on of [0, 1, 2]) expect(told.get(`observer ${on}`)?.at(-1), `seed ${seed}`).toEqual([]);
      for (const observer of observers) sim.stop(observer);
      await sim.run();
      expect(sim.leftovers(), `nothing is left, seed ${seed}`).toMatchObject({
        actors: 0,
        openAsks: 0,
        watches: 0,
      });
    });
  }
});
