// Development mode: messages on one thread are treated as if they had to travel.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ActorRef, type ActorSystem, createSystem, EncodeError } from "../../src/index.js";
import { Careless, Money } from "../fixtures/careless.js";
import { Counter, Echo } from "../fixtures/counter.js";

const circle: Record<string, unknown> = {};
circle.inner = [circle];

const REFUSED: readonly [name: string, payload: unknown, path: string][] = [
  ["a function", { on: { done: () => 1 } }, "payload.on.done"],
  ["an instance of a class", [1, new Money()], "payload[1]: an instance of Money"],
  ["an instance in a map", new Map([["a", new Money()]]), "payload.get(a)"],
  ["a promise in a set", new Set([Promise.resolve()]), "payload.values[0]"],
  ["an object in itself", circle, "payload.inner[0]"],
  [
    "an array with a hole",
    { list: Object.assign([1], { length: 2 }) },
    "payload.list[1]: a hole would arrive as undefined",
  ],
  [
    "a getter that throws",
    {
      get g(): never {
        throw new Error("boo");
      },
    },
    "payload.g: reading it throws: Error: boo",
  ],
  ["an object that goes too deep", nested(600), "payload: a message has at most 512 levels"],
  ["a key that is a symbol", [{ [Symbol("s")]: 1 }], "payload[0]: its property Symbol(s) would not arrive"],
  [
    "a property of an array",
    Object.assign([1], { extra: 1 }),
    "payload: its property extra would not arrive",
  ],
  [
    "a subclass of Map",
    { m: new (class Atlas extends Map {})() },
    "payload.m: an instance of Atlas would arrive as",
  ],
  ["a subclass of Date", new (class Day extends Date {})(), "payload: an instance of Day would arrive as"],
  [
    "a subclass of Uint8Array",
    new (class Bits extends Uint8Array {})(1),
    "payload: an instance of Bits would",
  ],
  ["an iterator", { all: new Map([[1, 1]]).entries() }, "Iterator would arrive as"],
  ["binary that was transferred", { bytes: transferred() }, "payload.bytes: its memory was transferred"],
  [
    "binary in shared memory",
    new Uint8Array(new SharedArrayBuffer(4)),
    "payload: what lies in shared memory",
  ],
];

function nested(levels: number): unknown {
  return levels === 0 ? 1 : { next: nested(levels - 1) };
}

function transferred(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

let system: ActorSystem;
beforeAll(async () => {
  system = await createSystem({ threads: 1, development: true, log: { log: () => undefined } });
});
afterAll(() => system.shutdown());

describe.each(["this", 1] as const)("in development mode a message to an actor on %s", (on) => {
  it.each(REFUSED)(
    "that could not travel is refused with the path to it: %s",
    async (_name, payload, path) => {
      const echo = system.spawn(Echo, { on });
      expect(() => echo.tell("hear", payload)).toThrow(EncodeError);
      expect(() => echo.tell("hear", payload)).toThrow(path);
      await expect(echo.ask("echo", payload)).rejects.toThrow(path);
      expect(await echo.ask("size")).toBe(0);
    },
  );

  it("passes when it can travel, whatever it holds", async () => {
    const echo = system.spawn(Echo, { on });
    const shared = { n: 1 };
    const payload = {
      when: new Date(0),
      map: new Map([["k", [shared, shared]]]),
      bytes: new Uint8Array([1]),
      error: new RangeError("r"),
      named: { constructor: 1, hasOwnProperty: "no" },
      buffer: Buffer.from("b"),
      memory: new ArrayBuffer(2),
      pattern: /a/g,
      floats: new Float64Array([1.5]),
      bare: Object.assign(Object.create(null), { x: null }),
      ref: echo as ActorRef,
    };
    const back = (await echo.ask("echo", payload)) as typeof payload;
    expect(back.when).toEqual(payload.when);
    expect([...back.map]).toEqual([["k", [{ n: 1 }, { n: 1 }]]]);
    expect(back.ref.equals(echo)).toBe(true);
  });

  it("is refused when it is too large, as between threads", async () => {
    const echo = system.spawn(Echo, { on });
    await expect(echo.ask("echo", new Uint8Array(9_000_000))).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  it("may be a stream, which fails at the first element that could not travel", async () => {
    const careless = system.spawn(Careless, { on });
    const given: unknown[] = [];
    const reading = async () => {
      for await (const one of careless.stream("offer")) given.push(one);
    };
    await expect(reading()).rejects.toMatchObject({ code: "ENCODE" });
    expect(given).toEqual([1, { n: 2 }]);
    expect(await careless.ask("called")).toBeUndefined();
  });

  it("and its reply follow the same rules, and what an actor sends itself does not", async () => {
    const careless = system.spawn(Careless, { on });
    await expect(careless.ask("give")).rejects.toMatchObject({ code: "ENCODE" });
    await expect(careless.ask("give")).rejects.toThrow("reply.price");
    await careless.ask("remind");
    while ((await careless.ask("called")) === undefined);
    expect(await careless.ask("called")).toBe("called");
  });
});

describe("in development mode what was sent on one thread", () => {
  it("is frozen, so that who changes it fails where it does", async () => {
    const careless = system.spawn(Careless, { on: "this" });
    const basket = { items: ["one"] };
    await expect(careless.ask("change", basket)).rejects.toThrow(TypeError);
    expect(() => basket.items.push("by the sender")).toThrow(TypeError);
    await careless.ask("lend");
    await expect(careless.ask("spoil")).rejects.toThrow(TypeError);
  });

  it("is frozen and looked through also as the arguments of an actor that any thread could have", async () => {
    const args = { start: 1, deep: { list: [1] } };
    const counter = system.spawn(Counter, { on: "this", args });
    expect(await counter.ask("get")).toBe(1);
    expect([Object.isFrozen(args), Object.isFrozen(args.deep.list)]).toEqual([true, true]);
    const wrong = { start: 1, done: () => 1 };
    for (const on of ["this", 1] as const)
      expect(() => system.spawn(Counter, { on, args: wrong })).toThrow("args.done: a function cannot travel");
  });

  it("is left alone without the mode", async () => {
    const plain = await createSystem({ threads: 0 });
    const careless = plain.spawn(Careless);
    const basket = { items: ["one"] };
    await careless.ask("change", basket);
    expect(basket.items).toEqual(["one", "more"]);
    const counter = plain.spawn(Counter);
    counter.tell("add", 1);
    expect(await counter.ask("get")).toBe(1);
    await plain.shutdown();
  });
});
