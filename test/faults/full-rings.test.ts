// Rings full both ways: two threads that flood each other. Nothing ever waits on a ring's room, so nothing can lock:
// what is refused is told so, and what was accepted arrives, once, in order, answers included.

import { afterEach, describe, expect, test } from "vitest";
import { type ActorRef, type ActorSystem, createSystem } from "../../src/index.js";
import { Flooder } from "../fixtures/flooder.js";

const open: ActorSystem[] = [];
afterEach(async () => {
  for (const system of open.splice(0)) await system.shutdown();
});

const TINY = { dataBytes: 8 * 1024, controlBytes: 8 * 1024 };

describe.each([
  ["rings of the usual size", undefined],
  ["tiny rings", TINY],
] as const)("%s", (_label, rings) => {
  async function pair(): Promise<[ActorRef, ActorRef]> {
    const settings = { threads: 2, log: { log: () => undefined } };
    const system = await createSystem(rings === undefined ? settings : { ...settings, rings });
    open.push(system);
    return [system.spawn(Flooder, { on: 1 }), system.spawn(Flooder, { on: 2 })];
  }

  const flood = { count: 20_000, bytes: 100 };
  const chunked = { count: rings === undefined ? 15 : 6, bytes: rings === undefined ? 3_000_000 : 500_000 };
  const asks = { count: rings === undefined ? 5_000 : 1_000, bytes: 400 };
  const chunkedAsks = { count: 12, bytes: 700_000 };
  const forever = { timeoutMs: 0 };

  test.each([
    ["small messages", flood],
    ["messages that go in pieces", chunked],
  ] as const)(
    "two threads that flood each other with %s deliver all they accepted, in order",
    async (_what, wish) => {
      const [one, two] = await pair();
      const full = await Promise.all([
        one.ask("flood", { ...wish, other: two }, forever),
        two.ask("flood", { ...wish, other: one }, forever),
      ]);
      expect(full[0] + full[1], "the rings were never full").toBeGreaterThan(0);
      for (const flooder of [one, two]) {
        let report = await flooder.ask("report");
        while (report.taken < wish.count) report = await flooder.ask("report");
        expect(report).toMatchObject({ taken: wish.count, wrong: 0 });
      }
    },
  );

  test.each([
    ["small", asks],
    ["in pieces", chunkedAsks],
  ] as const)("answers that are %s arrive, however full the way back is", async (_what, wish) => {
    const [one, two] = await pair();
    const floods = [
      one.ask("flood", { ...flood, other: two }, forever),
      two.ask("flood", { ...flood, other: one }, forever),
    ];
    await Promise.all([
      one.ask("askAll", { ...wish, other: two }, forever),
      two.ask("askAll", { ...wish, other: one }, forever),
      ...floods,
    ]);
    for (const flooder of [one, two]) {
      let report = await flooder.ask("report");
      while (report.taken < flood.count) report = await flooder.ask("report");
      expect(report).toMatchObject({ taken: flood.count, wrong: 0 });
    }
  });

  test("a control message is never behind a flood", async () => {
    const [one, two] = await pair();
    const system = open.at(-1) as ActorSystem;
    const flooding = one.ask("flood", { ...chunked, count: 1_000, other: two }, forever);
    const ended = new Promise((resolve) => void system.watch(two, (reason) => resolve(reason.code)));
    while ((await two.ask("report")).taken < 3);
    system.stop(two);
    expect(await ended).toBe("stopped");
    expect(await flooding, "the flood was under way").toBeGreaterThan(0);
  });
});
