// What a timer or a pipe is asked for: delays of any length, and nothing that could not be meant.

import { describe, expect, it } from "vitest";
import { type ActorContext, createSystem, defineActor } from "../../src/index.js";
import { createTestSystem } from "../../src/testkit.js";

const DAY_MS = 86_400_000;

type Wish = (ctx: ActorContext<string[]>) => void;

const Planner = defineActor({
  module: "simulated",
  name: "Planner",
  state: (): string[] => [],
  on: {
    plan: (ctx, wish: Wish) => wish(ctx),
    note: (ctx, text: string) => void ctx.state.push(text),
    noted: (ctx) => ctx.state,
    fail(): never {
      throw new Error("on purpose");
    },
    *count() {
      yield 1;
    },
  },
});

describe("a timer", () => {
  it("of a month waits for a month", async () => {
    const warnings: string[] = [];
    const warned = ({ name }: Error): void => void warnings.push(name);
    process.on("warning", warned);
    const system = await createSystem({ threads: 0 });
    try {
      const planner = system.spawn(Planner);
      await planner.ask("plan", (ctx) => {
        ctx.timers.after("month", 30 * DAY_MS, "note", "after");
        ctx.timers.every("month too", 30 * DAY_MS, "note", "every");
        ctx.timers.idle(150 * DAY_MS, "note", "idle");
      });
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(await planner.ask("noted")).toEqual([]);
      expect(warnings).toEqual([]);
    } finally {
      await system.shutdown();
      process.off("warning", warned);
    }
  });

  it.each<[string, Wish, string]>([
    ["never ends", (ctx) => ctx.timers.after("k", Number.POSITIVE_INFINITY, "note"), "after: Infinity"],
    ["is no number", (ctx) => ctx.timers.after("k", Number.NaN, "note"), "after: NaN"],
    ["is over already", (ctx) => ctx.timers.after("k", -1, "note"), "after: -1"],
    ["is a text", (ctx) => ctx.timers.after("k", "5" as never, "note"), "after: 5"],
    ["repeats without a pause", (ctx) => ctx.timers.every("k", 0, "note"), "every: 0"],
    ["repeats backwards", (ctx) => ctx.timers.every("k", -5, "note"), "every: -5"],
    [
      "waits for endless silence",
      (ctx) => ctx.timers.idle(Number.POSITIVE_INFINITY, "note"),
      "idle: Infinity",
    ],
  ])("that %s is refused at the call", async (_what, wish, given) => {
    const planner = createTestSystem({ definitions: [Planner] }).spawn(Planner);
    await expect(planner.ask("plan", wish)).rejects.toMatchObject({
      code: "OPTIONS",
      message: expect.stringContaining(`timers.${given}; give milliseconds`),
    });
  });
});

describe("a method that the actor does not have", () => {
  it.each<[string, Wish]>([
    ["after", (ctx) => ctx.timers.after("k", 1, "nte")],
    ["every", (ctx) => ctx.timers.every("k", 1, "nte")],
    ["idle", (ctx) => ctx.timers.idle(1, "nte")],
    ["pipeToSelf", (ctx) => ctx.pipeToSelf(Promise.resolve(), "nte")],
    ["pipeToSelf, for errors", (ctx) => ctx.pipeToSelf(Promise.resolve(), "note", "nte")],
    ["pipeToSelf, where it is a stream", (ctx) => ctx.pipeToSelf(Promise.resolve(), "count")],
  ])("is refused by %s at the call, with those it has", async (_which, wish) => {
    const planner = createTestSystem({ definitions: [Planner] }).spawn(Planner);
    await expect(planner.ask("plan", wish)).rejects.toMatchObject({
      code: "NO_METHOD",
      message: expect.stringContaining("it has plan, note, noted, fail"),
    });
  });

  it("is one of its own while `become` stands in for others, and while it is traced", async () => {
    const system = await createSystem({ threads: 0 });
    const planner = system.spawn(Planner);
    await system.trace(planner, () => undefined);
    await planner.ask("plan", (ctx) => {
      ctx.become({ noted: () => ["became"] });
      ctx.timers.after("k", 1, "note", "timed");
      ctx.pipeToSelf(Promise.resolve("piped"), "note");
      ctx.become();
    });
    await expect.poll(() => planner.ask("noted")).toEqual(["piped", "timed"]);
    await system.shutdown();
  });
});
