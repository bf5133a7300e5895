// Threads are killed at random, again and again, under asks, tells, watches, stops and births between them.
//
// Legal: an ask answers, or fails with one of the codes below. A watch of a permanent actor says nothing while it is
// brought back, and one word once it is stopped; a watch of a temporary one says one word. Nothing is left over.

import { afterAll, describe, expect, test } from "vitest";
import { type ActorRef, type ActorSystem, createSystem } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";
import { chance } from "../faults/seed.js";
import { Member, SlowWarden, Warden } from "../fixtures/storm.js";

const THREADS = 3;
const STORM_MS = 4_000;
const PAIRS = 4;
const OPEN_ASKS_MAX = 300;
const LEGAL_FAILURES = [
  "THREAD_LOST",
  "ACTOR_STOPPED",
  "NO_ACTOR",
  "MAILBOX_FULL",
  "SYSTEM_FULL",
  "STALE_INCARNATION",
];

const open: ActorSystem[] = [];
afterAll(async () => {
  for (const system of open) await system.shutdown();
});

async function openSystem(nativeDisabled = false): Promise<ActorSystem> {
  const system = await createSystem({ threads: THREADS, nativeDisabled, log: { log: () => undefined } });
  open.push(system);
  return system;
}

/** Children of a parent on thread 2, a few at a time. */
async function bear(parent: ActorRef, count: number): Promise<ActorRef[]> {
  const children: ActorRef[] = [];
  while (children.length < count) {
    const some = Array.from({ length: 50 }, () => parent.ask("keep", { on: 2, restart: "permanent" }));
    children.push(...(await Promise.all(some)));
  }
  return children;
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await soon();
}

class Storm {
  readonly system: ActorSystem;
  readonly outcomes: Record<string, number> = {};
  readonly notices: number[] = [];
  askCount = 0;
  settledCount = 0;
  unexpected: unknown = undefined;

  constructor(system: ActorSystem) {
    this.system = system;
  }

  count(promise: Promise<unknown>): void {
    this.askCount += 1;
    const note = (outcome: string): void => {
      this.settledCount += 1;
      this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    };
    promise.then(
      () => note("answered"),
      (error: Error & { code?: string }) => {
        if (!LEGAL_FAILURES.includes(error.code ?? "")) this.unexpected ??= error;
        note(error.code ?? error.message);
      },
    );
  }

  /** Counts the notices of one watch; its number. */
  watch(ref: ActorRef): number {
    const at = this.notices.push(0) - 1;
    this.system.watch(ref, () => {
      this.notices[at] = (this.notices[at] ?? 0) + 1;
    });
    return at;
  }
}

describe.each([
  ["with the addon", false],
  ["without the addon", true],
] as const)("threads lost at random, %s", (label, nativeDisabled) => {
  test("every ask settles, every watch says one word, permanent actors come back, nothing is left", async () => {
    const random = chance(`thread-loss ${label}`);
    const system = await openSystem(nativeDisabled);
    const storm = new Storm(system);
    const warden = system.spawn(Warden, { on: "this" });
    const members: ActorRef[] = [];
    for (let i = 0; i < PAIRS * THREADS; i += 1) {
      members.push(await warden.ask("keep", { on: 1 + (i % THREADS), restart: "permanent" }));
    }
    for (const member of members) storm.watch(member);
    const pick = (): ActorRef => members[random.below(members.length)] as ActorRef;
    const endMs = performance.now() + STORM_MS;
    let killed = 0;
    const killing = (async () => {
      while (performance.now() < endMs) {
        await new Promise((resolve) => setTimeout(resolve, 50 + random.below(100)));
        void system.restartThread(1 + random.below(THREADS));
        killed += 1;
      }
    })();
    while (performance.now() < endMs) {
      await soon();
      if (storm.askCount - storm.settledCount > OPEN_ASKS_MAX) continue;
      for (let i = 0; i < 5; i += 1) {
        storm.count(pick().ask("echo", { some: i }, { timeoutMs: 10_000 }));
        storm.count(pick().ask("askOther", { other: pick(), value: i }, { timeoutMs: 10_000 }));
        pick().tell("tell", 1);
      }
      storm.count(pick().ask("bear", random.below(THREADS + 1), { timeoutMs: 10_000 }));
      const brief: ActorRef = await warden.ask("keep", {
        on: 1 + random.below(THREADS),
        restart: "temporary",
      });
      storm.watch(brief);
      storm.count(brief.ask("echo", 1, { timeoutMs: 10_000 }));
      warden.tell("stop", brief);
    }
    await killing;
    await until(() => storm.askCount === storm.settledCount);
    expect(storm.unexpected).toBeUndefined();
    await until(() => system.threads().every((thread) => thread.state === "running"));
    for (const member of members)
      await until(() =>
        member.ask("echo", 1).then(
          () => true,
          () => false,
        ),
      );
    expect(storm.notices.slice(0, members.length), "restarts are no ends").toEqual(members.map(() => 0));
    for (const member of members) warden.tell("stop", member);
    await until(() => storm.notices.every((count) => count > 0));
    await until(() => system.threads().every((thread) => thread.actors === 0));
    // Whatever is still under way has arrived once every thread has answered.
    await Promise.all(
      [1, 2, 3].map((on) => system.spawn(Member, { on, restart: "temporary" }).ask("echo", 1)),
    );
    expect(storm.notices.every((count) => count === 1)).toBe(true);
    console.log(`${killed} losses, ${storm.notices.length} watches`, storm.outcomes);
    await system.shutdown();
  }, 60_000);
});

