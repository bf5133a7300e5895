// A thread of similar.test.ts: starts searches and embeddings off its own thread, says that they run, and never stops.

import { parentPort } from "node:worker_threads";
import { loadAddon } from "../../src/base/addon.js";
import { EMBEDDING_DIMS } from "../../src/compute/embed.js";
import { createEmbedder } from "../../src/compute/embedder.js";
import { createSimilarEngine } from "../../src/compute/similar-engine.js";

const ROWS = 20_000;
const { addon } = loadAddon();
const engine = createSimilarEngine(addon);
const embedder = createEmbedder(addon);
const values = new Float32Array(new SharedArrayBuffer(4 * EMBEDDING_DIMS * ROWS)).fill(1);
const text = "call me Ishmael ".repeat(20_000);

async function searchOn(): Promise<never> {
  for (;;) await engine.similarTopAsync(values.subarray(0, 256), { values, rows: ROWS, isUnit: false }, 10);
}

async function embedOn(): Promise<never> {
  for (;;) await embedder.embedAsync(text);
}

for (let index = 0; index < 4; index++) void Promise.race([searchOn(), embedOn()]);
setTimeout(() => parentPort?.postMessage("running"), 20);
