// An incarnation that ends before the first await of its turn or of its start: nothing of it goes on in the actor,
// whatever its promise does later. One isolate on virtual time.

import { describe, expect, it } from "vitest";
import { type ActorContext, type CodedError, defineActor } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

const Leaver = defineActor({
  module: "simulated",
  name: "Leaver",
  concurrent: ["leaveBeside"],
  state: (lives: { begun: number }) => {
    lives.begun += 1;
    return { life: lives.begun };
  },
  on: {
    async leave(ctx) {
      ctx.stop();
      await Promise.resolve();
      return "bye";
    },
    async leaveBeside(ctx) {
      ctx.stop();
      await Promise.resolve();
      return "bye";
    },
    async leaveAndThrow(ctx) {
      ctx.stop();
      await Promise.resolve();
      throw new Error("too late to matter");
    },
    leaveAndThrowAtOnce(ctx): never {
      ctx.stop();
      throw new Error("of a life that is over");
    },
    life: (ctx) => ctx.state.life,
  },
});

const METHODS = ["leave", "leaveBeside", "leaveAndThrow", "leaveAndThrowAtOnce"] as const;

const codeOf = (error: CodedError): string => error.code;

describe.each(METHODS)("an actor that stops in its turn before the first await (%s)", (method) => {
  it("is gone, told once, and its ask is settled", async () => {
    const sim = new Simulation({ seed: 1, definitions: [Leaver], threads: 0 });
    const lives = { begun: 0 };
    const leaver = sim.spawn(Leaver, { on: "this", args: lives, restart: "temporary" });
    const ends: string[] = [];
    sim.watch(leaver, ({ code }) => ends.push(code));
    const asked = leaver.ask(method, undefined, { timeoutMs: 0 }).catch(codeOf);
    await sim.run(1_000);
    expect(await asked).toBe(method === "leaveAndThrowAtOnce" ? "ERROR" : "ACTOR_STOPPED");
    expect(ends).toEqual(["normal"]);
    expect(sim.isAlive(leaver)).toBe(false);
    expect(leaver.tell("life")).toBe("dead");
  });

  it("begins anew, once and with a new state, where it is permanent", async () => {
    const sim = new Simulation({ seed: 1, definitions: [Leaver], threads: 0 });
    const lives = { begun: 0 };
    const leaver = sim.spawn(Leaver, { on: "this", args: lives });
    const asked = leaver.ask(method, undefined, { timeoutMs: 0 }).catch(codeOf);
    await sim.run(1_000);
    expect(await asked).toBe(method === "leaveAndThrowAtOnce" ? "ERROR" : "ACTOR_STOPPED");
    const life = leaver.ask("life");
    await sim.run(1_000);
    expect(await life).toBe(2);
    expect(lives.begun).toBe(2);
  });
});

const Hasty = defineActor({
  module: "simulated",
  name: "Hasty",
  state: async (lives: { begun: number; where: "state" | "started" }, ctx: ActorContext) => {
    lives.begun += 1;
    if (lives.where === "state" && lives.begun === 1) ctx.stop();
    return lives;
  },
  hooks: {
    async started(ctx) {
      if (ctx.state.where === "started" && ctx.state.begun === 1) ctx.stop();
    },
  },
  on: { begun: (ctx) => ctx.state.begun },
});

describe.each(["state", "started"] as const)("an actor that stops while it starts (%s)", (where) => {
  it("is gone and told", async () => {
    const sim = new Simulation({ seed: 1, definitions: [Hasty], threads: 0 });
    const hasty = sim.spawn(Hasty, { on: "this", args: { begun: 0, where }, restart: "temporary" });
    const ends: string[] = [];
    sim.watch(hasty, ({ code }) => ends.push(code));
    await sim.run(1_000);
    expect(ends).toEqual(["normal"]);
    expect(sim.isAlive(hasty)).toBe(false);
  });

  it("begins anew where it is permanent", async () => {
    const sim = new Simulation({ seed: 1, definitions: [Hasty], threads: 0 });
    const hasty = sim.spawn(Hasty, { on: "this", args: { begun: 0, where } });
    const begun = hasty.ask("begun");
    await sim.run(1_000);
    expect(await begun).toBe(2);
  });
});
