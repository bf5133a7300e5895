// Topics in one isolate, where rings can be filled, mailboxes too, and nothing waits for a clock.

import { describe, expect, it } from "vitest";
import { type ActorRef, defineActor, type Topic, topic } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

/** A ring of the simulation holds 8 KiB: two of these, and no more. */
const LARGE = "x".repeat(2_500);

/** What was heard in the run under way. One isolate, one run at a time. */
let heard: string[] = [];

const Subscriber = defineActor({
  module: "simulated",
  name: "Subscriber",
  state: (name: string) => ({ name, open: () => undefined as void }),
  mailbox: { capacity: 8 },
  supervision: { intensity: { restarts: 100, withinMs: 1_000 } },
  on: {
    listen(ctx, { to, method = "hear" }: { to: Topic<string>; method?: string }) {
      // A method it does not have is refused at run time, too.
      ctx.subscribe(to, method as "hear");
    },
    quiet(ctx, to: Topic<string>) {
      ctx.unsubscribe(to);
    },
    hear(ctx, text: string) {
      heard.push(`${ctx.state.name} ${text.slice(0, 20)}`);
    },
    hearToo(ctx, text: string) {
      heard.push(`${ctx.state.name} too ${text}`);
    },
    hold: (ctx) => new Promise<void>((resolve) => (ctx.state.open = resolve)),
    talk(ctx, { to, other }: { to: Topic<string>; other: ActorRef }) {
      ctx.publish(to, "one");
      ctx.tell(other, "hear", "between");
      ctx.publish(to, "two");
    },
    fail(): never {
      throw new Error("on purpose");
    },
  },
});

function open(): Simulation {
  heard = [];
  return new Simulation({ seed: 1, definitions: [Subscriber] });
}

function subscribe(sim: Simulation, to: Topic<string>, name: string, on: number | "this") {
  const subscriber = sim.spawn(Subscriber, { on, args: name });
  subscriber.tell("listen", { to });
  return subscriber;
}

