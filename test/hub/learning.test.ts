import { afterAll, describe, expect, test } from "vitest";

import { AgentTable } from "../../src/compute/agent-table.js";
import type { CreateTask } from "../../src/wire/task-shapes.js";
import type { TestHub } from "./hub-rig.js";
import { eventually, removeDirs, startHub } from "./hub-rig.js";

afterAll(removeDirs);

async function run(rig: TestHub, input: Partial<CreateTask>) {
  const { id } = await rig.hub.tasks.create({ description: "a task of a test", ...input });
  return rig.hub.tasks.settled(id, { timeoutMs: 8_000 });
}

const WORK = [{ name: "work" }];

function beliefIn(rig: TestHub, agent: string, type: string) {
  const found = rig.hub.agents.performance(agent).learned.find((one) => one.type === type);
  if (found === undefined) throw new Error(`nothing is believed of ${agent} at ${type}`);
  return found;
}

describe("a hub learns from how tasks end", () => {
  test("a success raises belief and proficiency, a failure lowers them, the latter by half as much", async () => {
    const rig = await startHub();
    await run(rig, { type: "add", parameters: { a: 1, b: 1 }, agent: "worker", required_capabilities: WORK });
    const after = rig.hub.agents.performance("worker");
    expect(after.capabilities.find(({ name }) => name === "work")?.proficiency).toBeCloseTo(0.81, 6);
    const good = beliefIn(rig, "worker", "add");
    const failing = { type: "refuse", parameters: { retryable: false }, agent: "worker" };
    await run(rig, { ...failing, required_capabilities: WORK });
    const failed = rig.hub.agents.performance("worker");
    expect(failed.capabilities.find(({ name }) => name === "work")?.proficiency).toBeCloseTo(0.805, 6);
    expect(beliefIn(rig, "worker", "refuse").mean).toBeLessThan(good.mean);
    expect(failed.learned.map(({ type }) => type)).toEqual(["add", "refuse"]);
    await rig.close();
  });

  test("a cancelled attempt says nothing about its agent", async () => {
    const rig = await startHub();
    const { id } = await rig.hub.tasks.create({
      description: "long",
      type: "nap",
      agent: "worker",
      parameters: { ms: 60_000 },
    });
    await eventually(async () => (await rig.hub.tasks.get(id))?.progress === 0.5);
    await rig.hub.tasks.cancel(id);
    expect(rig.hub.agents.performance("worker").learned).toEqual([]);
    await rig.close();
  });

  test("work goes elsewhere once an agent keeps failing at it", async () => {
    const rig = await startHub();
    const first = await rig.hub.agents.create({ name: "first", definition: "worker" });
    await rig.hub.agents.create({ name: "second", definition: "worker" });
    for (let turn = 0; turn < 12; turn++) {
      await rig.hub.agents.learn("worker", { type: "add", success: false });
      await rig.hub.agents.learn(first.id, { type: "add", success: false });
      await rig.hub.agents.learn("second", { type: "add", success: true });
    }
    for (let turn = 0; turn < 3; turn++) {
      const task = await run(rig, { type: "add", parameters: { a: 1, b: 1 } });
      expect(rig.hub.agents.get(task?.assigned_agent ?? "")?.name).toBe("second");
    }
    await rig.close();
  });
});

describe("what people tell of an agent", () => {
  test("counts as an outcome: a success by its quality, a failure in full", async () => {
    const rig = await startHub();
    const fair = await rig.hub.agents.learn("worker", { type: "add", success: true, quality: 0.5 });
    expect(fair).toMatchObject({ type: "add", capabilities: [] });
    const good = await rig.hub.agents.learn("worker", { type: "add", success: true, capabilities: ["work"] });
    expect(good.learned.mean).toBeGreaterThan(fair.learned.mean);
    expect(good.capabilities[0]).toMatchObject({ name: "work", proficiency: 0.81, experience_points: 1 });
    const bad = await rig.hub.agents.learn("worker", { type: "add", success: false, execution_time_ms: 120 });
    expect(bad.learned.mean).toBeLessThan(good.learned.mean);
    expect(rig.hub.agents.performance("worker").average_execution_time_ms).toBe(120);
    await rig.close();
  });

  test("is refused, field by field, when the agent does no such thing", async () => {
    const rig = await startHub();
    const wrong = [
      [{ type: "add", success: true, capabilities: ["flying"] }, "capabilities.0"],
      [{ type: "add", success: false, quality: 0.5 }, "quality"],
      [{ type: "add", success: true, quality: 2 }, "quality"],
      [{ type: "add" }, "success"],
      [{ action: "fly", success: true }, "action"],
    ] as const;
    for (const [given, field] of wrong) {
      await expect(rig.hub.agents.learn("worker", given as never)).rejects.toMatchObject({
        code: "VALIDATION_ERROR",
        data: { field_errors: [{ field }] },
      });
    }
    await expect(rig.hub.agents.learn("wroker", { success: true })).rejects.toMatchObject({
      code: "AGENT_NOT_FOUND",
    });
    await rig.close();
  });

  test("earns an agent the tasks that asked for more than it had declared", async () => {
    const rig = await startHub();
    const demanding = [{ name: "work", min_proficiency: 0.82 }];
    const { id } = await rig.hub.tasks.create({
      description: "demanding",
      type: "add",
      parameters: { a: 1, b: 1 },
      required_capabilities: demanding,
    });
    expect((await rig.hub.tasks.get(id))?.waiting_reason).toBe("below-minimum");
    for (let turn = 0; turn < 3; turn++) {
      await rig.hub.agents.learn("worker", { type: "add", success: true, capabilities: ["work"] });
    }
    expect((await rig.hub.tasks.settled(id, { timeoutMs: 8_000 }))?.status).toBe("completed");
    for (let turn = 0; turn < 12; turn++) {
      await rig.hub.agents.learn("worker", { type: "add", success: false, capabilities: ["work"] });
    }
    const modest = [{ name: "work", min_proficiency: 0.8 }];
    const again = await run(rig, { type: "add", parameters: { a: 1, b: 1 }, required_capabilities: modest });
    expect(again?.status).toBe("completed");
    await rig.close();
  });
});

test("an estimate that fell to nothing is not a capability that is lacking", () => {
  const table = new AgentTable();
  const row = table.upsert("a", { capabilities: [{ name: "x", proficiency: 0.5 }] });
  table.setProficiency(row, "x", 0);
  expect(table.proficiency("x")?.[row]).toBeGreaterThan(0);
  table.setProficiency(row, "y", 1);
  expect(table.proficiency("y")).toBeUndefined();
});
