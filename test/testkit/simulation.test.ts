// Sixty seeds of a world under faults: actors of every kind on up to four threads that tell, ask, watch, stash, fail,
// have children anywhere, stop, lag and lose their threads. Whatever the order of things, the promises hold; and a seed
// replays exactly. `npm run simulate` runs as many as one likes.

import { describe, expect, it } from "vitest";
import { runSeed } from "../../scripts/simulation/world.js";
import { defineActor } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

const SEEDS = 60;
/** Each of them broke a promise once; the words say which. */
const SEEDS_THAT_FOUND: readonly (readonly [seed: number, what: string])[] = [
  [3, "a timer's message that waited in the mailbox reached the next incarnation"],
  [24, "children of a parent that was cut off lived on"],
  [178, "a notice that waited in the mailbox came after the unwatch"],
  [100, "messages to a conflating actor vanished while its module was imported"],
  [151, "a child lost with its thread, and then its parent's, was waited for for ever"],
];

describe("a simulated system", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`keeps its promises under seed ${seed}`, async () => {
      const { wrong, messages, asks } = await runSeed(seed);
      expect(wrong).toEqual([]);
      expect(messages).toBeGreaterThan(10);
      expect(asks).toBeGreaterThan(5);
    });
  }

  for (const [seed, what] of SEEDS_THAT_FOUND.filter(([one]) => one > SEEDS)) {
    it(`keeps its promises under seed ${seed}, where ${what}`, async () => {
      expect((await runSeed(seed)).wrong).toEqual([]);
    });
  }

  it("replays a seed exactly", async () => {
    for (const seed of [7, 11, 12]) {
      const first = await runSeed(seed);
      const second = await runSeed(seed);
      expect(second.trace).toEqual(first.trace);
      expect(second).toEqual(first);
      expect(first.trace.length).toBeGreaterThan(200);
    }
  });

  it("says so when something never comes to rest", async () => {
    const Restless = defineActor({
      name: "Restless",
      state: () => undefined,
      on: {
        go(ctx) {
          ctx.self.tell("go");
        },
      },
    });
    const sim = new Simulation({ seed: 1, definitions: [Restless], threads: 1, stepsMax: 50 });
    sim.spawn(Restless, { on: "this" }).tell("go");
    await expect(sim.run()).rejects.toMatchObject({ code: "SIMULATION_STUCK" });
  });

  it("does not lose its main thread", async () => {
    const sim = new Simulation({ seed: 1, definitions: [] });
    await expect(sim.loseThread(0)).rejects.toMatchObject({ code: "MAIN_THREAD" });
  });
});
