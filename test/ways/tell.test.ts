// The way of a message to an actor on another thread:
//   actor/ref > runtime/router > wire/codec > ring/writer ‖ ring/reader > runtime/inbound > actor/mailbox > actor/turn

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ActorRef, type ActorSystem, createSystem } from "../../src/index.js";
import { Counter, Echo } from "../fixtures/counter.js";

const PAYLOADS: readonly (readonly [what: string, value: unknown])[] = [
  ["nothing", undefined],
  ["null", null],
  ["a number", -1.5],
  ["a long text outside ASCII", "漢字 und Ümläute ".repeat(500)],
  ["an object of objects", { a: [1, { b: "c" }], d: true }],
  ["a date, a map, a set", [new Date(0), new Map([["k", 1]]), new Set([1, 2])]],
  ["a big integer", 2n ** 60n],
  ["typed arrays", [new Float32Array([0.5, -2]), new Uint16Array([65_535])]],
  ["binary", Buffer.from("bytes")],
  ["three megabytes, in chunks", Buffer.alloc(3_000_000, 7)],
];

describe("a message to an actor on another thread", () => {
  let system: ActorSystem;
  let echo: ActorRef;
  beforeAll(async () => {
    system = await createSystem({ threads: 2 });
    echo = system.spawn(Echo, { on: 1 });
  });
  afterAll(() => system.shutdown());

  for (const [what, value] of PAYLOADS) {
    it(`carries ${what}`, async () => {
      const back: unknown = await echo.ask("echo", value);
      if (Buffer.isBuffer(value)) expect(value.equals(back as Buffer)).toBe(true);
      else expect(back).toEqual(value);
    });
  }

  it("arrives once, in order, with its sender, behind a chunked one too", async () => {
    const other = system.spawn(Echo, { on: 2 });
    const big = Buffer.alloc(1_000_000, 3);
    for (const payload of [1, big, 2]) {
      while ((await echo.ask("tellOther", { other, method: "hear", payload })) !== "sent");
    }
    while ((await other.ask("size")) < 3) await new Promise(setImmediate);
    const heard = (await other.ask("heard")) as [number, Buffer, number];
    expect([heard[0], heard[1].length, heard[2]]).toEqual([1, 1_000_000, 2]);
    const sender: ActorRef = await echo.ask("askOther", { other, method: "whoSent" });
    expect(sender.equals(echo)).toBe(true);
  });

  it("is refused at the sender when it cannot travel, and the next one arrives", async () => {
    expect(() => echo.tell("hear", { nested: [{ run: () => 1 }] })).toThrow("payload.nested[0].run");
    expect(() => echo.tell("hear", Buffer.alloc(9_000_000))).toThrow("Split it");
    expect(await echo.ask("echo", { still: "here" })).toEqual({ still: "here" });
  });

  it("is answered dead, and kept as a dead letter, once the actor is gone", async () => {
    const counter = system.spawn(Counter, { on: 1 });
    await new Promise<void>((resolve) => {
      system.watch(counter, () => resolve());
      system.stop(counter);
    });
    expect(counter.tell("add", 1)).toBe("dead");
    const letters = await system.deadLetters();
    expect(letters.at(-1)).toMatchObject({ method: "add", payload: 1, reason: "no-actor" });
  });

  it("that no other actor understands is a dead letter of its thread", async () => {
    const counter = system.spawn(Counter, { on: 1, name: "lettered" });
    counter.tell("nothing" as "get");
    await counter.ask("get");
    const letters = await system.deadLetters();
    expect(letters).toContainEqual(
      expect.objectContaining({ receiver: "/user/lettered", reason: "no-method" }),
    );
  });
});
