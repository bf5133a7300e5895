// Hive is told to stop, or loses its parent, while it is at work: nothing acknowledged is lost, nothing is left behind.

import { afterAll, describe, expect, test } from "vitest";
import { ClientError, type HiveClient, type Task } from "../../src/client.js";
import { isAlive, waitUntil } from "../cli/wait-until.js";
import { readTrace } from "../fixtures/chaos-agent.js";
import { freshDir, isFree, removeAll, startHive } from "./hive-process.js";

const POSTERS = 8;

afterAll(removeAll);

/** Posts until the hub does not take any more; the ids of what it acknowledged. */
async function postUntilRefused(client: HiveClient, trace: string, ids: string[]): Promise<void> {
  const ended = new AbortController();
  const post = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      const task = {
        description: "under load",
        type: "note",
        parameters: { trace, ms: 300 },
        max_retries: 0,
      };
      try {
        ids.push((await client.tasks.create(task, { signal: ended.signal })).task_id);
      } catch (error) {
        expect(error).toBeInstanceOf(ClientError);
        ended.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: POSTERS }, post));
}

/** Waits for the tasks whose creates were cut off before they were answered, too; then the books balance. */
async function allSettled(client: HiveClient): Promise<void> {
  for (;;) {
    const report = await client.invariants();
    expect(report).toMatchObject({ holds: true });
    if ((report["ledger"] as { open: number }).open === 0) return;
  }
}

function statuses(tasks: readonly Task[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of tasks) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe("SIGTERM under load", () => {
  test("running tasks finish, queued ones are kept, port and store are free, and the exit code is 0", async () => {
    const dir = freshDir();
    const trace = `${dir}/trace`;
    const hive = await startHive(dir);
    const ids: string[] = [];
    const client = hive.clientWith({ retryForMs: 0 });
    const posting = postUntilRefused(client, trace, ids);
    await waitUntil(() => ids.length >= 100 && readTrace(trace).length >= 20);
    const hubPid = hive.hubPid();
    hive.child.kill("SIGTERM");
    expect(await hive.exited()).toBe(0);
    await posting;
    await client.close();
    expect(isAlive(hubPid)).toBe(false);
    expect(await isFree(hive.port)).toBe(true);
    const begun = new Set(readTrace(trace).map((key) => key.slice(0, key.lastIndexOf("."))));
    const next = await startHive(dir, hive.port);
    const before = await Promise.all(ids.map((id) => next.client.tasks.get(id)));
    // No retries were allowed: one that had been cut off would be dead.
    for (const task of before.filter((one) => begun.has(one.id))) {
      expect(task).toMatchObject({ status: "completed" });
      expect(task.attempts).toHaveLength(1);
    }
    const after = await Promise.all(ids.map((id) => next.client.tasks.wait(id)));
    expect(statuses(after)).toEqual({ completed: ids.length });
    await allSettled(next.client);
    next.child.kill("SIGTERM");
    expect(await next.exited()).toBe(0);
  }, 90_000);
});

describe("SIGKILL of the parent under load", () => {
  test("the hub ends at once, port and store are free, and nothing acknowledged is lost", async () => {
    const dir = freshDir();
    const trace = `${dir}/trace`;
    const hive = await startHive(dir);
    const ids: string[] = [];
    const client = hive.clientWith({ retryForMs: 0 });
    const posting = postUntilRefused(client, trace, ids);
    await waitUntil(() => ids.length >= 100 && readTrace(trace).length >= 20);
    const hubPid = hive.hubPid();
    hive.child.kill("SIGKILL");
    await waitUntil(() => !isAlive(hubPid));
    await posting;
    await client.close();
    expect(await isFree(hive.port)).toBe(true);
    const next = await startHive(dir, hive.port);
    const after = await Promise.all(ids.map((id) => next.client.tasks.wait(id)));
    const begun = readTrace(trace);
    expect(new Set(begun).size, "an attempt began twice").toBe(begun.length);
    for (const task of after) {
      expect(task.attempts).toHaveLength(1);
      const [attempt] = task.attempts;
      if (task.status === "dead") expect(attempt).toMatchObject({ status: "interrupted" });
      else expect(task).toMatchObject({ status: "completed", result: { key: `${task.id}.1` } });
    }
    await allSettled(next.client);
  }, 90_000);
});
