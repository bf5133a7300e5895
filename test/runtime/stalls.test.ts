// Turns that hold their thread up: told of when they are long, looked into when they never end.

import { afterEach, describe, expect, it } from "vitest";
import { type ActorSystem, createSystem, type SystemEvent } from "../../src/index.js";
import { allocateBoard, Board } from "../../src/runtime/board.js";
import { MemoryWatch } from "../../src/runtime/memory.js";
import { VirtualTime } from "../../src/testkit/virtual-time.js";
import { Counter } from "../fixtures/counter.js";
import { Hog, Keeper } from "../fixtures/hog.js";

type EventOf<T extends SystemEvent["type"]> = Extract<SystemEvent, { type: T }>;

let system: ActorSystem;
afterEach(() => system.shutdown());

/** The next event of a type, if `fits` says so. */
function next<T extends SystemEvent["type"]>(
  type: T,
  fits: (event: EventOf<T>) => boolean = () => true,
): Promise<EventOf<T>> {
  return new Promise((resolve) => {
    const unsubscribe = system.events.subscribe((event) => {
      if (event.type !== type || !fits(event as EventOf<T>)) return;
      unsubscribe();
      resolve(event as EventOf<T>);
    });
  });
}

describe.each([
  { on: "this", nativeDisabled: false },
  { on: 1, nativeDisabled: false },
  { on: 2, nativeDisabled: true },
] as const)("a turn on $on", ({ on, nativeDisabled }) => {
  it("that is long is told of with its actor and method; short ones and those that wait are not", async () => {
    const lines: string[] = [];
    const log = { log: (_level: string, message: string) => void lines.push(message) };
    system = await createSystem({ threads: 2, longTurnMs: 40, nativeDisabled, log });
    const seen: EventOf<"long-turn">[] = [];
    system.events.subscribe((event) => event.type === "long-turn" && seen.push(event));
    const slow = system.spawn(Counter, { on, name: "slow" });
    const quick = system.spawn(Counter, { on, name: "quick" });
    const waits = system.spawn(Counter, { on, name: "waits" });
    await Promise.all([slow.ask("get"), quick.ask("get"), waits.ask("get")]);
    const told = next("long-turn", ({ path }) => path === "/user/slow");
    for (let i = 0; i < 50; i++) quick.tell("add", 1);
    const waiting = waits.ask("slow", 120);
    slow.tell("spin", 150);
    for (let i = 0; i < 50; i++) quick.tell("add", 1);
    expect(await quick.ask("get")).toBe(100);
    const event = await told;
    expect(event).toMatchObject({ thread: on === "this" ? 0 : on, method: "spin" });
    expect(event.ms).toBeGreaterThanOrEqual(150);
    await waiting;
    expect(seen.filter(({ method }) => method !== "spin")).toEqual([]);
    expect(lines).toContain("a turn held its thread up");
  });
});

describe("a thread that makes no progress", () => {
  it.each([false, true])(
    "is looked into before it is replaced (without the addon: %s)",
    async (nativeDisabled) => {
      system = await createSystem({
        threads: 2,
        stallMs: 1_500,
        nativeDisabled,
        log: { log: () => undefined },
      });
      const keeper = system.spawn(Keeper, { on: "this", name: "keeper" });
      const victim = await keeper.ask("keep", 1);
      await victim.ask("ping");
      const stalled = next("thread-stalled");
      const lost = next("thread-lost");
      const replaced = next("thread-replaced");
      victim.tell("spinForever");
      const event = await stalled;
      expect(event).toMatchObject({ thread: 1, path: "/user/keeper/$1", method: "spinForever" });
      expect(event.stack).toMatch(/^at spinForever \(.*hog\.js:\d+:\d+\)\nat runMessage/);
      expect((await lost).reason).toContain('in /user/keeper/$1, method "spinForever"');
      await replaced;
      expect(system.threads()).toMatchObject([{ stalls: 1 }, { stalls: 0 }]);
      expect(await victim.ask("ping")).toBe(1);
      expect(await system.spawn(Hog, { on: 2 }).ask("ping")).toBe(1);
    },
  );
});

describe("a thread's memory", () => {
  it("is sampled with its buffers, and told of when it is over the soft limit", async () => {
    system = await createSystem({ threads: 1, softMemoryMb: 128, log: { log: () => undefined } });
    const told = next("thread-memory");
    await system.spawn(Hog, { on: 1 }).ask("hold", 160);
    const { thread, bytes, limitBytes } = await told;
    expect([thread, limitBytes]).toEqual([1, 128 * 2 ** 20]);
    expect(bytes).toBeGreaterThan(160 * 2 ** 20);
    expect(system.threads()[0]?.memoryBytes).toBeGreaterThan(limitBytes);
  });

  it("over the limit is told of once, and again after it was below", () => {
    const board = new Board(allocateBoard());
    const time = new VirtualTime();
    const told: number[] = [];
    const watch = new MemoryWatch({
      board,
      timers: time,
      limitBytes: 100,
      threads: () => [1, 2],
      emit: (event) => event.type === "thread-memory" && told.push(event.bytes),
    });
    watch.start();
    for (const bytes of [99, 100, 101, 150, 100, 200, 300]) {
      board.setMemory(2, bytes);
      time.advance(Number.POSITIVE_INFINITY);
    }
    expect(told).toEqual([101, 200]);
    watch.close();
    expect(time.armed).toBe(0);
  });
});
