import { afterAll, describe, expect, test } from "vitest";

import type { CreateTask, Task } from "../../src/wire/task-shapes.js";
import type { TestHub } from "./hub-rig.js";
import { eventually, removeDirs, startHub } from "./hub-rig.js";

afterAll(removeDirs);

function create(rig: TestHub, input: Partial<CreateTask>, key?: string) {
  const options = key === undefined ? {} : { idempotencyKey: key };
  return rig.hub.tasks.create({ description: "a task of a test", ...input }, options);
}

async function settle(rig: TestHub, id: string): Promise<Task> {
  const task = await rig.hub.tasks.settled(id, { timeoutMs: 8_000 });
  if (task === undefined) throw new Error(`task ${id} did not settle`);
  return task;
}

/** What must be the same before and after a restart. */
async function pictureOf(rig: TestHub) {
  const { tasks, total_count } = await rig.hub.tasks.list({ limit: 500 });
  const { agents } = rig.hub.agents.list({ limit: 500, sort_order: "asc" });
  return {
    ledger: rig.hub.invariants().ledger,
    total_count,
    tasks,
    learned: agents.map(({ id }) => rig.hub.agents.performance(id)),
    agents: agents.map(({ id, name, capabilities, tasks_completed, tasks_failed, max_concurrent }) => {
      return { id, name, capabilities, tasks_completed, tasks_failed, max_concurrent };
    }),
  };
}

/** Nobody can. */
const FLYING = { required_capabilities: [{ name: "flying" }] };

/** Tasks of every outcome, two that nobody can do, and an agent made by request. */
async function liveALittle(rig: TestHub): Promise<void> {
  await rig.hub.agents.create({
    name: `by request ${rig.hub.agents.list().total_count}`,
    definition: "worker",
    capabilities: [{ name: "rare", proficiency: 1 }],
  });
  await rig.hub.agents.learn("worker", { type: "add", success: true, quality: 0.7, capabilities: ["work"] });
  await rig.hub.agents.learn("worker", { type: "add", success: false, execution_time_ms: 40 });
  const gone = await rig.hub.agents.create({ name: "soon gone", definition: "helper" });
  const settled = [
    await create(
      rig,
      { type: "add", parameters: { a: 1, b: 2 }, required_capabilities: [{ name: "work" }] },
      "the key",
    ),
    await create(rig, { type: "flaky", parameters: { failures: 1 }, agent: "worker" }),
    await create(rig, { type: "refuse", parameters: { retryable: false }, agent: "worker" }),
    await create(rig, { type: "refuse", parameters: { retryable: true }, agent: "worker", max_retries: 1 }),
    await create(rig, { type: "nap", parameters: { ms: 60_000 }, deadline: Date.now() + 30 }),
    await create(rig, { type: "hold", parameters: { ms: 1 }, agent: gone.id }),
  ];
  for (const { id } of settled) await settle(rig, id);
  await rig.hub.agents.remove(gone.id);
  await rig.hub.tasks.retry(settled[3]?.id ?? "");
  await settle(rig, settled[3]?.id ?? "");
  const parked = await create(rig, { ...FLYING, tags: ["parked"] });
  await create(rig, { type: "echo", depends_on: [parked.id] });
  const cancelled = await create(rig, FLYING);
  await rig.hub.tasks.cancel(cancelled.id, "enough");
}

