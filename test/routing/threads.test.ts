// Routers, pools and queues over real threads, some of which are lost.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ActorSystem, createSystem, type RefOf, routerOf, serviceKey } from "../../src/index.js";
import { Client, Errands, FairHands, Hand, Hands, KeyedHands } from "../fixtures/crew.js";

const THREADS = 3;
const ASKS = 2_000;

let system: ActorSystem;

beforeAll(async () => {
  system = await createSystem({ threads: THREADS, log: { log: () => undefined } });
});
afterAll(() => system.shutdown());

describe("over real threads", () => {
  it.each(["round-robin", "random", "smallest-mailbox"] as const)(
    "a router by %s brings every ask to a member and back",
    async (strategy) => {
      const refs = [0, 1, 2, 3].map((on) => system.spawn(Hand, { on }));
      const router = routerOf(refs, { strategy });
      const answers = await Promise.all(Array.from({ length: ASKS }, () => router.ask("id")));
      expect(new Set(answers)).toEqual(new Set(refs.map((ref) => ref.id)));
    },
  );

  it("a router follows the members of a service", async () => {
    const service = serviceKey("hands", Hand);
    const router = routerOf([] as RefOf<typeof Hand>[]);
    const changed = async (ids: readonly string[]) => {
      while (router.members.map(({ id }) => id).join() !== ids.join()) await new Promise(setImmediate);
    };
    const unsubscribe = system.registry.subscribe(service, (refs) => router.replace(refs));
    const spawn = (on: number) => system.spawn(Hand, { on });
    const [one, two, three] = [spawn(1), spawn(2), spawn(3)];
    for (const ref of [one, two]) await system.registry.join(service, ref);
    await changed([one.id, two.id]);
    expect(new Set([await router.ask("id"), await router.ask("id")])).toEqual(new Set([one.id, two.id]));
    system.stop(one);
    await system.registry.join(service, three);
    await changed([two.id, three.id]);
    await system.registry.leave(service, two);
    await changed([three.id]);
    expect(await router.ask("id")).toBe(three.id);
    unsubscribe();
  });

  it.each([
    ["on the main thread", Hands, 0],
    ["on another thread", Hands, 1],
    ["that balances, on the main thread", FairHands, 0],
    ["that balances, on another thread", FairHands, 1],
  ] as const)(
    "a pool %s serves askers on every thread, all its workers at work",
    async (_where, pool, on) => {
      const ref = system.spawn(pool, { on });
      const clients = [0, 1, 2, 3].map((thread) => system.spawn(Client, { on: thread }));
      for (const client of clients) {
        expect(await client.ask("sentByMe", ref)).toBe(true);
        const answers = await client.ask("askMany", { to: ref, count: ASKS });
        expect(answers).toHaveLength(ASKS);
        expect(new Set(answers).size).toBe(4);
      }
    },
  );

  it("a pool by consistent-hash keeps the order of a sender's messages for each key", async () => {
    const ref = system.spawn(KeyedHands, { on: 2 });
    const asked = Array.from({ length: ASKS }, (_, number) =>
      ref.ask("inOrder", { key: `key ${number % 50}`, number }),
    );
    expect(new Set(await Promise.all(asked))).toEqual(new Set([true]));
  });

  it("a pool that balances goes on while three of four workers are busy", async () => {
    const ref = system.spawn(FairHands, { on: 1 });
    const done = new AbortController();
    const held = [1, 2, 3].map(() =>
      ref.ask("untilCancelled", undefined, { signal: done.signal, timeoutMs: 0 }),
    );
    const answers = new Set<string>();
    for (let i = 0; i < 200; i++) answers.add(await ref.ask("id"));
    expect(answers.size).toBe(1);
    done.abort();
    for (const one of held) await expect(one).rejects.toMatchObject({ code: "CANCELLED" });
    while (answers.size < 4) answers.add(await ref.ask("id"));
  });

  it("a pool whose workers' thread is lost settles every ask, and has all its workers again", async () => {
    for (const pool of [Hands, FairHands]) {
      const ref = system.spawn(pool, { on: 0 });
      const before = new Set(await Promise.all(Array.from({ length: 100 }, () => ref.ask("id"))));
      expect(before.size).toBe(4);
      const asked = Array.from({ length: ASKS }, () =>
        ref.ask("id", undefined, { timeoutMs: 0 }).catch((e) => e.code),
      );
      await system.restartThread(2);
      const outcomes = new Set(await Promise.all(asked));
      for (const outcome of outcomes) expect([...before, "THREAD_LOST", "MAILBOX_FULL"]).toContain(outcome);
      const after = new Set<string>();
      while (after.size < 4) after.add(await ref.ask("id"));
      expect(after).toEqual(before);
    }
  });

  it("a work queue has every piece confirmed though threads are lost meanwhile", async () => {
    const queue = system.spawn(Errands, { on: 0 });
    const consumers = [1, 2, 3].map((on) => system.spawn(Hand, { on }));
    for (const consumer of consumers) queue.tell("join", { consumer, method: "work" });
    const pieces = 3_000;
    const taken: (number | "full")[] = [];
    for (let i = 0; i < pieces; i++) {
      taken.push(await queue.ask("add", `errand ${i}`));
      if (i % 1_000 === 500) void system.restartThread(1 + ((i / 500) % 3));
    }
    expect(taken).not.toContain("full");
    let status = await queue.ask("status");
    while (status.confirmed < pieces) status = await queue.ask("status");
    expect(status).toEqual({ waiting: 0, unconfirmed: 0, confirmed: pieces, consumers: 3 });
  });
});
