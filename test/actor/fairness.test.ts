// Turns that wait come before messages that only arrive. One isolate on virtual time.

import { expect, it } from "vitest";
import { type ActorContext, type ActorRef, defineActor } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

const Mayfly = defineActor({
  module: "simulated",
  name: "Mayfly",
  restart: "temporary",
  state: () => undefined,
  on: { live: (ctx) => ctx.stop() },
});

const Pond = defineActor({
  module: "simulated",
  name: "Pond",
  state: () => undefined,
  on: {
    hatch(ctx, count: number) {
      for (let i = 0; i < count; i++) ctx.spawn(Mayfly).tell("live");
    },
  },
});

/** Has the next swarm hatched as soon as it hears of the last one. */
const Child = defineActor({
  module: "simulated",
  name: "Child",
  state: () => undefined,
  on: {
    async play(ctx: ActorContext, { pond, swarms }: { pond: ActorRef; swarms: number }) {
      for (let i = 0; i < swarms; i++) await ctx.ask(pond, "hatch", 1_000, { timeoutMs: 0 });
    },
  },
});

it("an actor that is asked again and again does not keep its neighbours from their turns", async () => {
  const sim = new Simulation({ seed: 8, definitions: [Mayfly, Pond, Child] });
  const pond = sim.spawn(Pond, { on: 1 });
  const played = sim.spawn(Child, { on: 2 }).ask("play", { pond, swarms: 20 }, { timeoutMs: 0 });
  let most = 0;
  await sim.run(60_000, () => {
    most = Math.max(most, sim.population);
    return false;
  });
  await played;
  // One swarm that lives, one that hatched meanwhile, and the three of us.
  expect(most).toBeLessThan(3 * 1_000);
});
