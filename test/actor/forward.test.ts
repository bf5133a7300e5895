// Messages that are sent on: from every thread, over every thread, to every thread, the asker hears from the last
// actor, and who gives up or is lost is heard of at the other end.

import { describe, expect, it } from "vitest";
import { type ActorRef, defineActor } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

/** What a test looks at from outside: the actors run in the same isolate, one run at a time. */
let seen = { aborted: 0, told: [] as string[], answers: [] as string[] };

const Last = defineActor({
  module: "simulated",
  name: "Last",
  state: () => undefined,
  mailbox: { capacity: 8 },
  on: {
    whoSent: (ctx) => ctx.sender,
    count: (_ctx, text?: string) => String(text).length,
    countSoon: (_ctx, text?: string) => String(text).length,
    note(ctx, text: string) {
      seen.told.push(`${text} from ${ctx.sender?.id}`);
    },
    fail(): never {
      throw Object.assign(new Error("on purpose"), { code: "ON_PURPOSE" });
    },
    untilCancelled: (ctx) =>
      new Promise<void>((resolve) => {
        ctx.signal.addEventListener("abort", () => {
          seen.aborted++;
          resolve();
        });
      }),
  },
});

const Between = defineActor({
  module: "simulated",
  name: "Between",
  state: (to: ActorRef) => ({ to }),
  on: {
    whoSent: (ctx) => void ctx.forward(ctx.state.to),
    note: (ctx, _text: string) => void ctx.forward(ctx.state.to),
    fail: (ctx) => void ctx.forward(ctx.state.to),
    untilCancelled: (ctx) => void ctx.forward(ctx.state.to),
    /** Sends it on as another method would have to. */
    orElse: (ctx): string | undefined => {
      const result = ctx.forward(ctx.state.to);
      return result === "sent" ? undefined : result;
    },
    /** Sends it on, and fails all the same. */
    count(ctx, _text: string): never {
      ctx.forward(ctx.state.to);
      throw new Error("on purpose");
    },
    async countSoon(ctx, _text: string) {
      ctx.forward(ctx.state.to);
      await Promise.resolve();
      throw new Error("on purpose");
    },
    async late(ctx) {
      await Promise.resolve();
      ctx.forward(ctx.state.to);
    },
  },
});

const Asker = defineActor({
  module: "simulated",
  name: "Asker",
  state: () => undefined,
  concurrent: ["ask"],
  on: {
    async ask(ctx, { to, method, timeoutMs = 0 }: { to: ActorRef; method: string; timeoutMs?: number }) {
      const answer = await ctx.ask(to, method, undefined, { timeoutMs }).then(
        (value: unknown) => `${value instanceof Object ? (value as ActorRef).id : String(value)}`,
        (error: { code: string }) => error.code,
      );
      seen.answers.push(answer);
    },
    tell: (ctx, to: ActorRef) => void ctx.tell(to, "note", "hello"),
  },
});

function open(asker: number, between: number, last: number, seed = 1) {
  seen = { aborted: 0, told: [], answers: [] };
  const sim = new Simulation({ seed, definitions: [Last, Between, Asker], threads: 3 });
  const target = sim.spawn(Last, { on: last });
  const first = sim.spawn(Between, { on: between, args: target });
  const second = sim.spawn(Between, { on: between, args: first });
  return { sim, target, first, second, from: sim.spawn(Asker, { on: asker }) };
}

const THREADS = [0, 1, 2, 3];
const WAYS = THREADS.flatMap((asker) =>
  THREADS.flatMap((between) => THREADS.map((last) => ({ asker, between, last }))),
);

describe("a message that is sent on", () => {
  it.each(WAYS)("from thread $asker over $between to $last keeps its sender", async (way) => {
    const { sim, first, second, from } = open(way.asker, way.between, way.last);
    from.tell("tell", first);
    from.tell("tell", second);
    await sim.run();
    expect(seen.told).toEqual([`hello from ${from.id}`, `hello from ${from.id}`]);
  });

  it.each(WAYS)(
    "from thread $asker over $between to $last keeps its ask, and leaves nothing behind",
    async (way) => {
      const { sim, first, second, from } = open(way.asker, way.between, way.last);
      for (const to of [first, second])
        for (const method of ["whoSent", "fail"]) from.tell("ask", { to, method });
      await sim.run();
      expect(seen.answers.sort()).toEqual([from.id, from.id, "ON_PURPOSE", "ON_PURPOSE"].sort());
      expect(sim.leftovers().openAsks).toBe(0);
    },
  );

  it.each(WAYS)("from thread $asker over $between to $last is given up when its asker does", async (way) => {
    const { sim, first, second, from } = open(way.asker, way.between, way.last);
    for (const to of [first, second]) from.tell("ask", { to, method: "untilCancelled", timeoutMs: 100 });
    await sim.run();
    expect(seen.answers).toEqual(["TIMEOUT", "TIMEOUT"]);
    // The first is under way and hears of it; the second waited behind it, and then had nobody to ask for it.
    expect(seen.aborted).toBe(1);
    expect(sim.leftovers().openAsks).toBe(0);
  });

  it.each(WAYS.filter(({ asker, last }) => last !== 0 && asker !== last))(
    "from thread $asker over $between fails when thread $last is lost",
    async (way) => {
      const { sim, first, from } = open(way.asker, way.between, way.last);
      from.tell("ask", { to: first, method: "untilCancelled" });
      await sim.run();
      await sim.loseThread(way.last);
      await sim.run();
      expect(seen.answers).toEqual(["THREAD_LOST"]);
      expect(sim.leftovers().openAsks).toBe(0);
    },
  );

  it.each([0, 1])(
    "stays with its handler when the mailbox it should go to, on thread %i, is full",
    async (last) => {
      const { sim, target, first } = open(0, 0, last);
      const held = target.ask("untilCancelled", undefined, { timeoutMs: 0 });
      held.catch(() => undefined);
      await sim.run();
      for (let i = 0; i < 8; i++) target.tell("note", "waits");
      await sim.run();
      const answer = first.ask("orElse");
      await sim.run();
      expect(await answer).toBe("full");
      sim.stop(target);
      await sim.run();
      const second = first.ask("orElse");
      await sim.run();
      expect(await second).toBe("dead");
    },
  );

  it.each([0, 1])(
    "is its new handler's affair, on thread %i, though the one that sent it on fails afterwards",
    async (last) => {
      const { sim, target, from } = open(0, 0, last);
      for (const method of ["count", "countSoon"] as const) {
        const between = sim.spawn(Between, { on: "this", args: target });
        from.tell("ask", { to: between, method });
      }
      await sim.run();
      expect(seen.answers).toEqual(["9", "9"]);
      expect(sim.happened.filter(({ type }) => type === "actor-fault")).toHaveLength(2);
      expect(sim.deadLettersOf(0)).toEqual([]);
    },
  );

  it("cannot be sent on after the first await", async () => {
    const { sim, first } = open(0, 0, 0);
    const answer = expect(first.ask("late")).rejects.toMatchObject({ code: "FORWARD" });
    await sim.run();
    await answer;
  });
});
