// Agents that fail in every way, and poison tasks that make them: each task meets its own end, the others their result.

import { afterAll, describe, expect, test } from "vitest";
import type { HubHandle } from "../../src/hub.js";
import type { CreateTask } from "../../src/wire/task-shapes.js";
import { type FaultKind, readTrace } from "../fixtures/chaos-agent.js";
import { freshDir, removeAll, startHive } from "./hive-process.js";
import { openHubInside, post } from "./hub-inside.js";

const open: HubHandle[] = [];
afterAll(async () => {
  for (const handle of open) await handle.close(1_000);
  await removeAll();
});

async function openFresh(): Promise<{ handle: HubHandle; trace: string }> {
  const dir = freshDir();
  const handle = await openHubInside(dir);
  open.push(handle);
  return { handle, trace: `${dir}/trace` };
}

type NewTask = Pick<CreateTask, "type"> & Partial<CreateTask>;

const note = (trace: string, ms = 0): NewTask => ({ type: "note", parameters: { trace, ms } });

const fault = (trace: string, how: FaultKind, failures: number, maxRetries: number): NewTask => ({
  type: "fault",
  parameters: { trace, how, failures },
  max_retries: maxRetries,
});

const FAULT_CODES = { throw: "AGENT_CRASHED", reject: "AGENT_CRASHED", exit: "THREAD_LOST" } as const;

describe.each(["throw", "reject", "exit"] as const)("an action that fails its agent by %s", (how) => {
  test("once: the task is done at the next attempt, by an agent that is well again", async () => {
    const { handle, trace } = await openFresh();
    const { settled } = await post(handle, fault(trace, how, 1, 3));
    const task = await settled;
    expect(task).toMatchObject({ status: "completed", result: { key: `${task.id}.2` } });
    expect(task.attempts.map((one) => one.status)).toEqual(["failed", "completed"]);
    expect(task.attempts[0]?.error).toMatchObject({ code: FAULT_CODES[how], retryable: true });
    expect(readTrace(trace)).toEqual([`${task.id}.1`, `${task.id}.2`]);
  });

  test("each time: the task is dead at its attempt limit, and tasks beside it are done", async () => {
    const { handle, trace } = await openFresh();
    const poison = await post(handle, fault(trace, how, 99, 1));
    const others = await Promise.all(Array.from({ length: 30 }, () => post(handle, note(trace, 20))));
    const task = await poison.settled;
    expect(task).toMatchObject({ status: "dead", error: { code: FAULT_CODES[how] } });
    expect(task.attempts.map((one) => one.status)).toEqual(["failed", "failed"]);
    expect(readTrace(trace).filter((key) => key.startsWith(task.id))).toHaveLength(2);
    for (const { settled } of others) expect(await settled).toMatchObject({ status: "completed" });
    const { tasks } = await handle.hub.tasks.list({ status: "dead" });
    expect(tasks.map((one) => one.id)).toEqual([task.id]);
    expect(handle.hub.invariants()).toMatchObject({ holds: true, ledger: { open: 0 } });
  });
});

describe("an action that ignores its signal", () => {
  test("is ended at the timeout with its agent's incarnation; the agent works on", async () => {
    const { handle, trace } = await openFresh();
    const deaf = await post(handle, {
      type: "deaf",
      parameters: { trace },
      timeout_seconds: 0.05,
      max_retries: 0,
    });
    const task = await deaf.settled;
    expect(task).toMatchObject({ status: "dead", error: { code: "TIMEOUT" } });
    expect(task.attempts.map((one) => one.status)).toEqual(["timed_out"]);
    const after = await Promise.all(Array.from({ length: 20 }, () => post(handle, note(trace))));
    for (const { settled } of after) expect(await settled).toMatchObject({ status: "completed" });
    expect(handle.hub.agents.list({}).agents.map((agent) => agent.tasks_running)).toEqual([0, 0]);
  }, 60_000);
});

describe("an agent that fails more often than its supervisor allows", () => {
  test("is out, alone: the other one does the work, and the hub is well", async () => {
    const { handle, trace } = await openFresh();
    const { hub } = handle;
    const first = hub.agents.get("chaos");
    const poison = fault(trace, "throw", 99, 0);
    for (let fall = 1; fall <= 6; fall += 1) {
      const { settled } = await post(handle, { ...poison, agent: first?.id ?? "" });
      expect(await settled).toMatchObject({ status: "dead" });
    }
    const work = await Promise.all(Array.from({ length: 20 }, () => post(handle, note(trace))));
    for (const { settled } of work) {
      const task = await settled;
      expect(task.status).toBe("completed");
      expect(task.assigned_agent).not.toBe(first?.id);
    }
    expect(hub.agents.get("chaos")).toMatchObject({ state: "failed" });
    expect(hub.invariants().holds).toBe(true);
  });
});

describe("a poison task that kills the whole process", () => {
  test("is dead at its attempt limit, because each attempt was on disk before it began", async () => {
    const dir = freshDir();
    const trace = `${dir}/trace`;
    const hive = await startHive(dir, 0, "runtime.threads=1");
    const { client } = hive;
    const tasks = await Promise.all(
      Array.from({ length: 20 }, () => client.tasks.create({ description: "bystander", ...note(trace, 5) })),
    );
    const poison = await client.tasks.create({ description: "poison", ...fault(trace, "kill", 99, 2) });
    const task = await client.tasks.wait(poison.task_id);
    expect(task).toMatchObject({ status: "dead", error: { code: "INTERRUPTED" } });
    expect(task.attempts.map((one) => one.status)).toEqual(["interrupted", "interrupted", "interrupted"]);
    const begun = readTrace(trace).filter((key) => key.startsWith(task.id));
    expect(begun).toEqual([1, 2, 3].map((attempt) => `${task.id}.${attempt}`));
    for (const { task_id: id } of tasks) {
      expect(await client.tasks.wait(id)).toMatchObject({ status: "completed" });
    }
    expect(await client.invariants()).toMatchObject({ holds: true, ledger: { open: 0, settled: 21 } });
    hive.child.kill("SIGTERM");
    expect(await hive.exited()).toBe(0);
  }, 60_000);
});
