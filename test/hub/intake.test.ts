import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { CreateTask, Task, TaskQuery } from "../../src/wire/task-shapes.js";
import type { TestHub } from "./hub-rig.js";
import { eventually, removeDirs, startHub } from "./hub-rig.js";

let rig: TestHub;

beforeAll(async () => {
  rig = await startHub({ settings: { maxConcurrentTasks: 1, maxOpen: 40 } });
});

afterAll(async () => {
  expect(rig.hub.invariants().holds).toBe(true);
  await rig.close();
  removeDirs();
});

function create(input: Partial<CreateTask>, key?: string) {
  return rig.hub.tasks.create(
    { description: "a task of a test", ...input },
    key === undefined ? {} : { idempotencyKey: key },
  );
}

async function settle(id: string): Promise<Task> {
  const task = await rig.hub.tasks.settled(id, { timeoutMs: 8_000 });
  if (task === undefined) throw new Error(`task ${id} did not settle`);
  return task;
}

describe("a create", () => {
  test("is refused with every bad field", async () => {
    const input = { description: "", priority: "urgent", timeout_seconds: -1 } as unknown as CreateTask;
    await expect(rig.hub.tasks.create(input)).rejects.toMatchObject({
      code: "VALIDATION_ERROR",
      data: {
        field_errors: [
          { field: "description" },
          { field: "priority", value: "urgent" },
          { field: "timeout_seconds" },
        ],
      },
    });
  });

  test("accepts the other spellings of the documents", async () => {
    const input = {
      title: "by title",
      task_type: "echo",
      priority: 3,
      params: { x: 1 },
      required_capabilities: [{ name: "work", minimum_proficiency: 0.5 }],
    } as unknown as CreateTask;
    const { id, task } = await rig.hub.tasks.create(input);
    expect(task).toMatchObject({
      description: "by title",
      type: "echo",
      priority: "critical",
      parameters: { x: 1 },
    });
    expect(task.required_capabilities).toMatchObject([{ name: "work", min_proficiency: 0.5 }]);
    expect((await settle(id)).status).toBe("completed");
  });

  test("with more than 64 KiB of parameters is told to use a blob", async () => {
    await expect(create({ type: "echo", parameters: { text: "x".repeat(70_000) } })).rejects.toMatchObject({
      code: "PAYLOAD_TOO_LARGE",
      message: expect.stringContaining('name it as {"blob": {"blob_id": "<its id>"}}'),
    });
    const { id } = await create({ type: "echo", parameters: { text: "x".repeat(60_000) } });
    expect((await settle(id)).status).toBe("completed");
  });

  test("with a deadline in the past or a dependency that is no task is refused", async () => {
    await expect(create({ deadline: Date.now() - 1 })).rejects.toMatchObject({ code: "VALIDATION_ERROR" });
    await expect(create({ depends_on: ["task-00000001-nobody"] })).rejects.toMatchObject({
      code: "VALIDATION_ERROR",
    });
  });

  test("answers with the agents that suit the task and when it may be done", async () => {
    const created = await create({ type: "add", parameters: { a: 1, b: 2 } });
    expect(created.created).toBe(true);
    expect(created.matchingAgents.map((one) => one.name)).toContain("worker");
    expect(Date.parse(created.task.estimated_completion ?? "")).toBeGreaterThan(0);
    await settle(created.id);
  });

  test("under a key makes one task, however often it is sent", async () => {
    const first = await create({ type: "add", parameters: { a: 1, b: 2 } }, "key 1");
    await settle(first.id);
    const again = await create({ parameters: { a: 1, b: 2 }, type: "add" }, "key 1");
    expect([again.created, again.id, again.task.status]).toEqual([false, first.id, "completed"]);
    const other = create({ type: "add", parameters: { a: 1, b: 3 } }, "key 1");
    await expect(other).rejects.toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED" });
    const [one, two] = await Promise.allSettled([
      create({ type: "echo" }, "key 2"),
      create({ type: "echo" }, "key 2"),
    ]);
    expect(one.status).toBe("fulfilled");
    expect(two).toMatchObject({ status: "rejected", reason: { code: "IDEMPOTENCY_KEY_IN_FLIGHT" } });
    if (one.status === "fulfilled") await settle(one.value.id);
  });

  test("is refused while as many tasks are open as may be", async () => {
    const waiting = await Promise.all(Array.from({ length: 40 }, () => create({ agent: "helper" })));
    await expect(create({ type: "echo" })).rejects.toMatchObject({ code: "QUEUE_FULL" });
    for (const { id } of waiting) await rig.hub.tasks.cancel(id);
    expect((await settle((await create({ type: "echo" })).id)).status).toBe("completed");
  });
});

