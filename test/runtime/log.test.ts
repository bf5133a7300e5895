// What a system says of itself in the log it is given.

import { expect, it } from "vitest";
import { createSystem, type LogLevel } from "../../src/index.js";
import { Counter } from "../fixtures/counter.js";

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
