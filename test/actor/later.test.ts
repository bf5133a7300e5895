// Answers given later, here and to another thread. One isolate on virtual time.

import { describe, expect, it } from "vitest";
import { type CodedError, defineActor, type Later, type RefOf } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

/** Tables are handed out as they become free. */
const Host = defineActor({
  module: "simulated",
  name: "Host",
  state: () => ({ waiting: [] as Later<number>[], heard: 0 }),
  restart: "transient",
  concurrent: ["failBeside"],
  on: {
    table(ctx) {
      const later = ctx.later<number>();
      ctx.state.waiting.push(later);
      return later;
    },
    async tableSoon(ctx, before: boolean) {
      if (!before) await Promise.resolve();
      const later = ctx.later<number>();
      ctx.state.waiting.push(later);
      if (before) await Promise.resolve();
      return later;
    },
    free: (ctx, table: number) => ctx.state.waiting.shift()?.give(table) ?? false,
    closed: (ctx) => ctx.state.waiting.shift()?.fail(new RangeError("closed")) ?? false,
    wanted: (ctx) => ctx.state.waiting.map((later) => later.wanted),
    crash(): never {
      throw new Error("on purpose");
    },
    failAtOnce(ctx): Later<number> {
      ctx.state.waiting.push(ctx.later<number>());
      throw new Error("no table");
    },
    async failSoon(ctx): Promise<Later<number>> {
      ctx.state.waiting.push(ctx.later<number>());
      await Promise.resolve();
      throw new Error("no table");
    },
    async failLate(ctx): Promise<Later<number>> {
      await Promise.resolve();
      ctx.state.waiting.push(ctx.later<number>());
      throw new Error("no table");
    },
    async failBeside(ctx): Promise<Later<number>> {
      ctx.state.waiting.push(ctx.later<number>());
      await Promise.resolve();
      throw new Error("no table");
    },
    end: (ctx) => ctx.stop(),
  },
});

/** Its host goes on after a fault with the state it had. */
const Keeper = defineActor({
  module: "simulated",
  name: "Keeper",
  state: () => undefined,
  supervision: { decide: () => "resume" },
  on: { bear: (ctx) => ctx.spawn(Host) },
});

/** Its first try fails after it has promised an answer. */
const Hasty = defineActor({
  module: "simulated",
  name: "Hasty",
  state: () => undefined,
  redeliver: 1,
  on: {
    table(ctx): number | Later<number> {
      if (ctx.redelivered > 0) return 5;
      ctx.later<number>();
      throw new Error("on purpose");
    },
  },
});

describe.each([0, 1])("an answer given later by an actor on thread %i", (on) => {
  function open() {
    const sim = new Simulation({ seed: 6, definitions: [Host, Keeper, Hasty] });
    const host: RefOf<typeof Host> = sim.spawn(Host, { on });
    const code = (asked: Promise<unknown>) => asked.catch((error: CodedError) => error.code ?? error.name);
    return { sim, host, code };
  }

  it("arrives when it is given, while the actor goes on with other messages", async () => {
    const { sim, host } = open();
    const [first, second]: Promise<number>[] = [host.ask("table"), host.ask("table")];
    const given = [host.ask("free", 4), host.ask("free", 7), host.ask("free", 9)];
    await sim.run(1_000);
    expect(await Promise.all([first, second])).toEqual([4, 7]);
    expect(await Promise.all(given)).toEqual([true, true, false]);
  });

  it.each([true, false])(
    "may be promised before the first await of a handler, and after it: %s",
    async (before) => {
      const { sim, host } = open();
      const asked: Promise<number> = host.ask("tableSoon", before);
      await sim.run(1_000);
      host.tell("free", 3);
      await sim.run(2_000);
      expect(await asked).toBe(3);
    },
  );

  it("may be an error", async () => {
    const { sim, host } = open();
    const asked = host.ask("table").catch((error: Error) => error.message);
    host.tell("closed");
    await sim.run(1_000);
    expect(await asked).toBe("closed");
  });

  it("is not wanted after a plain tell, a timeout or a cancellation, and giving it does nothing", async () => {
    const { sim, host, code } = open();
    const giveUp = new AbortController();
    host.tell("table");
    const late = code(host.ask("table", undefined, { timeoutMs: 50 }));
    const cancelled = code(host.ask("table", undefined, { signal: giveUp.signal }));
    const patient = host.ask("table", undefined, { timeoutMs: 0 });
    await sim.run(100);
    giveUp.abort();
    await sim.run(1_000);
    expect(await Promise.all([late, cancelled])).toEqual(["TIMEOUT", "CANCELLED"]);
    const wanted = host.ask("wanted");
    const given = [1, 2, 3, 4].map((table) => host.ask("free", table));
    await sim.run(2_000);
    expect(await wanted).toEqual([false, false, false, true]);
    expect(await Promise.all(given)).toEqual([false, false, false, true]);
    expect(await patient).toBe(4);
  });

  it.each(["crash", "end"] as const)("fails with its incarnation, by %s", async (how) => {
    const { sim, host, code } = open();
    const asked = code(host.ask("table", undefined, { timeoutMs: 0 }));
    host.tell(how);
    await sim.run(1_000);
    expect(await asked).toBe("ACTOR_STOPPED");
    expect(sim.leftovers()).toMatchObject({ openAsks: 0 });
  });

  it.each(["failAtOnce", "failSoon", "failLate", "failBeside"] as const)(
    "fails with what its handler throws after all, %s, whether its actor restarts or resumes",
    async (method) => {
      const { sim, host: restarted } = open();
      const born = sim.spawn(Keeper, { on }).ask("bear");
      await sim.run(1_000);
      for (const host of [restarted, await born]) {
        const failed = expect(host.ask(method, undefined, { timeoutMs: 0 })).rejects.toThrow("no table");
        await sim.run();
        await failed;
      }
      const given = (await born).ask("free", 1);
      await sim.run();
      expect(await given).toBe(false);
      expect(sim.leftovers()).toMatchObject({ openAsks: 0 });
    },
  );

  it("is open still when its message is handed to the actor again", async () => {
    const { sim } = open();
    const asked = sim.spawn(Hasty, { on }).ask("table");
    await sim.run(1_000);
    expect(await asked).toBe(5);
  });
});

describe("a definition", () => {
  it("says when its actors come back, unless spawn does", async () => {
    const sim = new Simulation({ seed: 6, definitions: [Host] });
    const [transient, permanent] = [sim.spawn(Host), sim.spawn(Host, { restart: "permanent" })];
    for (const host of [transient, permanent]) host.tell("end");
    await sim.run(1_000);
    expect([transient.tell("end"), permanent.tell("end")]).toEqual(["dead", "sent"]);
  });
});
