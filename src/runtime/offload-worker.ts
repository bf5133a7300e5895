// A thread of the CPU pool: imports the job's module and runs the job.

import { loadJob } from "./definitions.js";
import type { JobOrder } from "./offload-desk.js";
import { markOwnThread } from "./own-thread.js";

markOwnThread();

export default async function run({ module, name, input }: JobOrder): Promise<unknown> {
  const job = await loadJob(module, name);
  return job.run(input);
}
