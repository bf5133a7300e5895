// Asks that come back to one who waits: they fail soon and name the circle, or reach a reentrant method. One isolate
// on virtual time, whose threads are real in all but their clock.

import { describe, expect, it } from "vitest";
import { type ActorRef, type CodedError, defineActor } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

/** Asks along a route of actors, and answers with the path it took. */
const Relay = defineActor({
  module: "simulated",
  name: "Relay",
  state: () => ({ seen: 0 }),
  reentrant: ["welcome", "handOn"],
  concurrent: ["aside"],
  on: {
    async pass(ctx, route: readonly ActorRef[]): Promise<string[]> {
      ctx.state.seen++;
      const [next, ...rest] = route;
      if (next === undefined) return [ctx.name];
      return [ctx.name, ...((await ctx.ask(next, "pass", rest)) as string[])];
    },
    /** The last of the route is reached by a reentrant method. */
    async passBack(ctx, route: readonly ActorRef[]): Promise<string[]> {
      const [next, ...rest] = route;
      if (next === undefined) return [ctx.name];
      const method = rest.length === 0 ? "welcome" : "passBack";
      return [ctx.name, ...((await ctx.ask(next, method, rest)) as string[])];
    },
    /** Asks itself, and forwards the question that comes back in its own turn. */
    async selfHandOn(ctx, to: ActorRef): Promise<string> {
      return (await ctx.self.ask("handOn", { to, word: "within" })) as string;
    },
    handOn(ctx, { to }: { readonly to: ActorRef; readonly word: string }): unknown {
      if (ctx.self.equals(to)) return "no further";
      ctx.forward(to);
      return undefined;
    },
    welcome: (ctx) => [`${ctx.name} again`],
    async aside(ctx, route: readonly ActorRef[]): Promise<string[]> {
      const [next, ...rest] = route;
      if (next === undefined) return [ctx.name];
      return [ctx.name, ...((await next.ask("pass", rest)) as string[])];
    },
    /** Asks, does not wait for it, and is done. */
    async forget(ctx, next: ActorRef): Promise<string> {
      ctx.ask(next, "pass", [ctx.self]).then(
        () => ctx.self.tell("pass", []),
        () => undefined,
      );
      return "done";
    },
    async selfish(ctx): Promise<string[]> {
      return (await ctx.self.ask("pass", [])) as string[];
    },
    async selfWelcome(ctx): Promise<string[]> {
      return (await ctx.self.ask("welcome")) as string[];
    },
    seen: (ctx) => ctx.state.seen,
  },
});

const Desk = defineActor({
  module: "simulated",
  name: "Desk",
  state: () => undefined,
  on: {
    handOn: (_ctx, { word }: { readonly word: string }): string => `desk got ${word}`,
  },
});

const PLACES = [
  ["one thread", ["this", "this", "this"]],
  ["three threads", [0, 1, 2]],
  ["two threads, to and fro", [1, 2, 1]],
] as const;

describe.each(PLACES)("a chain of asks over %s", (_label, places) => {
  function open() {
    const sim = new Simulation({ seed: 3, definitions: [Relay] });
    const [a, b, c] = places.map((on, i) => sim.spawn(Relay, { on, name: "abc"[i] as string })) as [
      ActorRef,
      ActorRef,
      ActorRef,
    ];
    const outcome = async (asked: Promise<unknown>) => {
      const settled = asked.catch((error: CodedError) => error);
      await sim.run(100);
      return settled;
    };
    return { sim, a, b, c, outcome };
  }

  it("that comes to nobody twice is answered", async () => {
    const { a, b, c, outcome } = open();
    expect(await outcome(a.ask("pass", [b, c]))).toEqual(["a", "b", "c"]);
  });

  it("that comes back fails long before its deadline, and names the circle", async () => {
    const { a, b, c, outcome } = open();
    const error = (await outcome(a.ask("pass", [b, c, a]))) as CodedError;
    expect(error.code).toBe("ASK_CYCLE");
    for (const { ref, name } of [
      { ref: a, name: "a" },
      { ref: b, name: "b" },
      { ref: c, name: "c" },
    ])
      expect(error.message).toMatch(new RegExp(`/user/${name}\\b|${ref.id}`));
    expect(error.message).toMatch(/→.*reentrant/);
  });

  it("that comes back to one in its middle fails, too", async () => {
    const { a, b, c, outcome } = open();
    expect(await outcome(a.ask("pass", [b, c, b]))).toMatchObject({ code: "ASK_CYCLE" });
  });

  it("may come back to a reentrant method, beside the turn that waits", async () => {
    const { a, b, c, outcome } = open();
    expect(await outcome(a.ask("passBack", [b, c, a]))).toEqual(["a", "b", "c", "a again"]);
  });

  it("may come back to one whose turn was concurrent", async () => {
    const { a, b, outcome } = open();
    expect(await outcome(a.ask("aside", [b, a]))).toEqual(["a", "b", "a"]);
  });

  it("may come back to one whose turn is over", async () => {
    const { a, b, outcome, sim } = open();
    expect(await outcome(a.ask("forget", b))).toBe("done");
    await sim.run(1_000);
    expect(await outcome(a.ask("seen"))).toBe(2);
  });
});

describe("an actor that asks itself", () => {
  it("and waits for the answer fails soon, and reaches its reentrant methods", async () => {
    const sim = new Simulation({ seed: 3, definitions: [Relay], threads: 0 });
    const a = sim.spawn(Relay, { on: "this", name: "a" });
    const selfish = a.ask("selfish").catch((error: CodedError) => error.message);
    const welcome = a.ask("selfWelcome");
    await sim.run(1_000);
    expect(await selfish).toMatch(/^\/user\/a → \/user\/a: /);
    expect(await welcome).toEqual(["a again"]);
  });

  it("and sends the question on in a reentrant method sends that one, not the one its turn is about", async () => {
    const sim = new Simulation({ seed: 3, definitions: [Relay, Desk], threads: 0 });
    const a = sim.spawn(Relay, { on: "this", name: "a" });
    const desk = sim.spawn(Desk, { on: "this", name: "desk" });
    const answer = a.ask("selfHandOn", desk);
    await sim.run(1_000);
    expect(await answer).toBe("desk got within");
  });
});
