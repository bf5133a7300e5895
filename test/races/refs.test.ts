// Refs that travel faster than births, and actors that end while others reach for them.
//
// Legal for an ask that races an end: an answer, ACTOR_STOPPED (it waited in the mailbox), NO_ACTOR (it came too late).
// Legal for a watch that races an end: exactly one notice.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ActorRef, type ActorSystem, createSystem } from "../../src/index.js";
import { chance } from "../faults/seed.js";
import { Onlooker } from "../fixtures/onlooker.js";

const THREADS = 3;
const BIRTHS = 3_000;
const ENDS = 2_000;
const AT_ONCE = 50;
const LEGAL = ["answered", "ACTOR_STOPPED", "NO_ACTOR"];

describe.each([
  ["with the addon", false],
  ["without the addon", true],
] as const)("%s", (label, nativeDisabled) => {
  let system: ActorSystem;
  let onlookers: ActorRef[];
  beforeAll(async () => {
    system = await createSystem({ threads: THREADS, nativeDisabled, log: { log: () => undefined } });
    onlookers = [0, 1, 2, 3].map((on) => system.spawn(Onlooker, { on }));
    await Promise.all(onlookers.map((one) => one.ask("size")));
  });
  afterAll(() => system.shutdown());

  test("a ref that reaches a third thread before its actor is born leads to it all the same", async () => {
    const random = chance(`refs ${label}`);
    const outcomes: string[] = [];
    for (let born = 0; born < BIRTHS; born += AT_ONCE) {
      const looks = Array.from({ length: AT_ONCE }, async () => {
        const target = system.spawn(Onlooker, { on: 1 + random.below(THREADS) });
        const first = onlookers[random.below(onlookers.length)] as ActorRef;
        const second = onlookers[random.below(onlookers.length)] as ActorRef;
        const both = [first, second].map((one) =>
          one.ask("look", { target, watchFirst: true }, { timeoutMs: 0 }),
        );
        outcomes.push(...((await Promise.all(both)) as string[]));
        expect(await target.ask("size")).toBe(2);
        system.stop(target);
      });
      await Promise.all(looks);
    }
    expect(outcomes).toEqual(outcomes.map(() => "answered"));
  });

  test("an actor that stops while others reach for it settles each ask, and ends each watch once", async () => {
    const random = chance(`ends ${label}`);
    const counts: Record<string, number> = {};
    for (let ended = 0; ended < ENDS; ended += AT_ONCE) {
      const targets = Array.from({ length: AT_ONCE }, () => {
        return system.spawn(Onlooker, { on: random.below(THREADS + 1), restart: "temporary" });
      });
      const looks = targets.flatMap((target) => {
        const asked = onlookers.map((one) => {
          return one.ask("look", { target, watchFirst: random.below(2) === 0 }, { timeoutMs: 0 });
        });
        if (random.below(2) === 0) system.stop(target);
        return asked;
      });
      if (random.below(2) === 0) await onlookers[random.below(onlookers.length)]?.ask("size");
      for (const target of targets) system.stop(target);
      for (const outcome of (await Promise.all(looks)) as string[]) {
        expect(LEGAL).toContain(outcome);
        counts[outcome] = (counts[outcome] ?? 0) + 1;
      }
      await checkNotices(targets.map((target) => target.id));
    }
    console.log(label, counts);
  });

  /** Waits for each watch's word, then for whatever could still be under way. */
  async function checkNotices(ids: readonly string[]): Promise<void> {
    for (const onlooker of onlookers) {
      let notices: number[];
      do notices = (await onlooker.ask("noticesOf", ids)) as number[];
      while (notices.includes(0));
    }
    for (const onlooker of onlookers) {
      expect(await onlooker.ask("noticesOf", ids)).toEqual(ids.map(() => 1));
    }
  }
});
