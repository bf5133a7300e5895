// Threads die under load, in every way a thread can: the hub's tasks and the runtime's asks come to an end all the
// same.

import { afterAll, describe, expect, test } from "vitest";
import { connect } from "../../src/client.js";
import type { HubHandle } from "../../src/hub.js";
import { type ActorSystem, createSystem } from "../../src/index.js";
import { readTrace } from "../fixtures/chaos-agent.js";
import { Keeper } from "../fixtures/hog.js";
import { freshDir, removeAll } from "./hive-process.js";
import { openHubInside, post, until } from "./hub-inside.js";
import { chance } from "./seed.js";

const TASKS = 400;

const open: (HubHandle | ActorSystem)[] = [];
afterAll(async () => {
  for (const one of open) await one[Symbol.asyncDispose]();
  await removeAll();
});

describe("a hub whose threads are killed under load", () => {
  test("completes or fails every task within its attempts, and its agents are back at work", async () => {
    const random = chance("thread-kill");
    const dir = freshDir();
    const trace = `${dir}/trace`;
    const handle = await openHubInside(dir);
    open.push(handle);
    const { hub, system } = handle;
    const threadsLost: string[] = [];
    system.events.subscribe((event) => {
      if (event.type === "thread-lost") threadsLost.push(event.reason);
    });
    const tasks = await Promise.all(
      Array.from({ length: TASKS }, (_, at) => {
        // A few end their thread themselves, from inside an action.
        const faulty = at % 200 === 100;
        const parameters = faulty ? { trace, how: "exit", failures: 1 } : { trace, ms: random.below(60) };
        return post(handle, { type: faulty ? "fault" : "note", parameters, max_retries: random.below(5) });
      }),
    );
    let settled = 0;
    for (const task of tasks) void task.settled.then(() => (settled += 1));
    await until(() => settled > 20 && hub.status().tasks.executor.running > 0);
    await system.restartThread(1 + random.below(2));
    await until(() => settled > 60);
    const client = connect({ url: handle.url, token: await handle.token() });
    await client.restartThread(1 + random.below(2));
    await client.close();
    const done = await Promise.all(tasks.map((task) => task.settled));
    checkTasks(done, readTrace(trace));
    expect(threadsLost.length).toBeGreaterThanOrEqual(2);
    expect(hub.invariants()).toMatchObject({ holds: true, ledger: { settled: TASKS, open: 0 } });
    expect(system.threads().map((thread) => thread.state)).toEqual(["running", "running"]);
    const after = await post(handle, { type: "note", parameters: { trace, ms: 0 } });
    expect(await after.settled).toMatchObject({ status: "completed" });
  }, 60_000);
});

function checkTasks(
  done: readonly Awaited<Awaited<ReturnType<typeof post>>["settled"]>[],
  keys: string[],
): void {
  expect(new Set(keys).size, "an attempt began twice").toBe(keys.length);
  for (const task of done) {
    expect(["completed", "dead"]).toContain(task.status);
    expect(task.attempts.length).toBeLessThanOrEqual(task.max_retries + 1);
    if (task.status === "dead") expect(task.attempts).toHaveLength(task.max_retries + 1);
    const cutOff = task.status === "completed" ? task.attempts.slice(0, -1) : task.attempts;
    for (const { error } of cutOff) expect(["THREAD_LOST", "AGENT_UNREACHABLE"]).toContain(error?.code);
  }
}

describe("a thread that dies", () => {
  const deaths = ["exit", "throwOutside", "hoard", "spinForever"] as const;
  test.each(deaths)("of %s takes its asks with it and nothing else; its actors come back", async (how) => {
    const system = await createSystem({
      threads: 2,
      stallMs: 500,
      resourceLimits: { maxOldGenerationSizeMb: 48 },
      log: { log: () => undefined },
    });
    open.push(system);
    const keeper = system.spawn(Keeper, { on: "this" });
    const victim = await keeper.ask("keep", 1);
    const neighbour = await keeper.ask("keep", 1);
    const elsewhere = await keeper.ask("keep", 2);
    for (let turn = 1; turn <= 3; turn += 1) expect(await elsewhere.ask("ping")).toBe(turn);
    await Promise.all([victim.ask("ping"), neighbour.ask("ping")]);
    const replaced = new Promise<void>((resolve) => {
      system.events.subscribe((event) => event.type === "thread-replaced" && resolve());
    });
    const asks = Array.from({ length: 50 }, () => neighbour.ask("ping", undefined, { timeoutMs: 30_000 }));
    victim.tell(how);
    const behind = Array.from({ length: 50 }, () => neighbour.ask("ping", undefined, { timeoutMs: 30_000 }));
    const outcomes = await Promise.allSettled([...asks, ...behind]);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "THREAD_LOST" });
    await replaced;
    expect(await victim.ask("ping")).toBe(1);
    expect(await neighbour.ask("ping")).toBeLessThanOrEqual(51);
    expect(await elsewhere.ask("ping")).toBe(4);
    expect(system.threads()).toMatchObject([
      { thread: 1, epoch: 2, state: "running" },
      { thread: 2, epoch: 1 },
    ]);
    await system.shutdown();
  });
});