describe("a topic", () => {
  it("costs one record for a thread, however many subscribe there", async () => {
    const sim = open();
    const to = topic<string>("large");
    for (let i = 0; i < 20; i++) subscribe(sim, to, `s${i}`, 1);
    await sim.run();
    expect([sim.publish(to, LARGE), sim.publish(to, LARGE)]).toEqual(["sent", "sent"]);
    await sim.run();
    expect(heard).toHaveLength(40);
  });

  it("answers full when a thread has no room; its subscribers miss the message, and the others hear it", async () => {
    const sim = open();
    const to = topic<string>("flood");
    for (const on of ["this", 1] as const) subscribe(sim, to, `s on ${on}`, on);
    await sim.run();
    const answers = Array.from({ length: 8 }, (_, i) => sim.publish(to, `${i} ${LARGE}`));
    expect(answers).toContain("full");
    await sim.run();
    const missed = answers.filter((answer) => answer === "full");
    expect(heard.filter((line) => line.startsWith("s on this"))).toHaveLength(8);
    expect(heard.filter((line) => line.startsWith("s on 1"))).toHaveLength(8 - missed.length);
    const letters = sim.deadLettersOf(0).filter(({ receiver }) => receiver === "subscribers on thread 1");
    expect(letters.map(({ method, reason }) => ({ method, reason }))).toEqual(
      missed.map(() => ({ method: "flood", reason: "dropped" })),
    );
  });

  it("passes by a subscriber whose mailbox is full: a dead letter there, and nothing for the others", async () => {
    for (const on of ["this", 1] as const) {
      const sim = open();
      const to = topic<string>("busy");
      const [busy] = [subscribe(sim, to, "busy", on), subscribe(sim, to, "free", on)];
      await sim.run();
      busy.tell("hold");
      await sim.run();
      for (let i = 0; i < 10; i++) {
        expect(sim.publish(to, `${i}`)).toBe("sent");
        await sim.run();
      }
      expect(heard).toEqual(Array.from({ length: 10 }, (_, i) => `free ${i}`));
      const letters = sim.deadLettersOf(on === "this" ? 0 : on);
      expect(letters.map(({ payload, reason }) => [payload, reason])).toEqual([
        ["8", "dropped"],
        ["9", "dropped"],
      ]);
    }
  });

  it("keeps its order among a publisher's other messages, and a publisher hears itself", async () => {
    for (const on of ["this", 2] as const) {
      const sim = open();
      const to = topic<string>("between");
      const [talker, other] = [subscribe(sim, to, "talker", 1), subscribe(sim, to, "other", on)];
      await sim.run();
      talker.tell("talk", { to, other });
      await sim.run();
      expect(heard.filter((line) => line.startsWith("other"))).toEqual([
        "other one",
        "other between",
        "other two",
      ]);
      expect(heard.filter((line) => line.startsWith("talker"))).toEqual(["talker one", "talker two"]);
    }
  });

  it("calls one method of a subscriber, the one named last, before and after a restart", async () => {
    const sim = open();
    const to = topic<string>("method");
    const one = subscribe(sim, to, "one", 1);
    one.tell("listen", { to, method: "hearToo" });
    await sim.run();
    sim.publish(to, "a");
    one.tell("fail");
    await sim.run();
    sim.publish(to, "b");
    await sim.run();
    expect(heard).toEqual(["one too a", "one too b"]);
    const refused = one.ask("listen", { to, method: "here" }, { timeoutMs: 0 }).catch(({ code }) => code);
    await sim.run();
    expect(await refused).toBe("NO_METHOD");
  });

  it("has no subscribers on the successor of a lost thread until they subscribe", async () => {
    const sim = open();
    const to = topic<string>("lost");
    const one = subscribe(sim, to, "one", 1);
    await sim.run();
    await sim.loseThread(1);
    await sim.run();
    expect(sim.publish(to, "nobody")).toBe("dead");
    one.tell("listen", { to });
    await sim.run();
    expect(sim.publish(to, "somebody")).toBe("sent");
    await sim.run();
    expect(heard).toEqual(["one somebody"]);
  });

  it("is never taken for another whose number it shares", async () => {
    const sim = open();
    const to = topic<string>("mine");
    const other = Array.from({ length: 20_000 }, (_, i) => topic<string>(`other ${i}`)).find(
      ({ number }) => number === to.number,
    ) as Topic<string>;
    const one = subscribe(sim, to, "one", 1);
    await sim.run();
    sim.publish(other, "not for one");
    sim.publish(to, "for one");
    const two = subscribe(sim, other, "two", 1);
    await sim.run();
    one.tell("quiet", to);
    await sim.run();
    sim.publish(other, "for two");
    await sim.run();
    expect(heard).toEqual(["one for one", "two for two"]);
    two.tell("quiet", other);
    await sim.run();
    expect([sim.publish(to, "nobody"), sim.publish(other, "nobody")]).toEqual(["dead", "dead"]);
  });

  it("leaves nothing behind after 10,000 subscriptions, by their end or their actors'", async () => {
    const sim = open();
    const watched = sim.leftovers().watches;
    for (let i = 0; i < 100; i++) {
      const subscribers = Array.from({ length: 100 }, (_, at) =>
        subscribe(sim, topic<string>(`t${i}.${at % 10}`), `s${at}`, at % 3 || "this"),
      );
      await sim.run();
      subscribers.forEach((one, at) => {
        if (at % 2 === 0) one.tell("quiet", topic<string>(`t${i}.${at % 10}`));
        else sim.stop(one);
      });
      await sim.run();
      for (const one of subscribers) sim.stop(one);
      await sim.run();
    }
    expect(sim.leftovers()).toMatchObject({ actors: 0, openAsks: 0, watches: watched });
  });

  it("has a name", () => {
    expect(() => topic("")).toThrow('the name of a topic: ""; give 1 to 256 characters');
    expect(topic("same")).toEqual(topic("same"));
  });
});
