// A system for tests: probes say what came, the clock stands still until it is moved.

import { describe, expect, it } from "vitest";
import { type ActorRef, defineActor } from "../../src/index.js";
import { createTestSystem, ExpectationFailed } from "../../src/testkit.js";

interface GreeterArgs {
  readonly to: ActorRef;
}

const Greeter = defineActor({
  module: "simulated",
  name: "Greeter",
  state: (args: GreeterArgs) => ({ ...args, greeted: 0 }),
  on: {
    greet(ctx, name: string) {
      ctx.state.greeted++;
      ctx.state.to.tell("greeted", { name, count: ctx.state.greeted, words: ["hello", name] });
    },
    count: (ctx) => ctx.state.greeted,
    remind(ctx, afterMs: number) {
      ctx.timers.after("later", afterMs, "greet", "later");
    },
    repeat(ctx, periodMs: number) {
      ctx.timers.every("again", periodMs, "greet", "again");
    },
    price: (ctx, what: string): Promise<number> => ctx.ask(ctx.state.to, "price", what) as Promise<number>,
    crash(): never {
      throw new Error("on purpose");
    },
  },
});

/** Tells itself to go on, again and again. */
const Spinner = defineActor({
  name: "Spinner",
  state: () => ({ spins: false }),
  on: {
    begin(ctx) {
      ctx.state.spins = true;
      ctx.self.tell("spin");
    },
    spin(ctx) {
      if (ctx.state.spins) ctx.self.tell("spin");
    },
    end(ctx) {
      ctx.state.spins = false;
    },
  },
});

interface Listener {
  readonly [method: string]: { payload: unknown; reply: unknown };
  readonly greeted: { payload: { name: string; count: number; words: string[] }; reply: undefined };
}

function open(threads = 0) {
  const system = createTestSystem({ threads, definitions: [Greeter] });
  const probe = system.probe<Listener>("listener");
  const greeter = system.spawn(Greeter, {
    args: { to: probe.ref },
    on: threads === 0 ? "this" : 1,
    restart: "temporary",
  });
  return { system, probe, greeter };
}

async function messageOf(failing: Promise<unknown>): Promise<string> {
  const error = await failing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ExpectationFailed);
  return (error as Error).message;
}

describe("a probe", () => {
  it("expects a part of a message, a text by a pattern, or whatever a function says", async () => {
    const { probe, greeter } = open();
    for (const name of ["Ada", "Grace", "Barbara"]) greeter.tell("greet", name);
    expect(await probe.expect("greeted", { name: "Ada", count: 1 })).toMatchObject({
      words: ["hello", "Ada"],
    });
    await probe.expect("greeted", { name: /^Gr/, words: ["hello", /./] });
    await probe.expect("greeted", ({ count }: { count: number }) => count === 3);
    expect(probe.received.map(({ method }) => method)).toEqual(["greeted", "greeted", "greeted"]);
    expect(probe.sender?.equals(greeter)).toBe(true);
  });

  it("fails with what came instead, and with what came before", async () => {
    const { probe, greeter } = open();
    greeter.tell("greet", "Ada");
    await probe.expect("greeted");
    greeter.tell("greet", "Grace");
    const message = await messageOf(probe.expect("greeted", { name: "Barbara" }));
    expect(message).toContain("expected greeted { name: 'Barbara' } and got greeted { name: 'Grace'");
    expect(message).toContain("before:\n  at ");
    expect(await messageOf(probe.expect("greeted", {}, { withinMs: 20 }))).toContain(
      "nothing came within 20 ms of the system's time",
    );
  });

  it("fishes for a message behind others, and hears silence", async () => {
    const { system, probe, greeter } = open();
    for (const name of ["Ada", "Grace", "Barbara"]) greeter.tell("greet", name);
    expect((await probe.fishFor("greeted", { count: 3 })).name).toBe("Barbara");
    await probe.expectNoMessage();
    greeter.tell("remind", 50);
    await system.settle();
    await probe.expectNoMessage(40);
    expect(await messageOf(probe.expectNoMessage())).toContain("expected no message and got greeted");
  });

  it("answers the ask it expected last, or fails it, and may be late", async () => {
    const { system, probe, greeter } = open();
    const [cheap, dear] = [greeter.ask("price", "tea"), greeter.ask("price", "gold")];
    await probe.expect("price", "tea");
    await system.advance(1_000);
    probe.reply(3);
    expect(await cheap).toBe(3);
    await probe.expect("price", "gold");
    probe.fail(Object.assign(new Error("not for sale"), { code: "NOT_FOR_SALE" }));
    await expect(dear).rejects.toMatchObject({ message: "not for sale" });
    expect(() => probe.reply(4)).toThrow(/cannot reply: the last message expected was price 'gold', no ask/);
  });

  it("hears once of the end of an actor, also of one that is gone", async () => {
    const { system, probe, greeter } = open();
    probe.watch(greeter);
    system.stop(greeter);
    expect(await probe.expectTerminated(greeter)).toMatchObject({ code: "stopped" });
    expect(await probe.expectTerminated(greeter)).toMatchObject({ code: "no-actor" });
    await probe.expectNoMessage();
  });

  it("works across threads that are simulated, and their loss", async () => {
    const { system, probe, greeter } = open(2);
    greeter.tell("greet", "Ada");
    await probe.expect("greeted", { name: "Ada" });
    probe.watch(greeter);
    await system.loseThread(1);
    expect(await probe.expectTerminated(greeter)).toMatchObject({ code: "thread-lost" });
  });
});

