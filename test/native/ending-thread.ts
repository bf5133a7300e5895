// A thread of long-call.test.ts: starts so many searches that all but a few wait for a thread of the pool, says so, and
// never stops by itself.

import { parentPort, workerData } from "node:worker_threads";
import { loadAddon } from "../../src/base/addon.js";

const { values, rows, calls } = workerData as { values: Float32Array; rows: number; calls: number };
const { addon } = loadAddon();
const query = new Float32Array(256).fill(1);
for (let call = 0; call < calls; call++) {
  void addon!.similarTopAsync(rows, 1, false, query, values, new Uint32Array(1), new Float32Array(1));
}
parentPort?.postMessage("started");
setInterval(() => {}, 1_000);
