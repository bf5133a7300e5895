// Work pulling: who gets which work, how much at a time, and when it goes out again. Virtual time; threads are lost.

import { describe, expect, expectTypeOf, it } from "vitest";
import { type ActorRef, type Consumer, defineActor, defineWorkQueue, type Work } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

/** What a test looks at from outside: the actors run in the same isolate, one run at a time. */
interface Delivery {
  readonly by: string;
  readonly id: number;
  readonly attempt: number;
  readonly atMs: number;
}
let given: Delivery[] = [];
let gates: (() => void)[] = [];
let startMs = 0;

const Puller = defineActor({
  module: "simulated",
  name: "Puller",
  state: () => ({ queue: undefined as ActorRef | undefined }),
  concurrent: ["hold"],
  on: {
    /** Done as soon as it returns. */
    work(ctx, work: Work<string>) {
      note(ctx.name, work, ctx.clock.wallMs());
    },
    async hold(ctx, work: Work<string>) {
      note(ctx.name, work, ctx.clock.wallMs());
      await new Promise<void>((resolve) => gates.push(resolve));
    },
    failTwice(ctx, work: Work<string>) {
      note(ctx.name, work, ctx.clock.wallMs());
      if (work.attempt < 3) throw new Error("not yet");
    },
    /** Done when somebody says so. */
    take(ctx, work: Work<string>) {
      note(ctx.name, work, ctx.clock.wallMs());
    },
    leave: (ctx) => ctx.stop(),
  },
});

function note(by: string, { id, attempt }: Work<string>, wallMs: number): void {
  given.push({ by, id, attempt, atMs: wallMs - startMs });
}

const Queue = defineWorkQueue<string>({ module: "simulated", name: "Queue" });

type Join = Partial<Omit<Consumer, "consumer">> & { readonly on?: number; readonly restart?: "temporary" };

function open({ on = 0, seed = 1, queue = Queue } = {}) {
  const sim = new Simulation({ seed, definitions: [Puller, queue], threads: 3 });
  given = [];
  gates = [];
  startMs = sim.time.wallMs();
  const ref = sim.spawn(queue, { name: "queue", on });
  const join = (name: string, { on: where = 0, restart, ...rest }: Join = {}) => {
    const consumer = sim.spawn(Puller, { name, on: where, ...(restart === undefined ? {} : { restart }) });
    ref.tell("join", { consumer, method: "work", ...rest });
    return consumer;
  };
  const add = async (count: number) => {
    const ids = Array.from({ length: count }, (_, i) => ref.ask("add", `work ${i}`));
    await rest(sim);
    return Promise.all(ids);
  };
  const status = async () => {
    const answer = ref.ask("status");
    await rest(sim);
    return answer;
  };
  return { sim, ref, join, add, status };
}

