// A thread of `npm run simulate`: runs the seeds it is given, one after the other, and says what it found.

import { parentPort } from "node:worker_threads";
import { runSeed } from "./world.js";

parentPort?.on("message", async (seed: number | undefined) => {
  if (seed === undefined) return parentPort?.close();
  const { trace: _trace, ...finding } = await runSeed(seed);
  parentPort?.postMessage(finding);
});