describe("a task that nobody can do", () => {
  test("is parked with its reason, and done as soon as somebody comes who can", async () => {
    const wishes = { type: "help", required_capabilities: [{ name: "help", min_proficiency: 0.9 }] };
    const { id, task } = await create(wishes);
    expect(task).toMatchObject({ status: "queued", waiting_reason: "no-action" });
    const helper = await rig.hub.agents.create({ name: "first aid", definition: "helper" });
    await eventually(async () => (await rig.hub.tasks.get(id))?.waiting_reason === "below-minimum");
    expect(await rig.hub.tasks.explain(id)).toMatchObject({
      best: [],
      reason: "below-minimum",
      nearest_miss: { agent_id: helper.id, capability: "help", proficiency: 0.6, minimum: 0.9 },
    });
    const capabilities = [{ name: "help", proficiency: 0.95 }];
    const expert = await rig.hub.agents.create({ name: "expert", definition: "helper", capabilities });
    const done = await settle(id);
    expect(done).toMatchObject({ status: "completed", assigned_agent: expert.id });
    for (const one of [helper, expert]) await rig.hub.agents.remove(one.id);
  });

  test("for an agent that is not there is refused with the names there are", async () => {
    const worker = rig.hub.agents.get("worker");
    const keyed = (agent: string) => create({ type: "echo", agent }, "a name with a slip");
    await expect(keyed("wroker")).rejects.toMatchObject({
      code: "AGENT_NOT_FOUND",
      message: 'there is no agent "wroker"; did you mean "worker"?',
      data: { agent: "wroker" },
    });
    await expect(keyed("x".repeat(100))).rejects.toThrow(
      /there is no agent "x{100}"; known are worker, helper$/,
    );
    // A refusal uses no key up, and a create that was answered once is answered the same when its agent has gone.
    const named = await rig.hub.agents.create({ name: "short-lived", definition: "helper" });
    const first = await keyed(named.id);
    await settle(first.id);
    await rig.hub.agents.remove(named.id);
    expect(await keyed(named.id)).toMatchObject({ id: first.id, created: false });
    expect((await settle((await create({ type: "echo", agent: worker?.id ?? "" })).id)).status).toBe(
      "completed",
    );
  });

  test("waits for an agent of the definition it names, and runs the default action with all it was given", async () => {
    const { id, task } = await create({ type: "unheard of", agent: "helper", parameters: { pulse: 60 } });
    expect(task.waiting_reason).toBe("no-such-agent");
    const nurse = await rig.hub.agents.create({ name: "nurse", definition: "helper" });
    const done = await settle(id);
    expect(done.result).toEqual({
      description: "a task of a test",
      parameters: { pulse: 60 },
      type: "unheard of",
    });
    await rig.hub.agents.remove(nurse.id);
  });
});

