// What a system says of itself in the log it is given.

import { expect, it } from "vitest";
import { type ActorRef, createSystem, type LogLevel } from "../../src/index.js";
import { Counter } from "../fixtures/counter.js";
import { Ward } from "../fixtures/ward.js";

function keepLines() {
  const lines: { level: LogLevel; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const log = {
    log: (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      lines.push({ level, message, fields });
    },
  };
  return { lines, log };
}

it("a system without the addon says so at its start, and why", async () => {
  const { lines, log } = keepLines();
  const system = await createSystem({ threads: 0, log, nativeDisabled: true });
  await system.shutdown();
  expect(lines[0]).toMatchObject({
    level: "warn",
    message: expect.stringContaining("without the native addon"),
  });
  expect(lines[0]?.fields.reason).toBe(system.native.reason);
});

it("a fault of an actor on any thread is in the log with its stack; a flood of them is counted", async () => {
  const { lines, log } = keepLines();
  const system = await createSystem({ threads: 1, log });
  const failing = Array.from({ length: 40 }, () => system.spawn(Counter, { on: 1, restart: "temporary" }));
  const ended = failing.map((one) => new Promise<void>((resolve) => void system.watch(one, () => resolve())));
  await Promise.all(failing.map((one) => one.ask("fail", "a reason").catch(() => undefined)));
  await Promise.all(ended);
  await system.shutdown();
  const faults = lines.filter(({ message }) => message === "an actor failed");
  expect(faults.length).toBeGreaterThan(0);
  expect(faults.length).toBeLessThan(40);
  expect(faults[0]?.fields.actor).toMatch(/^\/user\//);
  expect(String(faults[0]?.fields.error)).toContain("TypeError: a reason\n    at ");
});

it("a supervisor that gives up is in the log with the child it gave up, why, and what is stopped", async () => {
  const { lines, log } = keepLines();
  const system = await createSystem({ threads: 1, log });
  const ended = (ref: ActorRef) => new Promise<void>((resolve) => void system.watch(ref, () => resolve()));
  const counter = system.spawn(Counter, { name: "c", on: 1 });
  for (const reason of ["first", "second"]) await counter.ask("fail", reason).catch(() => undefined);
  await ended(counter);
  const ward = system.spawn(Ward, { name: "ward", on: 1 });
  const patient = await ward.ask("admit", { on: "this", name: "p" });
  for (let count = 0; count < 3; count++) await patient.ask("fail", "restart").catch(() => undefined);
  await ended(patient);
  await ward.ask("patients");
  await system.shutdown();
  const told = lines.filter(({ message }) => message.includes("supervisor"));
  expect(told.map(({ message, fields }) => ({ message, ...fields }))).toEqual([
    {
      message: "an actor is stopped for good: its supervisor gave it up",
      actor: "/user/c",
      thread: 0,
      error: "/user/c failed too often: more than 1 restart in 5000 ms; the last time: second",
    },
    {
      message: "a supervisor gave up: its children are stopped, then it fails itself",
      actor: "/user/ward",
      child: "/user/ward/p",
      thread: 1,
      error:
        "/user/ward: its children failed too often, last /user/ward/p: more than 2 restarts in 60000 ms; " +
        "the last time: restart",
    },
  ]);
});
