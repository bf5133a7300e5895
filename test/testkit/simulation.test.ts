// Sixty seeds of a world under faults: actors of every kind on up to four threads that tell, ask, stream, publish,
// watch, stash, fail, have children anywhere, have names, stop, lag and lose their threads. Whatever the order of
// things, the promises hold; and a seed replays exactly. `npm run simulate` runs as many as one likes.

import { describe, expect, it } from "vitest";
import { runSeed } from "../../scripts/simulation/world.js";
import { defineActor } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

const SEEDS = 60;

describe("a simulated system", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`keeps its promises under seed ${seed}`, async () => {
      const { wrong, messages, asks } = await runSeed(seed);
      expect(wrong).toEqual([]);
      expect(messages + asks).toBeGreaterThan(20);
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
