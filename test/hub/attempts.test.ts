import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { CreateTask, Task } from "../../src/wire/task-shapes.js";
import type { TestHub } from "./hub-rig.js";
import { eventually, removeDirs, startHub } from "./hub-rig.js";

let rig: TestHub;

beforeAll(async () => {
  rig = await startHub();
});

afterAll(async () => {
  expect(rig.hub.invariants().holds).toBe(true);
  await rig.close();
  removeDirs();
});

async function run(input: Partial<CreateTask>): Promise<Task> {
  const { id } = await rig.hub.tasks.create({ description: "a task of a test", ...input });
  const task = await rig.hub.tasks.settled(id, { timeoutMs: 8_000 });
  if (task === undefined) throw new Error(`task ${id} did not settle`);
  return task;
}

describe("a task", () => {
  test("runs on another thread and comes back with its result, its agent and the terms behind the choice", async () => {
    const task = await run({
      type: "add",
      parameters: { a: 2, b: 3 },
      required_capabilities: [{ name: "work" }],
    });
    const agent = rig.hub.agents.get("worker");
    expect(task).toMatchObject({
      status: "completed",
      result: { sum: 5 },
      progress: 1,
      assigned_agent: agent?.id,
    });
    expect(agent?.place).toBe("thread 1");
    expect(task.matched).toMatchObject({ agent_id: agent?.id, terms: { headroom: 1 } });
    expect(task.attempts).toHaveLength(1);
    expect(task.attempts[0]).toMatchObject({ attempt_number: 1, status: "completed", agent_id: agent?.id });
  });

  test("tells its action what it is, with a fencing key of its own for each attempt", async () => {
    const task = await run({
      type: "repeat",
      description: "say it again",
      tags: ["x"],
      parameters: { n: [1, { m: 2 }] },
    });
    expect(task.result).toEqual({
      input: { n: [1, { m: 2 }] },
      attemptId: `${task.id}.1`,
      task: {
        id: task.id,
        type: "repeat",
        description: "say it again",
        attempt: 1,
        attemptId: `${task.id}.1`,
        tags: ["x"],
      },
    });
  });

  test("whose parameters do not fit fails at once, with each bad field", async () => {
    const task = await run({ type: "add", parameters: { a: "two" } });
    expect(task).toMatchObject({ status: "failed", error: { code: "VALIDATION_ERROR", retryable: false } });
    expect(task.error?.data).toMatchObject({ field_errors: [{ field: "a" }, { field: "b" }] });
    expect(task.attempts).toHaveLength(1);
  });

  test("whose result does not fit the action's own promise fails", async () => {
    expect(await run({ type: "wrong" })).toMatchObject({
      status: "failed",
      error: { code: "INVALID_OUTPUT" },
    });
  });

  test("fails with what its agent means, and is not tried again when that is not retryable", async () => {
    const task = await run({ type: "refuse", parameters: { retryable: false } });
    const error = {
      code: "REFUSED",
      message: "will not",
      retryable: false,
      severity: "high",
      data: { why: "a test" },
    };
    expect(task).toMatchObject({ status: "failed", error });
    expect(task.attempts).toHaveLength(1);
  });

  test("fails with the code and message its agent means also when their data is none, and says why", async () => {
    for (const [kind, why] of [
      ["function", "data.done: a Function cannot travel"],
      ["bigint", "data.count: JSON has no bigint"],
      ["ring", "data.again: is data again"],
      ["map", "data.one: a Map cannot travel"],
      ["text", 'data: "no object"; give an object'],
      ["large", "data: 65547 bytes as JSON, 65536 are kept"],
    ] as const) {
      const { error } = await run({ type: "refuseOddly", parameters: { kind } });
      const data = { left_out: expect.stringContaining(why) };
      expect(error, kind).toMatchObject({ code: "REFUSED", message: "will not", data });
    }
  });

  test("is tried again after a retryable failure and keeps every attempt", async () => {
    const task = await run({ type: "flaky", parameters: { failures: 1 } });
    expect(task).toMatchObject({ status: "completed", result: { attempt: 2 } });
    expect(task.attempts.map((one) => one.status)).toEqual(["failed", "completed"]);
    expect(task.attempts[0]?.error?.code).toBe("FLAKY");
  });

  test("is dead once its attempts are used up, and a person's retry opens it again with new ones", async () => {
    const dead = await run({ type: "flaky", parameters: { failures: 2 }, max_retries: 1 });
    expect(dead).toMatchObject({ status: "dead", error: { code: "FLAKY" } });
    expect((await rig.hub.tasks.list({ status: "dead" })).tasks.map((one) => one.id)).toContain(dead.id);
    const before = rig.hub.invariants().ledger;
    const reopened = await rig.hub.tasks.retry(dead.id);
    expect(reopened.error).toBeUndefined();
    const done = await rig.hub.tasks.settled(dead.id, { timeoutMs: 20_000 });
    expect(done).toMatchObject({ status: "completed", result: { attempt: 3 } });
    expect(done?.attempts).toHaveLength(3);
    expect(rig.hub.invariants().ledger).toMatchObject({
      reopened: before.reopened + 1,
      settled: before.settled + 1,
    });
    expect((await rig.hub.tasks.list({ status: "dead" })).tasks.map((one) => one.id)).not.toContain(dead.id);
    await expect(rig.hub.tasks.retry(dead.id)).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test.each([true, false])(
    "survives the crash of its agent (thrown at once: %s), which starts anew",
    async (sync) => {
      const restarts = rig.hub.agents.get("worker")?.restarts ?? 0;
      const task = await run({ type: "crash", parameters: { failures: 1, sync } });
      expect(task).toMatchObject({ status: "completed", result: { attempt: 2 } });
      expect(task.attempts[0]?.error).toMatchObject({ code: "AGENT_CRASHED", retryable: true });
      expect(rig.hub.agents.get("worker")?.restarts).toBe(restarts + 1);
      expect(rig.hub.agents.get("worker")?.state).not.toBe("failed");
    },
  );

  test("that takes too long is stopped through its signal", async () => {
    const task = await run({
      type: "nap",
      parameters: { ms: 60_000 },
      timeout_seconds: 0.05,
      max_retries: 0,
    });
    expect(task).toMatchObject({ status: "dead", error: { code: "TIMEOUT" } });
    expect(task.attempts.map((one) => one.status)).toEqual(["timed_out"]);
  });

  test("that ignores its signal loses its agent's incarnation, and its slot is free again", async () => {
    const task = await run({
      type: "deaf",
      parameters: { ms: 60_000 },
      timeout_seconds: 0.05,
      max_retries: 0,
    });
    expect(task).toMatchObject({ status: "dead", error: { code: "TIMEOUT" } });
    expect(rig.hub.agents.get("worker")?.tasks_running).toBe(0);
    expect(await run({ type: "add", parameters: { a: 1, b: 1 } })).toMatchObject({ result: { sum: 2 } });
  });

  test("is cancelled while it runs, at once, and its agent hears of it", async () => {
    const { id } = await rig.hub.tasks.create({
      description: "long",
      type: "nap",
      parameters: { ms: 60_000 },
    });
    await eventually(async () => (await rig.hub.tasks.get(id))?.progress === 0.5);
    expect((await rig.hub.tasks.get(id))?.progress_message).toBe("half asleep");
    const task = await rig.hub.tasks.cancel(id, "no longer needed");
    expect(task).toMatchObject({
      status: "cancelled",
      error: { code: "CANCELLED", message: "no longer needed" },
    });
    await expect(rig.hub.tasks.cancel(id)).rejects.toMatchObject({ code: "CONFLICT" });
    await eventually(() => rig.hub.agents.get("worker")?.tasks_running === 0);
    expect(rig.hub.invariants()).toMatchObject({ holds: true });
  });

  test("stays settled when its agent answers late, and the answer is counted", async () => {
    const before = rig.hub.invariants().late_answers;
    const { id } = await rig.hub.tasks.create({ description: "x", type: "deaf", parameters: { ms: 100 } });
    await eventually(async () => (await rig.hub.tasks.get(id))?.status === "running");
    await rig.hub.tasks.cancel(id);
    await eventually(() => rig.hub.invariants().late_answers === before + 1);
    expect(await rig.hub.tasks.get(id)).toMatchObject({ status: "cancelled" });
    expect(rig.hub.agents.get("worker")?.tasks_running).toBe(0);
  });

  test("expires when its deadline passes before it is done", async () => {
    const task = await run({ type: "nap", parameters: { ms: 60_000 }, deadline: Date.now() + 100 });
    expect(task).toMatchObject({ status: "expired", error: { code: "DEADLINE_EXPIRED" } });
  });

  test("streams a blob in the agent's thread, chosen by the media type of the blob", async () => {
    const { blob_id } = await rig.hub.blobs.put([Buffer.alloc(300_000, 7)], "text/x-measured");
    const task = await run({ type: "whatever", parameters: { blob: { blob_id } } });
    expect(task).toMatchObject({
      status: "completed",
      result: { bytes: 300_000 },
      media_type: "text/x-measured",
    });
  });

  test("that names a blob which is not there is refused", async () => {
    const parameters = { blob: { blob_id: "0".repeat(64) } };
    const refused = rig.hub.tasks.create({ description: "x", type: "measure", parameters });
    await expect(refused).rejects.toMatchObject({ code: "VALIDATION_ERROR" });
  });

  test("that names a blob by its bare id is refused with how it is named", async () => {
    const { blob_id } = await rig.hub.blobs.put([Buffer.alloc(10, 7)], "text/x-measured");
    for (const blob of [blob_id, "0".repeat(64), "notes.txt"]) {
      await expect(run({ parameters: { blob } })).rejects.toMatchObject({
        code: "VALIDATION_ERROR",
        message: expect.stringContaining('name a blob as {"blob_id": "<its id>"}'),
        data: { field_errors: [{ field: "parameters.blob", value: blob }] },
      });
    }
  });

  test("whose result is too large to keep, or has no form as JSON, fails at once, and its agent goes on", async () => {
    const { restarts } = rig.hub.agents.get("worker") ?? {};
    const allowed = 8 * 1024 * 1024 - 1024;
    const around = '{"text":""}'.length;
    expect(await run({ type: "large", parameters: { bytes: allowed - around } })).toMatchObject({
      status: "completed",
      result: { blob: { bytes: allowed } },
    });
    for (const [parameters, told] of [
      [{ bytes: allowed - around + 1 }, `takes ${allowed + 1} bytes as JSON, ${allowed} are allowed`],
      [{ bytes: 20e6 }, "are allowed; return less"],
      [{ bytes: 200_000, count: 5 }, "BigInt"],
    ] as const) {
      const task = await run({ type: "large", parameters });
      const error = { code: "INVALID_OUTPUT", retryable: false, message: expect.stringContaining(told) };
      expect(task).toMatchObject({ status: "failed", error });
      expect(task.attempts).toHaveLength(1);
    }
    expect(rig.hub.agents.get("worker")?.restarts).toBe(restarts);
  });

  test("with a large result gets a blob for it", async () => {
    const task = await run({ type: "large", parameters: { bytes: 200_000 } });
    const { blob } = task.result as { blob: { blob_id: string; bytes: number; media_type: string } };
    expect(blob).toMatchObject({ bytes: 200_011, media_type: "application/json" });
    const chunks: Uint8Array[] = [];
    for await (const chunk of rig.hub.blobs.open(blob.blob_id)) chunks.push(chunk);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual({ text: "x".repeat(200_000) });
  });
});
