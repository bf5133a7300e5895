// Libraries that people ask other threads with today: comlink (calls) and piscina (jobs).

import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { releaseProxy, wrap } from "comlink";
import { Piscina } from "piscina";
import type { Asker } from "./asking.js";
import { comlinkEndpoint } from "./comlink-endpoint.js";

const noSpin = async (): Promise<void> => undefined;

export async function comlinkAsker(): Promise<Asker> {
  const worker = new Worker(new URL("./comlink-worker.js", import.meta.url));
  const remote = wrap<{ echo(value: number): number }>(comlinkEndpoint(worker));
  return {
    ask: (value) => remote.echo(value),
    spin: noSpin,
    close: async () => {
      remote[releaseProxy]();
      await worker.terminate();
    },
  };
}

export async function piscinaAsker(): Promise<Asker> {
  const filename = fileURLToPath(new URL("./piscina-job.js", import.meta.url));
  // Why 64: one thread takes as many jobs at once as the question keeps in flight.
  const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1, concurrentTasksPerWorker: 64 });
  return { ask: (value) => pool.run(value) as Promise<number>, spin: noSpin, close: () => pool.destroy() };
}
