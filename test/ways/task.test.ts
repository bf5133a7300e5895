// The second way of the data: a task is posted, matched, done on another thread, settled, and everybody hears of it.
// Each step is seen from outside, in the order in which DESIGN names the files.

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { HubHandle } from "../../src/hub.js";
import { createHub } from "../../src/hub.js";
import type { HubEvent } from "../../src/wire/event-shapes.js";
import { helper, worker } from "../hub/agents.js";
import { eventually, freshDir, removeDirs } from "../hub/hub-rig.js";

let handle: HubHandle;
const dir = freshDir();

function open(): Promise<HubHandle> {
  return createHub({
    server: { port: 0 },
    data: { dir },
    runtime: { threads: 2 },
    agents: { paths: [] },
    definitions: [worker, helper],
    logging: { level: "fatal" },
  });
}

beforeAll(async () => {
  handle = await open();
});

afterAll(async () => {
  await handle.close();
  removeDirs();
});

describe("a posted task", () => {
  test("is acknowledged, matched, assigned, started and settled, and watchers hear each step in order", async () => {
    const { hub } = handle;
    const events: HubEvent[] = [];
    const stop = hub.events.subscribe((event) => events.push(event));
    const { id, created, matchingAgents } = await hub.tasks.create({
      description: "two and two",
      type: "add",
      parameters: { a: 2, b: 2 },
      required_capabilities: [{ name: "work", min_proficiency: 0.5 }],
    });
    expect(created).toBe(true);
    expect(matchingAgents.map((one) => one.name)).toEqual(["worker"]);
    const task = await hub.tasks.settled(id, { timeoutMs: 8_000 });
    stop();
    expect(task).toMatchObject({ status: "completed", result: { sum: 4 } });
    const own = events.filter((event) => event.data["task_id"] === id);
    expect(own.map((event) => event.type)).toEqual([
      "task_created",
      "task_assigned",
      "task_started",
      "task_completed",
    ]);
    expect(own.map((event) => event.seq)).toEqual([...own.map((event) => event.seq)].sort((a, b) => a - b));
    expect(own[0]?.data).toMatchObject({ task_id: id, status: "queued", task_type: "add" });
    expect(hub.events.since((events[0]?.seq ?? 0) - 1)).toEqual(events);
  });

  test("is still there, with its result, after the process is gone", async () => {
    const created = await handle.hub.tasks.create({
      description: "x",
      type: "echo",
      parameters: { kept: true },
    });
    const before = await handle.hub.tasks.settled(created.id, { timeoutMs: 8_000 });
    await handle.close();
    handle = await open();
    expect(await handle.hub.tasks.get(created.id)).toEqual(before);
  });

  test("is one of many, and the books balance at every moment and at the end", async () => {
    const { hub } = handle;
    const before = hub.invariants().ledger;
    const ids: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const made = Array.from({ length: 100 }, (_, at) => {
        return hub.tasks.create({ description: "x", type: "add", parameters: { a: round, b: at } });
      });
      for (const { id } of await Promise.all(made)) ids.push(id);
      expect(hub.invariants().holds).toBe(true);
    }
    const tasks = await Promise.all(ids.map((id) => hub.tasks.settled(id, { timeoutMs: 20_000 })));
    for (const [at, task] of tasks.entries()) {
      expect(task?.result).toEqual({ sum: Math.floor(at / 100) + (at % 100) });
      expect(task?.attempts).toHaveLength(1);
    }
    expect(hub.invariants()).toMatchObject({
      holds: true,
      ledger: { submitted: before.submitted + 1_000, settled: before.settled + 1_000, open: 0 },
    });
  });

  test("survives the end of the threads under it", async () => {
    const { hub, system } = handle;
    const made = await Promise.all(
      Array.from({ length: 40 }, () =>
        hub.tasks.create({ description: "x", type: "nap", parameters: { ms: 20 } }),
      ),
    );
    await eventually(() => hub.status().tasks.executor.running > 0);
    for (const thread of [1, 2]) await system.restartThread(thread);
    const tasks = await Promise.all(made.map(({ id }) => hub.tasks.settled(id, { timeoutMs: 20_000 })));
    expect(tasks.map((task) => task?.status)).toEqual(tasks.map(() => "completed"));
    expect(hub.invariants().holds).toBe(true);
  });
});
