// Turns that wait come before messages that only arrive, and timers and sockets get their turn between batches.

import { expect, it } from "vitest";
import { type ActorContext, type ActorRef, createSystem, defineActor } from "../../src/index.js";
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

const Drain = defineActor({
  name: "Drain",
  state: () => ({ drops: 0 }),
  mailbox: { capacity: 256 },
  on: {
    drop(ctx) {
      ctx.state.drops += 1;
    },
    drops: (ctx) => ctx.state.drops,
  },
});

/** Sends what there is to send, and tries again by a message to itself when there is no room. */
const Tap = defineActor({
  name: "Tap",
  state: (drops: number) => ({ left: drops, refusals: 0 }),
  on: {
    open(ctx, drain: ActorRef) {
      while (ctx.state.left > 0) {
        if (drain.tell("drop") !== "sent") {
          ctx.state.refusals += 1;
          return void ctx.self.tell("open", drain);
        }
        ctx.state.left -= 1;
      }
    },
    refusals: (ctx) => (ctx.state.left === 0 ? ctx.state.refusals : undefined),
  },
});

it("who hears full gives the rest of its turn to the others", async () => {
  const system = await createSystem({ threads: 0 });
  const drain = system.spawn(Drain);
  const tap = system.spawn(Tap, { args: 10 * 256 });
  tap.tell("open", drain);
  let refusals: number | undefined;
  while (refusals === undefined) refusals = await tap.ask("refusals");
  // Each one is followed by a turn of the drain, which empties it.
  expect(refusals).toBeLessThanOrEqual(10);
  while ((await drain.ask("drops")) < 10 * 256);
  await system.shutdown();
});

const Talker = defineActor({
  name: "Talker",
  state: () => ({ hung: false }),
  concurrent: ["talk"],
  on: {
    echo: (_ctx, value: number) => value,
    /** Asks without end, one ask after the other. */
    async talk(ctx, other: ActorRef) {
      let asks = 0;
      while (!ctx.state.hung) if ((await ctx.ask(other, "echo", asks)) === asks) asks += 1;
      return asks;
    },
    hangUp(ctx) {
      ctx.state.hung = true;
    },
  },
});

it("actors that ask each other without end leave timers and sockets their turns", async () => {
  const system = await createSystem({ threads: 0 });
  const [one, other] = [system.spawn(Talker), system.spawn(Talker)];
  const asks = one.ask("talk", other, { timeoutMs: 0 });
  for (let i = 0; i < 50; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setImmediate(resolve));
  }
  one.tell("hangUp");
  expect(await asks).toBeGreaterThan(50);
  await system.shutdown();
});
