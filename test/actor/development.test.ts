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
];

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
      bare: Object.assign(Object.create(null), { x: null }),
      ref: echo as ActorRef,
    };
    const back = (await echo.ask("echo", payload)) as typeof payload;
    expect(back.when).toEqual(payload.when);
    expect([...back.map]).toEqual([["k", [{ n: 1 }, { n: 1 }]]]);
    expect(back.ref.equals(echo)).toBe(true);
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
