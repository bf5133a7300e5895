// How large families end: neighbours without a name together, named ones last first, one by one.

import { describe, expect, it } from "vitest";
import { type ActorRef, createSystem, defineActor } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";
import { Counter } from "../fixtures/counter.js";

/** What ended, in order. One isolate, one run at a time. */
let ends: string[] = [];

const Leaver = defineActor({
  module: "simulated",
  name: "Leaver",
  state: () => undefined,
  hooks: {
    async stopped(ctx) {
      ends.push(`${ctx.name} begins`);
      await Promise.resolve();
      ends.push(`${ctx.name} ends`);
    },
  },
  on: { get: () => 1 },
});

const Head = defineActor({
  module: "simulated",
  name: "Head",
  state: () => undefined,
  on: {
    spawn(ctx, names: (string | undefined)[]) {
      for (const [i, name] of names.entries())
        ctx.spawn(Leaver, { on: i % 3, ...(name === undefined ? {} : { name }) });
    },
  },
});

async function endOfFamily(names: (string | undefined)[], seed: number): Promise<number> {
  ends = [];
  const sim = new Simulation({ seed, definitions: [Leaver, Head], stepsMax: 100_000 });
  const head: ActorRef = sim.spawn(Head, { on: "this" });
  head.tell("spawn", names);
  await sim.run(1);
  const before = sim.steps;
  sim.stop(head);
  await sim.run(60_000);
  expect(sim.leftovers()).toMatchObject({ actors: 0 });
  expect(ends).toHaveLength(2 * names.length);
  return sim.steps - before;
}

describe("a family", () => {
  for (let seed = 1; seed <= 10; seed++) {
    it(`with names stops last first, one by one, wherever its members are, under seed ${seed}`, async () => {
      const names = ["a", "b", "c", "d", "e", "f", "g"];
      await endOfFamily(names, seed);
      expect(ends).toEqual(names.reverse().flatMap((name) => [`${name} begins`, `${name} ends`]));
    });

    it(`without names stops together, between the named ones it stands between, under seed ${seed}`, async () => {
      await endOfFamily(["first", undefined, undefined, undefined, undefined, "last"], seed);
      expect(ends.slice(0, 2)).toEqual(["last begins", "last ends"]);
      expect(ends.slice(-2)).toEqual(["first begins", "first ends"]);
    });
  }

  it("of thousands on other threads takes far fewer steps than it has members", async () => {
    const steps = await endOfFamily(
      Array.from({ length: 300 }, () => undefined),
      1,
    );
    const named = await endOfFamily(
      Array.from({ length: 300 }, (_, i) => `n${i}`),
      1,
    );
    expect(steps).toBeLessThan(200);
    expect(named).toBeGreaterThan(300);
  });
});

it("50,000 actors on other threads end with their system, well within its time", async () => {
  const system = await createSystem({ threads: 2, log: { log: () => undefined } });
  const refs: ActorRef[] = [];
  while (refs.length < 50_000) {
    try {
      refs.push(
        system.spawn(Counter, {
          on: 1 + (refs.length % 2),
          ...(refs.length % 3 ? {} : { name: `n${refs.length}` }),
        }),
      );
    } catch (error) {
      expect(error).toMatchObject({ code: "SYSTEM_FULL" });
      await new Promise((resolve) => void setImmediate(resolve));
    }
  }
  expect(await refs.at(-1)?.ask("get", undefined, { timeoutMs: 0 })).toBe(0);
  // Ample, for a busy machine; one after the other they would not make it on an idle one.
  expect((await system.shutdown({ timeoutMs: 20_000 })).problems).toEqual([]);
  expect(system.threads().map(({ actors }) => actors)).toEqual([0, 0]);
  expect(refs[7]?.tell("get")).toBe("dead");
}, 90_000);
