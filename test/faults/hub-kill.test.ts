// kill -9 of the hub process at random moments while tasks are posted: what was acknowledged settles exactly once.
//
// Legal for each of the 2,000 tasks, and nothing else:
//   completed  its last attempt completed; every earlier one was cut off with a process
//   dead       every attempt it was allowed was cut off with a process
// An attempt never begins twice: its number is on disk before its agent hears of it.

import { setTimeout as pause } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import type { Random } from "../../src/base/random.js";
import type { Task } from "../../src/client.js";
import { readTrace } from "../fixtures/chaos-agent.js";
import { freshDir, type HiveProcess, removeAll, startHive } from "./hive-process.js";
import { chance } from "./seed.js";

const TASKS = 2_000;
const ROUNDS = 10;
const POSTERS = 24;
/** Kills come this long after a number of acknowledgements, to meet every stage of what follows one. */
const KILL_AFTER_MS_MAX = 25;

afterAll(removeAll);

interface Posted {
  readonly key: string;
  readonly maxRetries: number;
  readonly id: string;
  /** The task as a waiting client saw it settle, maybe several deaths before the end. */
  readonly settled: Promise<Task>;
}

test(`${TASKS} tasks over ${ROUNDS} deaths of the hub: each acknowledged one settles once, none lost`, async () => {
  const random = chance("hub-kill");
  const dir = freshDir();
  const trace = `${dir}/trace`;
  const hive = await startHive(dir, 0, "runtime.threads=1");
  const posted: Posted[] = [];
  const posting = postAll(hive, random, trace, posted);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const enough = Math.min(TASKS, posted.length + 1 + random.below(TASKS / ROUNDS));
    while (posted.length < enough) await pause(1);
    await pause(random.below(KILL_AFTER_MS_MAX));
    process.kill(hive.hubPid(), "SIGKILL");
    await hive.respawned(round);
  }
  await posting;
  const seen = await Promise.all(posted.map((one) => one.settled));
  await checkTasks(hive, posted, seen, readTrace(trace));
  await checkKeys(hive, posted, trace);
  hive.child.kill("SIGTERM");
  expect(await hive.exited()).toBe(0);
}, 120_000);

async function postAll(hive: HiveProcess, random: Random, trace: string, posted: Posted[]): Promise<void> {
  let next = 0;
  const post = async (): Promise<void> => {
    while (next < TASKS) {
      const number = next++;
      const key = `kill-${number}`;
      const maxRetries = random.below(4);
      const { task_id: id } = await hive.client.tasks.create(body(number, maxRetries, trace), {
        idempotencyKey: key,
      });
      posted.push({ key, maxRetries, id, settled: hive.client.tasks.wait(id) });
    }
  };
  await Promise.all(Array.from({ length: POSTERS }, post));
}

function body(number: number, maxRetries: number, trace: string) {
  return {
    description: `task ${number}`,
    type: "note",
    parameters: { trace, ms: number % 3 === 0 ? number % 40 : 0 },
    max_retries: maxRetries,
    tags: ["kill"],
  };
}

async function checkTasks(
  hive: HiveProcess,
  posted: readonly Posted[],
  seen: readonly Task[],
  keys: readonly string[],
): Promise<void> {
  expect(new Set(posted.map((one) => one.id)).size).toBe(TASKS);
  const begun = new Set(keys);
  expect(keys.length, "an attempt began twice").toBe(begun.size);
  const counts: Record<string, number> = {};
  const now = await Promise.all(posted.map(({ id }) => hive.client.tasks.get(id)));
  expect(now, "a settled task changed").toEqual(seen);
  for (const [at, { id, maxRetries }] of posted.entries()) {
    const task = now[at] as Task;
    expect(task.attempts.length).toBeLessThanOrEqual(maxRetries + 1);
    const statuses = task.attempts.map((one) => one.status);
    const cutOff = task.attempts.map(() => "interrupted");
    if (task.status === "completed") {
      expect(statuses).toEqual([...cutOff.slice(1), "completed"]);
      expect(task.result).toEqual({ key: `${id}.${statuses.length}` });
      expect(begun.has(`${id}.${statuses.length}`)).toBe(true);
    } else {
      expect(task.status).toBe("dead");
      expect(statuses).toEqual(cutOff);
      expect(statuses).toHaveLength(maxRetries + 1);
    }
    const kind = `${task.status} at attempt ${statuses.length}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  console.log("outcomes:", counts);
  const limits = new Map(posted.map((one) => [one.id, one.maxRetries + 1]));
  for (const key of begun) {
    const dot = key.lastIndexOf(".");
    expect(Number(key.slice(dot + 1)), key).toBeLessThanOrEqual(limits.get(key.slice(0, dot)) ?? 0);
  }
}

/** Every key still means its task, nothing was made beside them, and the books balance. */
async function checkKeys(hive: HiveProcess, posted: readonly Posted[], trace: string): Promise<void> {
  const some = posted.filter((_one, at) => at % 20 === 0);
  for (const { key, maxRetries, id } of some) {
    const again = await hive.client.tasks.create(body(Number(key.slice(5)), maxRetries, trace), {
      idempotencyKey: key,
    });
    expect(again.task_id).toBe(id);
  }
  expect((await hive.client.tasks.list({ tag: "kill", limit: 1 })).total_count).toBe(TASKS);
  expect(await hive.client.invariants()).toMatchObject({
    holds: true,
    ledger: { submitted: TASKS, reopened: 0, settled: TASKS, open: 0 },
  });
}
