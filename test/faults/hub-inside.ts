// A whole hub inside the test's own process, with the agent that fails, so that a test can reach its threads.

import { createHub, type HubHandle } from "../../src/hub.js";
import type { CreateTask, Task } from "../../src/wire/task-shapes.js";
import { CHAOS_AGENT_FILE } from "./hive-process.js";

/** Opens one on a directory; two threads, its gateway on a free port. */
export function openHubInside(dir: string): Promise<HubHandle> {
  return createHub({
    server: { port: 0 },
    data: { dir },
    runtime: { threads: 2 },
    agents: { paths: [CHAOS_AGENT_FILE] },
    logging: { level: "fatal" },
  });
}

/** Posts a task, answers how it settles. */
export async function post(
  { hub }: HubHandle,
  task: Pick<CreateTask, "type"> & Partial<CreateTask>,
): Promise<{ id: string; settled: Promise<Task> }> {
  const { id } = await hub.tasks.create({ description: "a task of a test", ...task });
  const settled = hub.tasks.settled(id, { timeoutMs: 60_000 }).then((done) => {
    if (done === undefined) throw new Error(`task ${id} did not settle within a minute`);
    return done;
  });
  return { id, settled };
}

/** Waits until something holds, looking between turns of the event loop. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}