describe("the clock of a test system", () => {
  it("fires a period as often as it fits, in one move or in many", async () => {
    for (const moves of [1, 100]) {
      for (const threads of [0, 1]) {
        const { system, greeter } = open(threads);
        await greeter.ask("repeat", 10);
        for (let i = 0; i < moves; i++) await system.advance(1_000 / moves);
        expect(system.elapsedMs).toBe(1_000);
        expect(await greeter.ask("count")).toBe(100);
      }
    }
  });

  it("moves by itself only for a batch that does not end, which then lets others on", async () => {
    const { system, greeter } = open();
    const spinner = system.spawn(Spinner);
    await spinner.ask("begin");
    expect(await greeter.ask("count")).toBe(0);
    await spinner.ask("end");
    expect(system.elapsedMs).toBeGreaterThan(0);
  });

  it("stands still while messages run, and fires what is due when it is moved", async () => {
    const { system, probe, greeter } = open();
    greeter.tell("remind", 1_000);
    for (let i = 0; i < 50; i++) expect(await greeter.ask("count")).toBe(0);
    await Promise.all(Array.from({ length: 5_000 }, () => greeter.ask("count").catch(() => undefined)));
    expect(system.elapsedMs).toBe(0);
    await system.advance(900);
    expect(probe.received).toHaveLength(0);
    await system.advance(100);
    expect(probe.received).toHaveLength(1);
  });

  it("times an ask out when it is moved beyond the deadline, not before", async () => {
    const { system, greeter, probe } = open();
    let outcome = "open";
    greeter.ask("price", "tea").catch((error: { code: string }) => {
      outcome = error.code;
    });
    await probe.expect("price");
    await system.advance(4_900);
    expect(outcome).toBe("open");
    await system.advance(200);
    expect(outcome).toBe("TIMEOUT");
  });

  it("shows faults and dead letters", async () => {
    const { system, probe, greeter } = open();
    greeter.tell("crash");
    await probe.expectTerminated(greeter);
    greeter.tell("greet", "nobody");
    expect(system.happened).toMatchObject([{ type: "actor-fault", path: "/user/$1" }]);
    expect((await system.deadLetters()).map(({ method, reason }) => `${method} ${reason}`)).toEqual([
      "crash fault",
      "greet no-actor",
    ]);
  });

  it("refuses options nobody knows", () => {
    expect(() => createTestSystem({ seeds: 3 } as never)).toThrow(/knows no seeds; it takes definitions/);
  });
});

describe("what a probe received", () => {
  it("is answered in any order, each once", async () => {
    const system = createTestSystem();
    const probe = system.probe("shop");
    const [first, second] = [probe.ref.ask("price", "tea"), probe.ref.ask("price", "gold")];
    await probe.expect("price", "tea");
    await probe.expect("price", "gold");
    const [tea, gold] = probe.received;
    probe.reply(2, gold);
    probe.fail(new TypeError("sold out"), tea);
    expect(await second).toBe(2);
    await expect(first).rejects.toThrow("sold out");
    expect(() => probe.reply(3, tea)).toThrow(ExpectationFailed);
    expect(() => probe.stream([1])).toThrow("no stream that waits");
  });

  it("is streamed where a stream was asked for, while other messages come", async () => {
    const system = createTestSystem();
    const probe = system.probe("numbers");
    const read = async (upTo: number) => {
      const elements: unknown[] = [];
      for await (const element of probe.ref.stream("count", upTo, { window: 2 })) elements.push(element);
      return elements;
    };
    const [three, failing] = [read(3), read(9)];
    await probe.expect("count", 3);
    await probe.expect("count", 9);
    probe.fail(new Error("too many"));
    await expect(failing).rejects.toThrow("too many");
    probe.stream([1, 2, 3], probe.received[0]);
    expect(await three).toEqual([1, 2, 3]);
    expect(system.happened).toEqual([]);
  });
});
