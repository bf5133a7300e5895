// What a system of a program, a test system and a simulation have in common, by one function for all of them.

import { expect, it } from "vitest";
import { createSystem, defineActor, type System, serviceKey, topic } from "../../src/index.js";
import { createTestSystem, Simulation, type TestSystem } from "../../src/testkit.js";
import { Counter } from "../fixtures/counter.js";

const News = topic<number>("news");
const Counters = serviceKey("counters", Counter);

const Parent = defineActor({
  name: "Parent",
  state: () => undefined,
  on: { bear: (ctx, on: number) => ctx.spawn(Counter, { name: "child", on }) },
});

/** Uses everything; `rest` lets the system come to rest, or go on until something holds. */
async function useAll(
  system: System,
  on: number,
  rest: (holds?: () => boolean) => Promise<void>,
): Promise<unknown[]> {
  const heard: unknown[] = [];
  system.events.subscribe(({ type }) => type !== "trace" && heard.push(type));
  system.subscribe(News, (number) => heard.push(number));
  system.registry.subscribe(Counters, (members) => heard.push(`${members.length} counters`));
  const counter = system.spawn(Counter, { name: "counter", args: { start: 5 }, on });
  await rest(() => heard.includes("0 counters"));
  expect(system.publish(News, 1)).toBe("sent");
  const joined = system.registry.join(Counters, counter);
  await rest();
  await joined;
  await rest(() => heard.includes("1 counters"));
  const found = await system.find("/user/counter", Counter);
  const asked = found?.ref.ask("get");
  await rest();
  expect((await asked)?.toFixed(1)).toBe("5.0");
  const born = system.spawn(Parent, { name: "parent", on: 0 }).ask("bear", on);
  await rest();
  expect((await born).equals((await system.find("/user/parent/child"))?.ref as never)).toBe(true);
  expect((await system.inspect({ path: "/user/counter" }))?.root).toMatchObject({ thread: on });
  system.restart(counter);
  await rest(() => heard.includes("actor-restart"));
  const again = counter.ask("get");
  await rest();
  expect(await again).toBe(5);
  const ended = new Promise((resolve) => void system.watch(counter, resolve));
  system.stop(counter);
  await rest(() => heard.length === HEARD.length);
  expect(await ended).toEqual({ code: "stopped" });
  expect([system.isAlive(counter), counter.tell("add", 1)]).toEqual([false, "dead"]);
  await rest();
  const letters = (await system.deadLetters()).filter(({ method }) => method === "add");
  expect(letters).toHaveLength(1);
  expect(await system.replayDeadLetters({ method: "add" }, await born)).toMatchObject([{ outcome: "sent" }]);
  return heard;
}

const HEARD = ["0 counters", 1, "1 counters", "actor-fault", "actor-restart", "0 counters"];

it.each([0, 1])("a system of a program does it all, on thread %i", async (on) => {
  const system = await createSystem({ threads: 1, log: { log: () => undefined } });
  const heard = await useAll(system, on, async (holds = () => true) => {
    do await new Promise(setImmediate);
    while (!holds());
  });
  expect(heard).toEqual(HEARD);
  await system.shutdown();
});

it.each([0, 1])("a test system does the same, on thread %i", async (on) => {
  const system: TestSystem = createTestSystem({ threads: 1, definitions: [Counter] });
  expect(await useAll(system, on, () => system.settle())).toEqual(HEARD);
});

it.each([0, 1])("a simulation does the same, on thread %i", async (on) => {
  const system = new Simulation({ seed: 1, threads: 1, definitions: [Counter] });
  expect(await useAll(system, on, () => system.run(system.time.elapsedMs + 10))).toEqual(HEARD);
});