describe("a thread that is lost while", () => {
  test("its actor waits for its backoff: messages wait for the rebirth, and no watch ends", async () => {
    const system = await openSystem();
    const storm = new Storm(system);
    const warden = system.spawn(Warden, { on: "this" });
    const member = await warden.ask("keep", { on: 1, restart: "permanent" });
    const other = await warden.ask("keep", { on: 2, restart: "permanent" });
    await Promise.all([member.ask("echo", 1), other.ask("echo", 1)]);
    storm.watch(member);
    for (let round = 0; round < 10; round += 1) {
      await system.restartThread(1);
      expect(await member.ask("echo", round)).toBe(round);
      expect(await other.ask("askOther", { other: member, value: round })).toBe(round);
    }
    expect(storm.notices).toEqual([0]);
    await system.shutdown();
  });

  test("its actor waits ten seconds for its supervisor: mail and watches wait too (in virtual time)", async () => {
    const sim = new Simulation({ seed: 1, definitions: [Member, SlowWarden] });
    const warden = sim.spawn(SlowWarden, { on: "this" });
    const kept = warden.ask("keep", 1);
    await sim.run(1_000);
    const member = await kept;
    let ends = 0;
    sim.watch(member, () => (ends += 1));
    await sim.loseThread(1);
    const answer = member.ask("echo", "still there", { timeoutMs: 0 });
    await sim.run(20_000);
    expect(await answer).toBe("still there");
    expect(ends).toBe(0);
  });

  test("its actor is being stopped: the actor stays stopped", async () => {
    const system = await openSystem();
    const warden = system.spawn(Warden, { on: "this" });
    for (let round = 0; round < 10; round += 1) {
      const member = await warden.ask("keep", { on: 1, restart: "permanent" });
      await member.ask("echo", 1);
      const ended = new Promise<void>((resolve) => void system.watch(member, () => resolve()));
      const replaced = system.restartThread(1);
      // The order to stop leaves for a thread that will not read it any more.
      await warden.ask("stop", member);
      await Promise.all([replaced, ended]);
      await expect(member.ask("echo", 1)).rejects.toMatchObject({ code: "NO_ACTOR" });
      expect(system.threads()[0]?.actors).toBe(0);
    }
    await system.shutdown();
  });

  test("it has children elsewhere: they stop, and its successor's children are others", async () => {
    const system = await openSystem();
    for (let round = 0; round < 10; round += 1) {
      const parent = system.spawn(Member, { on: 1, restart: "temporary" });
      const children = await bear(parent, 50);
      await Promise.all(children.map((child) => child.ask("echo", 1)));
      await system.restartThread(1);
      const next = system.spawn(Member, { on: 1, restart: "temporary" });
      const fresh = await bear(next, 350);
      for (const [at, child] of fresh.entries()) child.tell("tell", at);
      const told = await Promise.all(fresh.map((child) => child.ask("told")));
      expect(told, "each is reached by its own ref alone").toEqual(fresh.map((_child, at) => at));
      for (const child of children)
        await expect(child.ask("echo", 1)).rejects.toMatchObject({ code: "NO_ACTOR" });
      system.stop(next);
      await until(() => system.threads()[1]?.actors === 0);
    }
    await system.shutdown();
  });
});
