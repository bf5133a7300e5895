// Streams: elements in order, never further ahead than the window, and an end for every one of them, wherever its
// writer and its reader are.

import { expect, it } from "vitest";
import type { ActorRef } from "../../src/index.js";
import { Reader, Streamer } from "../fixtures/streamer.js";
import { describeEverywhere, describeSystems } from "./everywhere.js";

type StreamerRef = ActorRef<NonNullable<(typeof Streamer)["protocol"]>>;

async function collect<E>(stream: AsyncIterable<E>, into: E[] = []): Promise<E[]> {
  for await (const element of stream) into.push(element);
  return into;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Asks until it holds: what it waits for comes by messages. */
async function until(ref: StreamerRef, holds: (state: { produced: number; ended: number }) => boolean) {
  for (;;) {
    const state = await ref.ask("state");
    if (holds(state)) return state;
    await new Promise(setImmediate);
  }
}

/** The state once it has not changed over some rounds through the mailbox and the event loop. */
async function settled(ref: StreamerRef) {
  let last = await ref.ask("state");
  for (let same = 0; same < 20; ) {
    await new Promise(setImmediate);
    const state = await ref.ask("state");
    same = state.produced === last.produced ? same + 1 : 0;
    last = state;
  }
  return last;
}

describeSystems((system) => {
  describeEverywhere((on) => {
    const spawn = () => system().spawn(Streamer, { on });

    it("yields what its generator yields, in order, and then ends", async () => {
      const streamer = spawn();
      expect(await collect(streamer.stream("count", 10))).toEqual(numbers(10));
      expect(await collect(streamer.stream("countLater", 1_000, { window: 7 }))).toEqual(numbers(1_000));
      expect(await collect(streamer.stream("count", 0))).toEqual([]);
      expect(await collect(streamer.stream("count", 3, { window: 1 }))).toEqual(numbers(3));
    });

    it("carries 100,000 elements", async () => {
      const streamer = spawn();
      let expected = 0;
      for await (const i of streamer.stream("count", 100_000)) {
        if (i !== expected++) throw new Error(`${i} came where ${expected - 1} was due`);
      }
      expect(expected).toBe(100_000);
      expect(await collect(streamer.stream("countLater", 20_000, { window: 1_024 }))).toHaveLength(20_000);
    });

    it("runs no further ahead of its reader than the window", async () => {
      const streamer = spawn();
      const stream = streamer.stream("endless", undefined, { window: 10 });
      let taken = 0;
      for (const more of [1, 7, 1, 20]) {
        for (let i = 0; i < more; i++) expect(await stream.next()).toEqual({ done: false, value: taken++ });
        const { produced } = await settled(streamer);
        expect(produced).toBeGreaterThan(taken);
        expect(produced).toBeLessThanOrEqual(taken + 10);
      }
      await stream.return();
    });

    it("ends its generator when the reader leaves the loop, and fires the handler's signal", async () => {
      const streamer = spawn();
      for await (const i of streamer.stream("endless")) if (i === 100) break;
      const { aborted, produced } = await until(streamer, ({ ended }) => ended === 1);
      expect(aborted).toBe(1);
      expect(produced).toBeLessThanOrEqual(101 + 64);
      expect((await settled(streamer)).produced).toBe(produced);
    });

    it("ends its generator when the reader throws, returns or cancels, and says so to the reader", async () => {
      const streamer = spawn();
      const thrown = streamer.stream("endless");
      await thrown.next();
      await expect(thrown.throw(new RangeError("mine"))).rejects.toThrow("mine");
      await until(streamer, ({ ended }) => ended === 1);
      expect(await thrown.next()).toEqual({ done: true, value: undefined });
      const controller = new AbortController();
      const cancelled = streamer.stream("endless", undefined, { signal: controller.signal, window: 2 });
      const heard: number[] = [];
      const reading = (async () => {
        for await (const i of cancelled) {
          heard.push(i);
          if (heard.length === 5) controller.abort();
        }
      })();
      await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
      await until(streamer, ({ ended }) => ended === 2);
      const never = streamer.stream("endless", undefined, { signal: AbortSignal.abort() });
      await expect(never.next()).rejects.toMatchObject({ code: "CANCELLED" });
    });

    it("ends a generator that waits, by its signal, and that is no fault", async () => {
      const streamer = spawn();
      streamer.tell("state");
      for await (const word of streamer.stream("pause")) {
        expect(word).toBe("first");
        break;
      }
      expect(await until(streamer, ({ ended }) => ended === 1)).toMatchObject({ ended: 1 });
    });

    it("fails with the handler's error after the elements that came before", async () => {
      const heard: number[] = [];
      await expect(collect(spawn().stream("failAfter", 1_000), heard)).rejects.toThrow("no more");
      expect(heard).toEqual(numbers(1_000));
      await expect(collect(spawn().stream("failAtOnce"))).rejects.toThrow("not one");
      const stream = spawn().stream("failAfter", 1);
      await stream.next();
      await expect(stream.next()).rejects.toThrow("no more");
      expect(await stream.next()).toEqual({ done: true, value: undefined });
    });

    it("fails when no element comes in time, and ends its generator", async () => {
      const streamer = spawn();
      const stream = streamer.stream("pause", undefined, { timeoutMs: 50 });
      expect(await stream.next()).toEqual({ done: false, value: "first" });
      await expect(stream.next()).rejects.toMatchObject({ code: "TIMEOUT" });
      await until(streamer, ({ ended }) => ended === 1);
    });

    it("holds its actor until it ends, unless it is listed as concurrent", async () => {
      const streamer = spawn();
      const holding = streamer.stream("holding", undefined, { window: 2 });
      await holding.next();
      await expect(streamer.ask("state", undefined, { timeoutMs: 50 })).rejects.toMatchObject({
        code: "TIMEOUT",
      });
      await holding.return();
      expect(await streamer.ask("state")).toMatchObject({ ended: 1 });
      const concurrent = streamer.stream("endless");
      await concurrent.next();
      expect(await streamer.ask("state")).toMatchObject({ ended: 1 });
      await concurrent.return();
    });

    it("opens nothing before somebody reads", async () => {
      const streamer = spawn();
      const streams = Array.from({ length: 100 }, () => streamer.stream("endless"));
      expect(await settled(streamer)).toMatchObject({ produced: 0, ended: 0 });
      for (const stream of streams) await stream.return();
      expect(await streams[0]?.next()).toEqual({ done: true, value: undefined });
      expect(await settled(streamer)).toMatchObject({ produced: 0, ended: 0 });
    });

    it("answers several that wait, in the order in which they began to", async () => {
      const stream = spawn().stream("countLater", 3);
      const results = await Promise.all([stream.next(), stream.next(), stream.next(), stream.next()]);
      expect(results.map(({ value }) => value)).toEqual([0, 1, 2, undefined]);
    });

    it("fails when the actor stops or crashes, after the elements that came before", async () => {
      for (const end of ["stop", "crash"] as const) {
        const streamer = spawn();
        const stream = streamer.stream("endless", undefined, { window: 4 });
        await stream.next();
        await settled(streamer);
        if (end === "stop") system().stop(streamer);
        else streamer.tell("crash");
        await new Promise<void>((resolve) => {
          if (end === "stop") system().watch(streamer, () => resolve());
          else void streamer.ask("state").then(() => resolve());
        });
        const heard: number[] = [];
        await expect(collect(stream, heard)).rejects.toMatchObject({ code: "ACTOR_STOPPED" });
        expect(heard.slice(0, 3)).toEqual([1, 2, 3]);
      }
    });

    it("fails for an actor that is gone, an unknown method, and one that answers once", async () => {
      const streamer = spawn();
      await expect(streamer.stream("state" as "count", 1).next()).rejects.toMatchObject({
        code: "WRONG_CALL",
      });
      await expect(streamer.stream("nothing" as "count", 1).next()).rejects.toMatchObject({
        code: "NO_METHOD",
      });
      await expect(streamer.ask("count" as "state", 1 as never)).rejects.toMatchObject({
        code: "WRONG_CALL",
        message: expect.stringContaining('ref.stream("count")'),
      });
      const gone = new Promise<void>((resolve) => void system().watch(streamer, () => resolve()));
      system().stop(streamer);
      await gone;
      await expect(streamer.stream("count", 1).next()).rejects.toMatchObject({ code: "NO_ACTOR" });
    });

    it("is read by actors elsewhere, and handed on by them", async () => {
      const streamer = spawn();
      for (const there of [0, 1, 2]) {
        const reader = system().spawn(Reader, { on: there });
        const heard = await reader.ask("read", { from: streamer, method: "count", payload: 500 });
        expect(heard).toEqual(numbers(500));
        const relay = system().spawn(Streamer, { on: there });
        const doubled = await collect(relay.stream("relay", { other: streamer, upTo: 300 }));
        expect(doubled).toEqual(numbers(300).map((i) => 2 * i));
      }
    });

    it("ends when the actor that reads it stops or crashes", async () => {
      for (const there of [0, 1, 2]) {
        const streamer = spawn();
        const stopped = system().spawn(Reader, { on: there });
        await stopped.ask("hold", { from: streamer, method: "endless" });
        system().stop(stopped);
        await until(streamer, ({ ended }) => ended === 1);
        const crashed = system().spawn(Reader, { on: there });
        await crashed.ask("hold", { from: streamer, method: "endless" });
        crashed.tell("crash");
        await until(streamer, ({ ended }) => ended === 2);
      }
    });

    it("carries elements that together are larger than a message may be", async () => {
      let next = 0;
      for await (const { number, inner } of spawn().stream("big", { count: 40, bytes: 512 * 1024 })) {
        expect(number).toBe(next++);
        expect(inner[0]?.length).toBe(512 * 1024);
        expect(inner[0]?.[0]).toBe(number);
      }
      expect(next).toBe(40);
    });

    it("refuses options that make no sense", () => {
      const streamer = spawn();
      for (const window of [0, -1, 1.5, Number.NaN, 1e6]) {
        expect(() => streamer.stream("count", 1, { window })).toThrow(/window/);
      }
      expect(() => streamer.stream("count", 1, { timeoutMs: -1 })).toThrow(/timeoutMs/);
    });
  });

  it("passes elements by reference on one thread", async () => {
    const streamer = system().spawn(Streamer, { on: "this" });
    const given = { some: "object" };
    for await (const same of streamer.stream("object", given)) expect(same).toBe(given);
  });

  it("fails at the element that cannot travel, after those before it, and its actor lives on", async () => {
    const streamer = system().spawn(Streamer, { on: 1 });
    const heard: unknown[] = [];
    await expect(collect(streamer.stream("unsendable"), heard)).rejects.toMatchObject({ code: "ENCODE" });
    expect(heard).toEqual([1, 2]);
    expect(await collect(streamer.stream("count", 2))).toEqual([0, 1]);
    expect(await streamer.ask("state")).toMatchObject({ start: 0 });
  });

  it("fails with THREAD_LOST when its actor's thread is lost", async () => {
    const streamer = system().spawn(Streamer, { on: 2 });
    const streams = (["endless", "stuck"] as const).map((method) => streamer.stream(method));
    for (const stream of streams) await stream.next();
    const ends = streams.map((stream) =>
      collect<unknown>(stream).catch((error: { code: string }) => error.code),
    );
    await system().restartThread(2);
    expect(await Promise.all(ends)).toEqual(["THREAD_LOST", "THREAD_LOST"]);
    expect(await collect(streamer.stream("count", 3))).toEqual(numbers(3));
  });

  it("ends when the thread of its reader is lost", async () => {
    const streamer = system().spawn(Streamer, { on: 1 });
    const reader = system().spawn(Reader, { on: 2 });
    for (let i = 0; i < 10; i++) await reader.ask("hold", { from: streamer, method: "endless" });
    await system().restartThread(2);
    await until(streamer, ({ ended }) => ended === 10);
    expect(await collect(streamer.stream("count", 3))).toEqual(numbers(3));
  });
});
