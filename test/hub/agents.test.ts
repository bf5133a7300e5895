import { afterAll, afterEach, describe, expect, test } from "vitest";

import { Definitions, loadDefinitions } from "../../src/hub/definitions.js";
import { ENTRY } from "../../src/wire/entries.js";
import type { HubEvent } from "../../src/wire/event-shapes.js";
import { helper, worker } from "./agents.js";
import type { TestHub } from "./hub-rig.js";
import { eventually, freshDir, removeDirs, startHub, writeJournal } from "./hub-rig.js";

let rig: TestHub;

afterEach(() => rig.close());
afterAll(removeDirs);

describe("agents", () => {
  test("of definitions are there from the start, and the same ones after a restart", async () => {
    rig = await startHub();
    const [only] = rig.hub.agents.list().agents;
    expect(only).toMatchObject({
      name: "worker",
      definition: "worker",
      version: "1.2.3",
      state: "idle",
      capabilities: [{ name: "work", proficiency: 0.8 }],
      energy_level: 100,
      breaker: "closed",
      max_concurrent: 4,
    });
    await rig.close();
    rig = await startHub({ dir: rig.dir });
    expect(rig.hub.agents.list().agents.map((one) => one.id)).toEqual([only?.id]);
  });

  test("are started from a loaded definition, by its name or by what it can do", async () => {
    rig = await startHub();
    const named = await rig.hub.agents.create({ name: "ann", definition: "helper", type: "coordinator" });
    expect(named).toMatchObject({ definition: "helper", type: "coordinator", max_concurrent: 1 });
    const capabilities = [{ name: "help", proficiency: 0.2 }];
    const covered = await rig.hub.agents.create({ name: "bob", capabilities, max_concurrent: 99 });
    expect(covered).toMatchObject({ definition: "helper", max_concurrent: 10 });
    expect(covered.capabilities).toMatchObject(capabilities);
    expect(rig.hub.agents.list({ type: "coordinator" }).total_count).toBe(1);
    const page = rig.hub.agents.list({ limit: 2, sort_by: "name", sort_order: "asc" });
    expect(page.agents.map((one) => one.name)).toEqual(["ann", "bob"]);
    expect(page.pagination).toEqual({ limit: 2, offset: 0, has_more: true });
  });

  test("that no definition covers are refused with the list of those that are loaded", async () => {
    rig = await startHub();
    for (const wish of [
      { definition: "nobody" },
      { capabilities: [{ name: "magic", proficiency: 1 }] },
      {},
    ]) {
      await expect(rig.hub.agents.create({ name: "x", ...wish })).rejects.toMatchObject({
        code: "NO_DEFINITION",
        data: { available: ["worker", "helper"] },
      });
    }
    const bad = rig.hub.agents.create({ name: "", capabilities: [] });
    await expect(bad).rejects.toMatchObject({ code: "VALIDATION_ERROR" });
  });

  test("that are removed stop, and what they were doing is done by another", async () => {
    rig = await startHub();
    const first = await rig.hub.agents.create({ name: "first", definition: "helper" });
    const { id } = await rig.hub.tasks.create({ description: "x", type: "hold", parameters: { ms: 200 } });
    await eventually(async () => (await rig.hub.tasks.get(id))?.status === "running");
    await rig.hub.agents.create({ name: "second", definition: "helper" });
    expect(await rig.hub.agents.remove(first.id)).toMatchObject({ id: first.id, state: "inactive" });
    const task = await rig.hub.tasks.settled(id, { timeoutMs: 8_000 });
    expect(task).toMatchObject({ status: "completed" });
    expect(task?.attempts.map((one) => one.agent_id === first.id)).toEqual([true, false]);
    await expect(rig.hub.agents.remove(first.id)).rejects.toMatchObject({ code: "AGENT_NOT_FOUND" });
    expect(rig.hub.invariants().holds).toBe(true);
  });

  test("that crash too often are failed, alone: their breaker is open and everything else goes on", async () => {
    rig = await startHub();
    const events: HubEvent[] = [];
    rig.hub.events.subscribe((event) => events.push(event));
    const frail = await rig.hub.agents.create({ name: "frail", definition: "worker" });
    const crash = {
      description: "x",
      type: "crash",
      parameters: { failures: 99 },
      agent: frail.id,
      max_retries: 20,
    };
    const { id } = await rig.hub.tasks.create(crash);
    await eventually(() => rig.hub.agents.get(frail.id)?.state === "failed");
    expect(rig.hub.agents.get(frail.id)).toMatchObject({ breaker: "open", restarts: 5, tasks_running: 0 });
    await eventually(async () => (await rig.hub.tasks.get(id))?.waiting_reason === "breaker-open");
    expect(rig.hub.health()).toMatchObject({ status: "degraded", components: { agents: { failed: 1 } } });
    const fine = await rig.hub.tasks.create({ description: "x", type: "add", parameters: { a: 1, b: 1 } });
    expect(await rig.hub.tasks.settled(fine.id, { timeoutMs: 8_000 })).toMatchObject({ result: { sum: 2 } });
    const states = events
      .filter((event) => event.type === "agent_status_changed" && event.data["agent_id"] === frail.id)
      .map((event) => event.data["state"]);
    expect(states.at(-1)).toBe("failed");
    await rig.hub.tasks.cancel(id);
  });

  test("whose thread is lost come back, and their tasks are tried again", async () => {
    rig = await startHub({ threads: 2 });
    const { id } = await rig.hub.tasks.create({ description: "x", type: "nap", parameters: { ms: 300 } });
    await eventually(async () => (await rig.hub.tasks.get(id))?.progress === 0.5);
    const place = rig.hub.agents.get("worker")?.place ?? "";
    await rig.system.restartThread(Number(place.replace("thread ", "")));
    const task = await rig.hub.tasks.settled(id, { timeoutMs: 8_000 });
    expect(task).toMatchObject({ status: "completed", result: "rested" });
    expect(task?.attempts[0]).toMatchObject({ status: "failed", error: { code: "THREAD_LOST" } });
    expect(rig.hub.agents.get("worker")).toMatchObject({ state: "idle", restarts: 1 });
  });

  test("of which there are several share the work", async () => {
    const pool = { ...worker, meta: { ...worker.meta, instances: { min: 3, max: 3 } } };
    rig = await startHub({ definitions: [pool], threads: 2 });
    expect(rig.hub.agents.list({ sort_order: "asc" }).agents.map((one) => one.name)).toEqual([
      "worker",
      "worker-2",
      "worker-3",
    ]);
    const made = await Promise.all(
      Array.from({ length: 12 }, () =>
        rig.hub.tasks.create({ description: "x", type: "nap", parameters: { ms: 30 } }),
      ),
    );
    const done = await Promise.all(made.map(({ id }) => rig.hub.tasks.settled(id, { timeoutMs: 8_000 })));
    expect(new Set(done.map((task) => task?.assigned_agent)).size).toBe(3);
  });

  test("have a name each: one that is taken, or about to be, is refused until its agent is removed", async () => {
    rig = await startHub();
    const first = rig.hub.agents.create({ name: "solo", definition: "helper" });
    const early = rig.hub.agents.create({ name: "solo", definition: "helper" });
    await expect(early).rejects.toMatchObject({ code: "CONFLICT" });
    const { id } = await first;
    const late = rig.hub.agents.create({ name: "solo", definition: "helper" });
    await expect(late).rejects.toMatchObject({
      code: "CONFLICT",
      message: `the agent ${id} has the name "solo"; choose another, or DELETE /api/agents/${id} first`,
      data: { name: "solo", agent_id: id },
    });
    await rig.hub.agents.remove(id);
    await expect(rig.hub.agents.create({ name: "solo", definition: "helper" })).resolves.toMatchObject({
      name: "solo",
    });
  });

  test("of which there are several get names that nobody has, whoever took theirs", async () => {
    const pool = { ...worker, meta: { ...worker.meta, instances: { min: 2, max: 2 } } };
    rig = await startHub();
    await rig.hub.agents.create({ name: "worker-2", definition: "helper" });
    await rig.close();
    rig = await startHub({ dir: rig.dir, definitions: [pool, helper] });
    const names = () => rig.hub.agents.list({ sort_order: "asc" }).agents.map((one) => one.name);
    expect(names()).toEqual(["worker", "worker-2", "worker-3"]);
    await rig.hub.agents.remove("worker");
    await rig.close();
    rig = await startHub({ dir: rig.dir, definitions: [pool, helper] });
    expect(names()).toEqual(["worker-2", "worker-3", "worker"]);
  });

  test("that share a name in an old journal live on, and the name is free when the last is removed", async () => {
    const dir = freshDir();
    const ids = ["agent-00000001-aaaaaa", "agent-00000002-bbbbbb", "agent-00000003-cccccc"];
    await writeJournal(
      dir,
      ids.map((id, index) => {
        const record = { id, number: index + 1, name: "twin", definition: "helper", origin: "api" } as const;
        return [ENTRY.agentCreated, index + 1, { ...record, createdMs: 1_000 + index }];
      }),
    );
    rig = await startHub({ dir });
    expect(rig.hub.agents.list({ sort_by: "name" }).total_count).toBe(4);
    const another = () => rig.hub.agents.create({ name: "twin", definition: "helper" });
    for (const id of [ids[1], ids[0], ids[2]] as string[]) {
      await expect(another()).rejects.toMatchObject({ code: "CONFLICT" });
      const oldest = rig.hub.agents.get("twin")?.id;
      await rig.hub.agents.remove(id);
      expect(oldest).toBe(id === ids[2] ? ids[2] : ids[0]);
    }
    const { id } = await another();
    expect(rig.hub.agents.get("twin")?.id).toBe(id);
    await rig.close();
    rig = await startHub({ dir });
    expect(rig.hub.agents.get("twin")?.id).toBe(id);
    await expect(another()).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("whose definition is gone after a restart wait for it, inactive", async () => {
    rig = await startHub();
    await rig.hub.agents.create({ name: "homeless", definition: "helper" });
    await rig.close();
    rig = await startHub({ dir: rig.dir, definitions: [worker] });
    expect(rig.hub.agents.get("homeless")).toMatchObject({ state: "inactive" });
    expect(rig.hub.agents.get("homeless")?.state_reason).toContain('"helper" is not loaded');
  });

  test("are found in the modules that the operator names, and nowhere else", async () => {
    rig = await startHub();
    const found = await loadDefinitions([new URL("./agents.js", import.meta.url).pathname]);
    expect(found.map((one) => one.meta.name)).toEqual(["helper", "worker"]);
    await expect(loadDefinitions(["/nowhere/at/all"])).rejects.toMatchObject({
      code: "AGENT_PATH",
      message: expect.stringMatching(
        /^agents\.paths: cannot read \/nowhere\/at\/all \(ENOENT\); expected a JavaScript/,
      ),
    });
    const noAgents = new URL("./rig.js", import.meta.url).pathname;
    await expect(loadDefinitions([noAgents])).rejects.toThrow("exports an agent made by defineAgent");
    const twin = { ...worker, module: "file:///elsewhere.js" };
    expect(() => new Definitions([worker, twin])).toThrow(
      expect.objectContaining({ code: "DUPLICATE_DEFINITION" }),
    );
  });
});