describe("tasks that wait", () => {
  test("go to the free slot by priority, oldest first", async () => {
    const holder = await rig.hub.agents.create({ name: "holder", definition: "helper" });
    const hold = (wishes: Partial<CreateTask>) => create({ type: "hold", agent: holder.id, ...wishes });
    const blocker = await hold({ parameters: { ms: 60_000 } });
    const tasks = [
      await hold({ parameters: { ms: 0 }, priority: "low" }),
      await hold({ parameters: { ms: 0 } }),
      await hold({ parameters: { ms: 0 } }),
      await hold({ parameters: { ms: 0 }, priority: "critical" }),
    ];
    expect((await rig.hub.tasks.get(tasks[0]?.id ?? ""))?.waiting_reason).toBe("all-busy");
    const order: string[] = [];
    const stop = rig.hub.events.subscribe((event) => {
      if (event.type === "task_started") order.push(String(event.data["task_id"]));
    });
    await rig.hub.tasks.cancel(blocker.id);
    for (const { id } of tasks) await settle(id);
    stop();
    expect(order).toEqual([tasks[3]?.id, tasks[1]?.id, tasks[2]?.id, tasks[0]?.id]);
    await rig.hub.agents.remove(holder.id);
  });

  test("for others run once those are completed, and fail with the reason when one of them does not", async () => {
    const first = await create({ type: "add", parameters: { a: 1, b: 1 } });
    const slow = await create({ type: "nap", parameters: { ms: 20 } });
    const after = await create({ type: "echo", depends_on: [first.id, slow.id] });
    const last = await create({ type: "echo", depends_on: [after.id] });
    expect((await settle(last.id)).status).toBe("completed");
    const times = await Promise.all(
      [slow, after, last].map(async ({ id }) => (await settle(id)).completed_at),
    );
    expect([...times].sort()).toEqual(times);

    const bad = await create({ type: "refuse", parameters: { retryable: false } });
    const never = await create({ type: "echo", depends_on: [bad.id] });
    const neverToo = await create({ type: "echo", depends_on: [never.id] });
    expect(await settle(neverToo.id)).toMatchObject({
      status: "failed",
      attempts: [],
      error: { code: "DEPENDENCY_FAILED", data: { task_id: never.id, status: "failed" } },
    });
    const late = await create({ type: "echo", depends_on: [bad.id] });
    expect((await settle(late.id)).error?.code).toBe("DEPENDENCY_FAILED");
  });

  test("can be cancelled wherever they wait", async () => {
    const parked = await create({ agent: "helper" });
    const blocked = await create({ depends_on: [parked.id] });
    expect(blocked.task).toMatchObject({ status: "blocked", waiting_reason: "dependencies" });
    expect((await rig.hub.tasks.cancel(blocked.id)).status).toBe("cancelled");
    expect((await rig.hub.tasks.cancel(parked.id)).status).toBe("cancelled");
    const retrying = await create({ type: "refuse", parameters: { retryable: true }, max_retries: 20 });
    await eventually(async () => (await rig.hub.tasks.get(retrying.id))?.status === "retrying");
    expect((await rig.hub.tasks.cancel(retrying.id)).status).toBe("cancelled");
  });
});

