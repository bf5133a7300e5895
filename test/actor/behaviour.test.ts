// Become, stash, pipeToSelf and the idle timer. One isolate on virtual time.

import { describe, expect, it } from "vitest";
import { type ActorRef, type CodedError, defineActor, type Handlers } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

/** A promise that is rejected, and known to be. */
function rejected(): Promise<string> {
  const promise = Promise.reject<string>(new Error("no luck"));
  promise.catch(() => undefined);
  return promise;
}

interface Vault {
  readonly said: string[];
  readonly coins: number[];
}

/** While it is locked, coins wait; what opens it lets them in. */
const locked: Handlers<Vault> = {
  put: (ctx) => ctx.stash(),
};

const Vault = defineActor({
  module: "simulated",
  name: "Vault",
  concurrent: ["stashAndFailBeside"],
  state: (said: string[]): Vault => ({ said, coins: [] }),
  on: {
    put(ctx, coin: number) {
      ctx.state.coins.push(coin);
      return ctx.state.coins.length;
    },
    lock: (ctx) => ctx.become(locked),
    unlock(ctx) {
      ctx.become();
      ctx.unstashAll();
    },
    coins: (ctx) => [...ctx.state.coins],
    become(ctx, handlers: Handlers<Vault>) {
      ctx.become(handlers);
    },
    crash(): never {
      throw new Error("on purpose");
    },
    say(ctx, text: unknown) {
      ctx.state.said.push(String(text));
    },
    putTwice(ctx, coin: number) {
      if (ctx.state.coins.length > 0) return ctx.state.coins.push(coin);
      ctx.stash();
      ctx.stash();
      return 0;
    },
    stashAndFail(ctx): never {
      ctx.stash();
      throw new Error("on purpose");
    },
    async stashAndFailLater(ctx) {
      ctx.stash();
      await Promise.resolve();
      throw new Error("on purpose");
    },
    async stashAndFailBeside(ctx) {
      ctx.stash();
      await Promise.resolve();
      throw new Error("on purpose");
    },
    async stashTooLate(ctx) {
      await Promise.resolve();
      ctx.stash();
    },
    pipe(ctx, { promise, failed }: { promise: Promise<string>; failed?: "say" }) {
      ctx.pipeToSelf(promise, "say", failed);
    },
    idle(ctx, delayMs: number) {
      ctx.timers.idle(delayMs, "say", "idle");
    },
  },
});

/** Its vault goes on after a fault with the state it had. */
const Keeper = defineActor({
  module: "simulated",
  name: "Keeper",
  state: () => undefined,
  supervision: { decide: () => "resume" },
  on: { bear: (ctx) => ctx.spawn(Vault, { args: [] }) },
});

function open() {
  const sim = new Simulation({ seed: 5, definitions: [Vault], threads: 0 });
  const said: string[] = [];
  return { sim, said, vault: sim.spawn(Vault, { on: "this", args: said }) };
}

describe("become", () => {
  it("swaps the handlers it names, leaves the others, and takes them back", async () => {
    const { sim, vault } = open();
    vault.tell("lock");
    vault.tell("put", 1);
    const while_ = vault.ask("coins");
    vault.tell("unlock");
    vault.tell("put", 2);
    const after = vault.ask("coins");
    await sim.run();
    expect(await while_).toEqual([]);
    expect(await after).toEqual([1, 2]);
  });

  it("ends with the incarnation", async () => {
    const { sim, vault } = open();
    for (const method of ["lock", "crash"] as const) vault.tell(method);
    vault.tell("put", 7);
    const coins = vault.ask("coins");
    await sim.run();
    expect(await coins).toEqual([7]);
  });

  it("refuses a method that the definition does not have", async () => {
    const { sim, vault } = open();
    const refused = expect(vault.ask("become", { fly: () => 1 })).rejects.toMatchObject({
      code: "DEFINITION",
    });
    await sim.run();
    await refused;
  });
});

/** Tries to set aside the news of an end. */
const Mourner = defineActor({
  module: "simulated",
  name: "Mourner",
  state: () => ({ heard: "" }),
  hooks: {
    terminated(ctx) {
      try {
        ctx.stash();
      } catch (error) {
        ctx.state.heard = String((error as Error).message);
      }
    },
  },
  on: {
    watch: (ctx, ref: ActorRef) => ctx.watch(ref),
    heard: (ctx) => ctx.state.heard,
  },
});

/** Does two things with one message. */
const Undecided = defineActor({
  module: "simulated",
  name: "Undecided",
  state: () => ({ said: "" }),
  on: {
    stashThenForward(ctx, other: ActorRef): string {
      ctx.stash();
      ctx.forward(other);
      return "never";
    },
    forwardThenStash(ctx, other: ActorRef): string {
      if (ctx.self.equals(other)) return "handled once";
      ctx.forward(other);
      try {
        ctx.stash();
      } catch (error) {
        ctx.state.said = (error as CodedError).code;
      }
      return "not heard";
    },
    said: (ctx) => ctx.state.said,
  },
});

