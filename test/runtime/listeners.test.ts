// Functions that a system's user gives it to listen with: what they throw is their own affair.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type ActorRef,
  type ActorSystem,
  createSystem,
  type LogLevel,
  serviceKey,
  topic,
} from "../../src/index.js";
import { Counter } from "../fixtures/counter.js";

const FAILED = "a subscriber's function failed";

let system: ActorSystem;
let lines: { level: LogLevel; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);

beforeEach(async () => {
  lines = [];
  unhandled.length = 0;
  process.on("unhandledRejection", note);
  const log = (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}) =>
    void lines.push({ level, message, fields });
  system = await createSystem({ threads: 1, log: { log } });
});
afterEach(async () => {
  await system.shutdown();
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

function fail(): never {
  throw new Error("a listener's own affair");
}
const failLater = async () => fail();
const ways = [fail, failLater] as const;

const failures = () =>
  lines.filter(({ message }) => message === FAILED).map(({ level, fields }) => `${level} ${fields.error}`);
const SAID = "error Error: a listener's own affair";
const ended = (ref: ActorRef) =>
  new Promise<string>((resolve) => system.watch(ref, ({ code }) => resolve(code)));
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 20));

describe.each(["this", 1] as const)(
  "a listener that fails, now or later, over an actor on thread %s",
  (on) => {
    it("at its end is logged; other watchers hear of it, and its name is free again", async () => {
      const counter = system.spawn(Counter, { name: "watched", on });
      await counter.ask("get");
      for (const way of ways) system.watch(counter, way);
      const end = ended(counter);
      system.stop(counter);
      expect(await end).toBe("stopped");
      expect(await ended(counter)).toBe("no-actor");
      expect(await system.spawn(Counter, { name: "watched", on }).ask("get")).toBe(0);
      expect(failures()).toEqual([SAID, SAID]);
      expect((await system.shutdown()).problems).toEqual([]);
    });

    it("among the members of a service is logged, and others hear of them", async () => {
      const key = serviceKey("counters", Counter);
      for (const way of ways) system.registry.subscribe(key, way);
      const counter = system.spawn(Counter, { on });
      const heard = new Promise<number>((resolve) => {
        system.registry.subscribe(key, (members) => members.length > 0 && resolve(members.length));
      });
      await system.registry.join(key, counter);
      expect(await heard).toBe(1);
      expect(new Set(failures())).toEqual(new Set([SAID]));
    });
  },
);

it("a listener that fails, now or later, over what is published is logged, and others hear it", async () => {
  const news = topic<number>("news");
  for (const way of ways) system.subscribe(news, way);
  const heard: number[] = [];
  system.subscribe(news, (number) => heard.push(number));
  system.publish(news, 1);
  system.publish(news, 2);
  await aWhile();
  expect(heard).toEqual([1, 2]);
  expect(failures()).toEqual([SAID, SAID, SAID, SAID]);
});

it.each(["this", 1] as const)(
  "a listener that fails, now or later, over the system's events on thread %s is logged, and others hear them",
  async (on) => {
    for (const way of ways) system.events.subscribe(way);
    const heard: string[] = [];
    system.events.subscribe(({ type }) => heard.push(type));
    const counter = system.spawn(Counter, { on });
    await expect(counter.ask("fail", "on purpose")).rejects.toThrow("on purpose");
    expect(await counter.ask("get")).toBe(0);
    await aWhile();
    expect(heard).toEqual(["actor-fault", "actor-restart"]);
    expect(failures()).toEqual([SAID, SAID, SAID, SAID]);
  },
);

it("a listener ends with its function or with its signal; one whose signal has fired never begins", async () => {
  const news = topic<string>("signalled");
  const key = serviceKey("signalled", Counter);
  const counter = system.spawn(Counter, { on: 1 });
  const [ends, late, fired] = [new AbortController(), new AbortController(), AbortSignal.abort()];
  const heard: string[] = [];
  const begin = async (who: string, options: { signal?: AbortSignal }) => {
    const hear = (what: string) => () => void heard.push(`${who} ${what}`);
    return [
      system.watch(counter, hear("end"), options),
      system.subscribe(news, hear("news"), options),
      system.registry.subscribe(key, hear("members"), options),
      system.events.subscribe(({ type }) => type === "actor-fault" && heard.push(`${who} fault`), options),
      await system.trace(counter, hear("trace"), options),
    ];
  };
  await begin("never", { signal: fired });
  await begin("ended", { signal: ends.signal });
  for (const end of await begin("called", { signal: late.signal })) await end();
  await begin("stays", {});
  while (heard.length < 1) await aWhile();
  ends.abort();
  heard.length = 0;
  system.publish(news, "now");
  await system.registry.join(key, counter);
  await expect(counter.ask("fail", "on purpose")).rejects.toMatchObject({ code: "ERROR" });
  system.stop(counter);
  while (heard.length < 6) await aWhile();
  expect(new Set(heard)).toEqual(
    new Set(["stays news", "stays members", "stays trace", "stays fault", "stays end"]),
  );
  late.abort();
});

it("a listener with options that nobody knows is refused", async () => {
  const counter = system.spawn(Counter, { on: 1 });
  const signals = { signals: AbortSignal.abort() } as object;
  const refused = expect.objectContaining({ code: "OPTIONS" });
  expect(() => system.watch(counter, fail, signals)).toThrow(refused);
  expect(() => system.events.subscribe(fail, signals)).toThrow(refused);
  await expect(system.trace(counter, fail, signals)).rejects.toEqual(refused);
});

it("a listener that fails, now or later, over a trace is logged", async () => {
  const counter = system.spawn(Counter, { on: 1 });
  const ends = await Promise.all(ways.map((way) => system.trace(counter, way)));
  expect(await counter.ask("get")).toBe(0);
  while (failures().length < 2) await aWhile();
  for (const end of ends) await end();
});

it.each([
  ["now", fail],
  ["later", failLater],
] as const)("a log that fails %s harms neither actors that fail nor the system's end", async (_when, way) => {
  const mute = await createSystem({ threads: 1, nativeDisabled: true, log: { log: way } });
  for (const on of ["this", 1] as const) {
    const counter = mute.spawn(Counter, { on });
    await expect(counter.ask("fail", "on purpose")).rejects.toThrow("on purpose");
    expect(await counter.ask("get")).toBe(0);
  }
  mute.events.subscribe(fail);
  mute.log.log("warn", "into the void");
  await expect(mute.spawn(Counter).ask("fail", "again")).rejects.toThrow("again");
  await aWhile();
  expect((await mute.shutdown()).problems).toEqual([]);
});