/** Runs what can run now; with `forMs`, also what the clock brings. */
function rest(sim: Simulation, forMs = 50): Promise<void> {
  return sim.run(sim.time.elapsedMs + forMs);
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("a work queue", () => {
  it("takes and gives the type of work it is for", () => {
    const { ref } = open();
    expectTypeOf(ref.ask<"add">)
      .parameter(1)
      .toEqualTypeOf<string>();
    expectTypeOf(ref.ask<"add">).returns.resolves.toEqualTypeOf<number | "full">();
    // @ts-expect-error the work is a text
    expect(ref.tell("add", 5)).toBe("sent");
  });

  it.each([0, 1])(
    "on thread %i gives each piece to one of those that joined, all of them in turn",
    async (on) => {
      const { sim, join, add, status } = open({ on });
      expect(await add(10)).toEqual(range(1, 10));
      for (const where of [0, 1, 2]) join(`c${where}`, { on: where });
      await rest(sim);
      await add(20);
      expect(given.map(({ id }) => id).sort((a, b) => a - b)).toEqual(range(1, 30));
      expect(given.every(({ attempt }) => attempt === 1)).toBe(true);
      expect(new Set(given.map(({ by }) => by)).size).toBe(3);
      expect(await status()).toEqual({ waiting: 0, unconfirmed: 0, confirmed: 30, consumers: 3 });
    },
  );

  it.each(["return", "explicit"] as const)(
    "lets a consumer hold 50 pieces unconfirmed, and gives it one more for each it confirms by %s",
    async (confirm) => {
      const { sim, ref, join, add, status } = open();
      join("c", { method: confirm === "return" ? "hold" : "take", confirm, on: 1 });
      await add(80);
      expect(given).toHaveLength(50);
      if (confirm === "return") for (const opened of gates.splice(0, 7)) opened();
      else for (const id of range(1, 7)) ref.tell("confirm", id);
      await rest(sim);
      expect(given).toHaveLength(57);
      expect(await status()).toEqual({ waiting: 23, unconfirmed: 50, confirmed: 7, consumers: 1 });
    },
  );

  it("answers whether a join, a leave or a confirmation changed anything", async () => {
    const { sim, ref, add } = open();
    const consumer = sim.spawn(Puller, { name: "c" });
    const way = { consumer, method: "take", confirm: "explicit" } as const;
    await add(1);
    const answers = Promise.all([
      ref.ask("leave", consumer),
      ref.ask("join", way),
      ref.ask("join", way),
      ref.ask("confirm", 1),
      ref.ask("confirm", 1),
      ref.ask("leave", consumer),
      ref.ask("leave", consumer),
      ref.ask("join", way),
    ]);
    await rest(sim);
    expect(await answers).toEqual([false, true, false, true, false, true, false, true]);
  });

  it("says full when it keeps as many pieces as it may, and takes more once some are confirmed", async () => {
    const queue = defineWorkQueue<string>({ name: "Queue", capacity: 5 });
    const { sim, join, add } = open({ queue });
    expect(await add(7)).toEqual([1, 2, 3, 4, 5, "full", "full"]);
    join("c");
    await rest(sim);
    expect(await add(1)).toEqual([6]);
  });

  it("gives out again what nobody confirms, after 2 s, then twice as long each time up to 30 s", async () => {
    const { sim, ref, join, add, status } = open();
    join("c", { method: "take", confirm: "explicit" });
    await add(1);
    await rest(sim, 100_000);
    const pauses = given.slice(1).map(({ atMs }, i) => Math.round((atMs - (given[i]?.atMs ?? 0)) / 1_000));
    expect(pauses).toEqual([2, 4, 8, 16, 30, 30]);
    expect(given.map(({ id, attempt }) => [id, attempt])).toEqual(range(1, 7).map((attempt) => [1, attempt]));
    ref.tell("confirm", 1);
    await sim.run();
    expect(given).toHaveLength(7);
    expect(await status()).toEqual({ waiting: 0, unconfirmed: 0, confirmed: 1, consumers: 1 });
  });

  it("gives unconfirmed work to another consumer, and one confirmation is enough", async () => {
    const { sim, ref, join, add } = open();
    join("slow", { method: "take", confirm: "explicit" });
    await add(1);
    join("other", { method: "take", confirm: "explicit", on: 1 });
    await rest(sim, 2_500);
    expect(given.map(({ by, attempt }) => [by, attempt])).toEqual([
      ["slow", 1],
      ["other", 2],
    ]);
    ref.tell("confirm", 1);
    ref.tell("confirm", 1);
    await sim.run();
    expect(given).toHaveLength(2);
  });

  it("gives out again after a pause what its consumer failed at", async () => {
    // Further apart than its supervisor minds.
    const queue = defineWorkQueue<string>({ name: "Queue", resend: { minMs: 6_000, maxMs: 60_000 } });
    const { sim, join, add, status } = open({ queue });
    join("c", { method: "failTwice", on: 1 });
    await add(1);
    await rest(sim, 30_000);
    const pauses = given.slice(1).map(({ atMs }, i) => Math.round((atMs - (given[i]?.atMs ?? 0)) / 1_000));
    expect(pauses).toEqual([6, 12]);
    expect(await status()).toMatchObject({ unconfirmed: 0, confirmed: 1 });
  });

  it("does not give out again what its consumer is still at, however long it takes", async () => {
    const { sim, join, add, status } = open();
    for (const on of [0, 1]) join(`c${on}`, { method: "hold", on });
    await add(2);
    await rest(sim, 600_000);
    expect(given).toHaveLength(2);
    for (const opened of gates.splice(0)) opened();
    await rest(sim);
    expect(await status()).toMatchObject({ unconfirmed: 0, confirmed: 2 });
  });

  it.each([
    ["return", 0],
    ["return", 2],
    ["explicit", 0],
    ["explicit", 2],
  ] as const)(
    "gives what a consumer held to others when it is gone, confirming by %s on thread %i",
    async (confirm, on) => {
      const { sim, ref, join, add, status } = open({ on: 1 });
      const method = confirm === "return" ? "hold" : "take";
      const gone = join("gone", { method, confirm, on, restart: "temporary" });
      await add(60);
      expect(given).toHaveLength(50);
      join("stays", { on: 3 });
      sim.stop(gone);
      await rest(sim, 1_000);
      const done = new Map(given.filter(({ by }) => by === "stays").map(({ id, attempt }) => [id, attempt]));
      expect([...done.keys()].sort((a, b) => a - b)).toEqual(range(1, 60));
      expect([...done].filter(([, attempt]) => attempt === 2)).toHaveLength(50);
      expect(await status()).toEqual({ waiting: 0, unconfirmed: 0, confirmed: 60, consumers: 1 });
      expect(ref.tell("confirm", 1)).toBe("sent");
    },
  );

  it.each([
    ["here", 0, "fault"],
    ["on another thread", 1, "no-method"],
  ] as const)(
    "takes no consumer %s that has no such method, and says so; others get the work",
    async (_where, on, reason) => {
      const { sim, ref, join, add, status } = open();
      const wrong = join("wrong", { method: "sing", on });
      join("right");
      await add(10);
      await rest(sim, 5_000);
      expect(await status()).toEqual({ waiting: 0, unconfirmed: 0, confirmed: 10, consumers: 1 });
      const refused = sim.allDeadLetters().filter(({ method }) => method === "join");
      expect(refused).toMatchObject([{ receiver: "/user/queue", payload: { method: "sing" }, reason }]);
      ref.tell("join", { consumer: wrong, method: "work" });
      await add(10);
      expect(await status()).toMatchObject({ confirmed: 20, consumers: 2 });
      expect(given.some(({ by }) => by === "wrong")).toBe(true);
    },
  );

  it("refuses what it cannot mean, told or asked, and keeps its work", async () => {
    const { sim, ref, join, add, status } = open();
    const consumer = sim.spawn(Puller, { name: "c", on: 0 });
    await add(5);
    for (const [method, wrong, says] of [
      ["join", undefined, "join: undefined; give {consumer: its ref, method"],
      [
        "join",
        { consumer: undefined, method: "work" },
        "join: consumer: undefined; give the ref of an actor",
      ],
      ["join", { consumer, method: 5 }, "method 5: give the name of a method"],
      [
        "join",
        { consumer, method: "sing" },
        '/user/c cannot take work by "sing": it has work, hold, failTwice',
      ],
      [
        "join",
        { consumer, method: "work", confirm: "later" },
        'confirm: "later"; give "return" or "explicit"',
      ],
      ["join", { consumer, method: "work", timeoutMs: -1 }, "timeoutMs: -1; give milliseconds"],
      ["join", { consumer, method: "work", window: 5 }, "join knows no window; it takes consumer, method"],
      ["leave", undefined, "leave: undefined; give the ref of who joined"],
      ["confirm", "1", 'confirm: "1"; give the id of a piece of work'],
      ["#ended", undefined, '"#ended" is the queue\'s own'],
    ] as const) {
      const answer = (ref as ActorRef).ask(method, wrong).catch(({ message }: Error) => message);
      (ref as ActorRef).tell(method, wrong);
      await rest(sim);
      expect(await answer).toContain(says);
    }
    expect(sim.allDeadLetters().map(({ reason }) => reason)).toEqual(new Array(10).fill("fault"));
    expect(await status()).toEqual({ waiting: 5, unconfirmed: 0, confirmed: 0, consumers: 0 });
    join("right");
    expect(await add(1)).toEqual([6]);
    expect(await status()).toMatchObject({ waiting: 0, confirmed: 6 });
  });

  it.each(["return", "explicit"] as const)(
    "drops what cannot travel to its consumer, once, and says so to who gave it, confirming by %s",
    async (confirm) => {
      const { sim, ref, join, add, status } = open();
      const method = confirm === "return" ? "work" : "take";
      const stuck = (() => 1) as unknown as string;
      // Nobody has joined yet: taken for now, and a dead letter later.
      const early = ref.ask("add", stuck);
      await rest(sim);
      expect(await early).toBe(1);
      join("c", { method, confirm, on: 1 });
      await rest(sim);
      const refused = expect(ref.ask("add", stuck)).rejects.toMatchObject({
        code: "ENCODE",
        message: expect.stringContaining("payload.work: a Function cannot travel"),
      });
      ref.tell("add", stuck);
      expect(await add(1)).toEqual([4]);
      await refused;
      if (confirm === "explicit") ref.tell("confirm", 4);
      await rest(sim, 100_000);
      const letter = { receiver: "/user/queue", method: "add", payload: stuck, reason: "dropped" };
      expect(sim.allDeadLetters()).toMatchObject([letter, letter]);
      expect(sim.happened).toContainEqual(
        expect.objectContaining({ type: "messages-lost", reason: "dropped" }),
      );
      expect(given).toMatchObject([{ id: 4, attempt: 1 }]);
      expect(await status()).toEqual({ waiting: 0, unconfirmed: 0, confirmed: 1, consumers: 1 });
    },
  );

  it("cancels and gives out again what takes longer than its consumer allows", async () => {
    const { sim, join, add } = open();
    join("c", { method: "hold", timeoutMs: 1_000 });
    await add(1);
    await rest(sim, 3_500);
    expect(given.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it("gives no more to who has left; what it holds it may finish", async () => {
    const { sim, ref, join, add, status } = open();
    const c = join("c", { method: "hold" });
    await add(1);
    ref.tell("leave", c);
    await add(3);
    expect(given).toHaveLength(1);
    for (const opened of gates.splice(0)) opened();
    await rest(sim);
    expect(await status()).toEqual({ waiting: 3, unconfirmed: 0, confirmed: 1, consumers: 0 });
    ref.tell("join", { consumer: c, method: "hold" });
    await rest(sim);
    expect(given).toHaveLength(4);
  });

  for (let seed = 1; seed <= 20; seed++) {
    it(`delivers every piece at least once though threads are lost, under seed ${seed}`, async () => {
      const { sim, ref, join, add, status } = open({ seed });
      for (const on of [1, 2, 3]) {
        join(`returns ${on}`, { on });
        join(`says so ${on}`, { on, method: "take", confirm: "explicit", restart: "temporary" });
      }
      for (let round = 0; round < 8; round++) {
        await add(20);
        for (let steps = sim.random.below(20); steps > 0; steps--) await sim.step(sim.time.elapsedMs + 100);
        if (round % 2 === 1) await sim.loseThread(1 + sim.random.below(3));
        for (const { by, id } of given) {
          if (by.startsWith("says") && sim.random.below(3) > 0) ref.tell("confirm", id);
        }
      }
      for (let wait = 0; wait < 10; wait++) {
        await rest(sim, 35_000);
        for (const { by, id } of given) if (by.startsWith("says")) ref.tell("confirm", id);
      }
      await sim.run();
      expect(await status()).toMatchObject({ waiting: 0, unconfirmed: 0, confirmed: 160 });
      expect(new Set(given.map(({ id }) => id)).size).toBe(160);
      const attempts = new Set(given.map(({ id, attempt }) => `${id}/${attempt}`));
      expect(attempts.size, "no attempt goes out twice").toBe(given.length);
    });
  }

  it("refuses a window, a capacity or a pause that cannot work", () => {
    const name = "Queue";
    expect(() => defineWorkQueue({ name, window: 0 })).toThrow(/window 0/);
    expect(() => defineWorkQueue({ name, capacity: 1.5 })).toThrow(/capacity 1.5/);
    expect(() => defineWorkQueue({ name, resend: { minMs: 5, maxMs: 1 } })).toThrow(/resend from 5 to 1/);
    expect(() => defineWorkQueue({ name, windows: 5 } as { name: string })).toThrow(/knows no windows/);
  });
});