describe("a stash", () => {
  it("keeps messages with their asks, and gives them back in the order they came", async () => {
    const { sim, vault } = open();
    vault.tell("lock");
    const asked = [1, 2, 3].map((coin) => vault.ask("put", coin));
    await sim.run(1_000);
    vault.tell("unlock");
    vault.tell("put", 4);
    const coins = vault.ask("coins");
    await sim.run();
    expect(await Promise.all(asked)).toEqual([1, 2, 3]);
    expect(await coins).toEqual([1, 2, 3, 4]);
  });

  it("returns to the mailbox when the incarnation ends, and becomes dead letters with the actor", async () => {
    const { sim, vault } = open();
    vault.tell("lock");
    const first = vault.ask("put", 1);
    vault.tell("crash");
    await sim.run();
    expect(await first).toBe(1);
    vault.tell("lock");
    const second = expect(vault.ask("put", 2)).rejects.toMatchObject({ code: "ACTOR_STOPPED" });
    await sim.run(1_000);
    sim.stop(vault);
    await sim.run();
    await second;
    expect(sim.deadLettersOf(0).map(({ method, reason }) => `${method} ${reason}`)).toEqual([
      "crash fault",
      "put stopped",
    ]);
  });

  it("of 1,000 is full: the next message is a fault that says so, and nothing set aside is lost", async () => {
    const { sim, vault } = open();
    vault.tell("lock");
    for (let coin = 0; coin < 1_000; coin++) vault.tell("put", coin);
    const one_more = expect(vault.ask("put", 1_000)).rejects.toMatchObject({ code: "STASH" });
    const coins = vault.ask("coins");
    await sim.run();
    await one_more;
    expect(await coins).toHaveLength(1_000);
  });

  it.each(["stashAndFail", "stashAndFailLater", "stashAndFailBeside"] as const)(
    "keeps nothing whose handler throws after all, %s: its ask fails, and it is counted once",
    async (method) => {
      const { sim, vault: restarted } = open();
      const born = sim.spawn(Keeper, { on: "this" }).ask("bear");
      await sim.run(1_000);
      for (const vault of [restarted, await born]) {
        const before = sim.deadLettersOf(0).length;
        const failed = expect(vault.ask(method)).rejects.toThrow("on purpose");
        const coin = vault.ask("put", 1);
        await sim.run();
        await failed;
        vault.tell("unlock");
        await sim.run();
        expect(await coin).toBe(1);
        expect(sim.deadLettersOf(0).slice(before)).toMatchObject([{ method, reason: "fault" }]);
      }
      expect(sim.happened.filter(({ type }) => type === "actor-fault")).toHaveLength(2);
    },
  );

  it("keeps a message once, however often its handler says so", async () => {
    const { sim, vault } = open();
    const asked = vault.ask("putTwice", 2);
    vault.tell("put", 1);
    vault.tell("unlock");
    const coins = vault.ask("coins");
    await sim.run();
    expect(await coins).toEqual([1, 2]);
    expect(await asked).toBe(2);
  });

  it("is not for after an await", async () => {
    const { sim, vault } = open();
    const refused = expect(vault.ask("stashTooLate")).rejects.toThrow("before the first await");
    await sim.run();
    await refused;
  });

  it("and forward() exclude each other: a message is handled once", async () => {
    const sim = new Simulation({ seed: 1, definitions: [Undecided], threads: 0 });
    const [one, other] = [sim.spawn(Undecided, { on: "this" }), sim.spawn(Undecided, { on: "this" })];
    const stashed = expect(one.ask("stashThenForward", other)).rejects.toMatchObject({ code: "FORWARD" });
    const sent = one.ask("forwardThenStash", other);
    const said = one.ask("said");
    await sim.run(1_000);
    await stashed;
    expect([await sent, await said]).toEqual(["handled once", "STASH"]);
  });

  it("is not for hooks: they have no message", async () => {
    const sim = new Simulation({ seed: 1, definitions: [Vault, Mourner] });
    const mourned = sim.spawn(Vault, { args: [] });
    const mourner = sim.spawn(Mourner);
    mourner.tell("watch", mourned);
    await sim.run(100);
    sim.stop(mourned);
    await sim.run(100);
    const heard = mourner.ask("heard");
    await sim.run(100);
    expect(await heard).toMatch(/^\/user\/.*: stash\(\) belongs in a handler; a hook has no message/);
  });

  it("lets an asker cancel what it holds", async () => {
    const { sim, vault } = open();
    vault.tell("lock");
    const controller = new AbortController();
    const asked = expect(vault.ask("put", 1, { signal: controller.signal })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    await sim.run(100);
    controller.abort();
    await asked;
    vault.tell("unlock");
    const coins = vault.ask("coins");
    await sim.run();
    expect(await coins).toEqual([]);
  });
});

describe("pipeToSelf", () => {
  it("sends what the promise gives, or its error to the method for it", async () => {
    const { sim, vault, said } = open();
    vault.tell("pipe", { promise: Promise.resolve("value") });
    vault.tell("pipe", { promise: rejected(), failed: "say" });
    await sim.run();
    expect(said.sort()).toEqual(["Error: no luck", "value"]);
  });

  it("without a method for errors takes a rejection for a fault", async () => {
    const { sim, vault } = open();
    vault.tell("pipe", { promise: rejected() });
    await sim.run();
    expect(sim.happened.filter(({ type }) => type === "actor-fault")).toHaveLength(1);
  });

  it("does not reach the next incarnation", async () => {
    const { sim, vault, said } = open();
    let give: (text: string) => void = () => undefined;
    const promise = new Promise<string>((resolve) => {
      give = resolve;
    });
    vault.tell("pipe", { promise });
    vault.tell("crash");
    await sim.run();
    give("too late");
    await sim.run();
    expect(said).toEqual([]);
  });
});

describe("the idle timer", () => {
  it("speaks each time nothing came for that long, not while messages come, and stops when told", async () => {
    const { sim, vault, said } = open();
    vault.tell("idle", 400);
    for (let i = 1; i <= 5; i++) {
      await sim.run(i * 300);
      vault.tell("say", "alive");
    }
    await sim.run(1_800);
    expect(said.filter((text) => text === "idle")).toEqual([]);
    await sim.run(2_600);
    expect(said.filter((text) => text === "idle")).toHaveLength(2);
    vault.tell("idle", 0);
    await sim.run();
    expect(said.filter((text) => text === "idle")).toHaveLength(2);
  });
});