describe("after a restart", () => {
  test.each([
    ["a kill, from the journal alone", "abandon", false],
    ["a kill, from a checkpoint and the tail behind it", "abandon", true],
    ["an orderly close", "close", false],
  ] as const)("of %s, every task, agent and count is as before", async (_, end, withCheckpoint) => {
    let rig = await startHub();
    await liveALittle(rig);
    if (withCheckpoint) {
      await rig.hub.checkpoint();
      await liveALittle(rig);
    }
    const before = await pictureOf(rig);
    expect(before.ledger.open).toBe(withCheckpoint ? 4 : 2);
    await rig[end]();
    rig = await startHub({ dir: rig.dir });
    expect(rig.hub.recovered?.hadCheckpoint).toBe(withCheckpoint || end === "close");
    expect(rig.hub.recovered?.entries === 0).toBe(end === "close");
    expect(await pictureOf(rig)).toEqual(before);
    expect(rig.hub.invariants().holds).toBe(true);
    const again = await create(
      rig,
      { type: "add", parameters: { a: 1, b: 2 }, required_capabilities: [{ name: "work" }] },
      "the key",
    );
    expect(again.created).toBe(false);
    await rig.close();
  });

  test("tasks that waited go on: queued, retrying, and blocked ones", async () => {
    let rig = await startHub({ settings: { backoff: { initialMs: 300, factor: 1, maxMs: 300, jitter: 0 } } });
    const parked = await create(rig, { type: "echo", agent: "helper" });
    const blocked = await create(rig, { type: "echo", depends_on: [parked.id] });
    const retrying = await create(rig, { type: "flaky", parameters: { failures: 1 } });
    await eventually(async () => (await rig.hub.tasks.get(retrying.id))?.status === "retrying");
    await rig.abandon();
    rig = await startHub({ dir: rig.dir });
    await rig.hub.agents.create({ name: "later", definition: "helper" });
    expect((await settle(rig, blocked.id)).status).toBe("completed");
    expect((await settle(rig, parked.id)).status).toBe("completed");
    expect((await settle(rig, retrying.id)).attempts.length).toBeGreaterThanOrEqual(2);
    await rig.close();
  });

  test("a task that was running is tried again, and the interrupted attempt counts", async () => {
    let rig = await startHub();
    const napping = await create(rig, { type: "nap", parameters: { ms: 60_000 } });
    const deadly = await create(rig, { type: "nap", parameters: { ms: 60_000 }, max_retries: 1 });
    for (const expected of [1, 2]) {
      for (const { id } of [napping, deadly]) {
        await eventually(async () => {
          const task = await rig.hub.tasks.get(id);
          return task?.progress === 0.5 && task.attempts.length === expected;
        });
      }
      await rig.abandon();
      rig = await startHub({ dir: rig.dir });
    }
    const dead = await settle(rig, deadly.id);
    expect(dead).toMatchObject({ status: "dead", error: { code: "INTERRUPTED" } });
    expect(dead.attempts.map((one) => one.status)).toEqual(["interrupted", "interrupted"]);
    await eventually(async () => (await rig.hub.tasks.get(napping.id))?.attempts.length === 3);
    expect((await rig.hub.tasks.cancel(napping.id)).attempts[2]?.status).toBe("cancelled");
    await rig.close();
  });

  test("a shutdown lets running attempts finish, and interrupts those that do not", async () => {
    let rig = await startHub();
    const short = await create(rig, { type: "nap", parameters: { ms: 60 } });
    const long = await create(rig, { type: "nap", parameters: { ms: 60_000 } });
    await eventually(async () => (await rig.hub.tasks.get(long.id))?.progress === 0.5);
    expect(await rig.hub.drain(500)).toEqual({ finished: 1, stopped: 1 });
    await expect(create(rig, { type: "echo" })).rejects.toMatchObject({ code: "DRAINING" });
    await rig.close();
    rig = await startHub({ dir: rig.dir });
    expect((await settle(rig, short.id)).status).toBe("completed");
    await eventually(async () => (await rig.hub.tasks.get(long.id))?.attempts.length === 2);
    expect((await rig.hub.tasks.get(long.id))?.attempts[0]?.status).toBe("interrupted");
    await rig.abandon();
  });

  test("checkpoints taken under load lose nothing and count nothing twice", async () => {
    let rig = await startHub({ settings: { checkpointEntries: 200, maxConcurrentTasks: 4 } });
    const ids: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const made = Array.from({ length: 40 }, (_, at) => {
        const kind =
          at % 4 === 0
            ? { type: "refuse", parameters: { retryable: at % 8 === 0 }, max_retries: 1 }
            : { type: "echo" };
        return create(rig, kind, `key ${round} ${at}`);
      });
      for (const { id } of await Promise.all(made)) ids.push(id);
      await rig.hub.checkpoint();
    }
    await Promise.all(ids.slice(0, 300).map((id) => settle(rig, id)));
    await rig.abandon();
    rig = await startHub({ dir: rig.dir });
    expect(rig.hub.recovered?.hadCheckpoint).toBe(true);
    const tasks = await Promise.all(ids.map((id) => settle(rig, id)));
    for (const [at, task] of tasks.entries()) {
      const expected = at % 4 !== 0 ? "completed" : at % 8 === 0 ? "dead" : "failed";
      expect(task.status, `task ${at}`).toBe(expected);
    }
    expect(rig.hub.invariants()).toMatchObject({
      holds: true,
      ledger: { submitted: 400, reopened: 0, settled: 400, open: 0 },
    });
    await rig.close();
  });
});