describe("lists of tasks", () => {
  test("show the youngest first, by page, and know how many there are", async () => {
    const made: string[] = [];
    for (let at = 0; at < 5; at += 1) made.unshift((await create({ type: "echo", tags: ["listed"] })).id);
    for (const id of made) await settle(id);
    const page = await rig.hub.tasks.list({ limit: 2, offset: 1 });
    expect(page.tasks.map((one) => one.id)).toEqual([made[1], made[2]]);
    expect(page.total_count).toBe(rig.hub.invariants().ledger.submitted);
    expect(page.pagination).toEqual({ limit: 2, offset: 1, has_more: true });
    const oldest = await rig.hub.tasks.list({ limit: 1, sort_order: "asc" });
    expect(Date.parse(oldest.tasks[0]?.created_at ?? "")).toBeLessThanOrEqual(
      Date.parse(page.tasks[0]?.created_at ?? ""),
    );
    const tagged = await rig.hub.tasks.list({ tag: "listed", status: "completed" });
    expect(tagged.tasks.map((one) => one.id)).toEqual(made);
    expect(tagged.total_count).toBe(5);
  });

  test("filter by status under either name, by priority, type and agent", async () => {
    const parked = await create({ type: "parked type", agent: "helper", priority: 3 });
    for (const query of [
      { status: "pending" },
      { status: "queued" },
      { priority: "3" },
      { type: "parked type" },
    ] as const) {
      const { tasks } = await rig.hub.tasks.list(query);
      expect(
        tasks.map((one) => one.id),
        JSON.stringify(query),
      ).toContain(parked.id);
    }
    await rig.hub.tasks.cancel(parked.id);
    const cancelled = await rig.hub.tasks.list({ status: "cancelled", limit: 500 });
    expect(cancelled.tasks.map((one) => one.id)).toContain(parked.id);
    const byAgent = await rig.hub.tasks.list({ agent_id: "worker", limit: 500 });
    expect(byAgent.tasks.every((one) => one.attempts.length > 0)).toBe(true);
    await expect(rig.hub.tasks.list({ status: "sleeping" as never })).rejects.toMatchObject({
      code: "VALIDATION_ERROR",
    });
  });

  test("say the same as JSON text: settled and open tasks, first asked or again, opened again or gone", async () => {
    const asJson = async (query: TaskQuery): Promise<unknown> =>
      JSON.parse(Buffer.concat(await rig.hub.tasks.listJson(query)).toString("utf8"));
    const done = await create({ type: "echo", tags: ["written"], description: "grüße, 你好 ✓" });
    await settle(done.id);
    const parked = await create({ type: "parked type", agent: "helper", tags: ["written"] });
    const cancelled = await create({ type: "parked type", agent: "helper", tags: ["written"] });
    await rig.hub.tasks.cancel(cancelled.id);
    const all = { limit: 500 };
    for (const query of [all, all, { tag: "written", offset: 1 }, { tag: "nowhere" }, {}]) {
      expect(await asJson(query)).toEqual(JSON.parse(JSON.stringify(await rig.hub.tasks.list(query))));
    }
    await rig.hub.tasks.retry(cancelled.id);
    expect(await asJson(all)).toEqual(JSON.parse(JSON.stringify(await rig.hub.tasks.list(all))));
    await rig.hub.tasks.cancel(cancelled.id, "again");
    expect(await asJson(all)).toEqual(JSON.parse(JSON.stringify(await rig.hub.tasks.list(all))));
    await rig.hub.tasks.cancel(parked.id);
    await expect(rig.hub.tasks.listJson({ limit: 0 })).rejects.toMatchObject({ code: "VALIDATION_ERROR" });
  });

  test("answer for ids that are not there", async () => {
    expect(await rig.hub.tasks.get("task-00zzzzzz-aaaaaa")).toBeUndefined();
    expect(await rig.hub.tasks.get("../../etc/passwd")).toBeUndefined();
    await expect(rig.hub.tasks.cancel("nothing")).rejects.toMatchObject({ code: "TASK_NOT_FOUND" });
    await expect(rig.hub.tasks.explain("nothing")).rejects.toMatchObject({ code: "TASK_NOT_FOUND" });
  });

  test("explain an assignment with the terms that held then", async () => {
    const held = rig.hub.agents.get("worker")?.capabilities.find(({ name }) => name === "work");
    const { id } = await create({
      type: "add",
      parameters: { a: 1, b: 1 },
      required_capabilities: [{ name: "work" }],
    });
    const done = await settle(id);
    const why = await rig.hub.tasks.explain(id);
    expect(why.best[0]).toMatchObject({ agent_id: done.assigned_agent, name: "worker", chosen: true });
    expect(why.best[0]?.terms.fitness).toBeCloseTo(held?.proficiency ?? 0, 3);
    expect(why.best[0]?.learned).toMatchObject({ mean: why.best[0]?.terms.success });
    expect(why.best[0]?.learned?.alpha).toBeGreaterThan(0);
  });
});
