// Topics, on real threads.

import { expect, expectTypeOf, it } from "vitest";
import { type ActorRef, type Topic, type TopicPayload, topic } from "../../src/index.js";
import { type Price, Prices, Steady, Trader } from "../fixtures/market.js";
import { describeSystems } from "./everywhere.js";

describeSystems((system) => {
  const spawn = (on: "this" | number) => system().spawn(Trader, { on });
  const stopped = (ref: ActorRef) =>
    new Promise<void>((resolve) => {
      system().watch(ref, () => resolve());
      system().stop(ref);
    });
  const prices = (trader: ActorRef): Promise<Price[]> => trader.ask("prices");
  /** The way to a thread is full while a large message is on it. */
  async function until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds().catch(() => false))) await new Promise(setImmediate);
  }

  it("bring each message once to every subscriber on every thread, in each publisher's order", async () => {
    const to = topic<Price>("order");
    const count = 200;
    const subscribers = Array.from({ length: 9 }, (_, i) => spawn(i % 3 || "this"));
    const publishers = (["this", 1, 2] as const).map(spawn);
    for (const subscriber of subscribers) await subscriber.ask("listen", { to });
    const answers: string[][] = await Promise.all(
      publishers.map((publisher) => publisher.ask("publish", { to, count })),
    );
    expect(new Set(answers.flat())).toEqual(new Set(["sent"]));
    const all = Array.from({ length: count }, (_, number) => number);
    for (const subscriber of subscribers) {
      await until(async () => (await prices(subscriber)).length >= count * publishers.length);
      const heard = await prices(subscriber);
      for (const { id } of publishers)
        expect(heard.filter(({ from }) => from === id).map(({ number }) => number)).toEqual(all);
      expect(await subscriber.ask("senders")).toEqual(heard.map(({ from }) => from));
    }
    for (const trader of [...subscribers, ...publishers]) await stopped(trader);
  });

  it("reach a subscriber on any thread as soon as subscribing has returned", async () => {
    const [one, two] = [spawn(1), spawn(2)];
    for (let round = 0; round < 100; round++) {
      const to = topic<Price>(`soon ${round}`);
      expect(system().publish(to, { from: "", number: -1 })).toBe("dead");
      await one.ask("listen", { to });
      expect(await two.ask("publishAll", { to, payload: { from: "two", number: round } })).toBe("sent");
      expect(system().publish(to, { from: "here", number: round })).toBe("sent");
      await until(async () => (await prices(one)).length === 2 * (round + 1));
      await one.ask("quiet", to);
      expect(system().publish(to, { from: "", number: -1 })).toBe("dead");
    }
    expect((await prices(one)).every(({ number }) => number >= 0)).toBe(true);
    await stopped(one);
    await stopped(two);
  });

  it("forget a subscriber that has stopped", async () => {
    const to = topic<Price>("stopped");
    for (const on of ["this", 1, 2] as const) {
      const trader = spawn(on);
      await trader.ask("listen", { to });
      expect(system().publish(to, { from: "", number: 1 })).toBe("sent");
      await stopped(trader);
      expect(system().publish(to, { from: "", number: 2 })).toBe("dead");
    }
  });

  it("are heard on after a restart, and again on the successor of a lost thread", async () => {
    const steady = [1, 2].map((on) => system().spawn(Steady, { on }));
    const [failing, lost] = steady as [ActorRef, ActorRef];
    await Promise.all(steady.map((one) => one.ask("prices")));
    await expect(failing.ask("fail")).rejects.toThrow("on purpose");
    await system().restartThread(2);
    expect(await lost.ask("prices", undefined, { timeoutMs: 0 })).toEqual([]);
    expect(system().publish(Prices, { from: "here", number: 5 })).toBe("sent");
    for (const one of [failing, lost]) {
      await until(async () => (await prices(one)).length > 0);
      expect(await prices(one)).toEqual([{ from: "here", number: 5 }]);
      await stopped(one);
    }
    expect(system().publish(Prices, { from: "here", number: 6 })).toBe("dead");
  });

  it("refuse at the publisher what cannot travel, and the next message arrives", async () => {
    const to = topic<unknown>("refused");
    const heard: unknown[] = [];
    const [one, end] = [spawn(1), system().subscribe(to, (payload) => heard.push(payload))];
    await one.ask("listen", { to: to as Topic<Price> });
    expect(() => system().publish(to, { nested: [() => 1] })).toThrow("payload.nested[0]");
    expect(() => system().publish(to, Buffer.alloc(9_000_000))).toThrow("Split it");
    expect(heard, "nobody hears what was refused").toEqual([]);
    expect(system().publish(to, undefined)).toBe("sent");
    const big = Buffer.alloc(1_000_000, 3);
    expect(system().publish(to, big)).toBe("sent");
    await until(async () => (await prices(one)).length === 2);
    expect((await prices(one))[0]).toBeUndefined();
    await until(async () => big.equals((await prices(one))[1] as unknown as Buffer));
    end();
    await stopped(one);
  });

  it("call a function of the system's user, until it is ended", async () => {
    const to = topic<Price>("called");
    const numbers: number[] = [];
    const ends = [1, 10].map((factor) =>
      system().subscribe(to, ({ number }) => numbers.push(number * factor)),
    );
    const failing = system().subscribe(to, () => {
      throw new Error("this one's own affair");
    });
    const one = spawn(1);
    expect(await one.ask("publish", { to, count: 3 })).toEqual(["sent", "sent", "sent"]);
    await until(async () => numbers.length === 6);
    expect(numbers).toEqual([0, 0, 1, 10, 2, 20]);
    for (const end of [...ends, failing]) end();
    expect(system().publish(to, { from: "", number: 1 })).toBe("dead");
    await stopped(one);
  });

  it("carry the type of what is published", async () => {
    expectTypeOf<TopicPayload<typeof Prices>>().toEqualTypeOf<Price>();
    const tick = topic<void>("tick");
    let ticks = 0;
    const end = system().subscribe(tick, (nothing) => {
      expectTypeOf(nothing).toEqualTypeOf<void>();
      ticks++;
    });
    expect(system().publish(tick)).toBe("sent");
    // @ts-expect-error a tick has no payload
    system().publish(tick, 1);
    // @ts-expect-error a price has a number
    system().publish(Prices, { from: "nowhere" });
    expect(ticks).toBe(2);
    end();
  });
});
