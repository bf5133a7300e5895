import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { BellExchange } from "../../src/base/bell.js";
import type { RelayData } from "./bell-relay-thread.js";

const RUNNERS = 3;
const HOPS = 20_000;
const { addon } = loadAddon();
const kinds = addon === undefined ? (["port"] as const) : (["native", "port"] as const);

async function startRunners(exchange: BellExchange, data: Omit<RelayData, "seat">): Promise<Worker[]> {
  const runners: Worker[] = [];
  for (let thread = 1; thread <= RUNNERS; thread++) {
    const { seat, transfer, introductions } = exchange.admit(thread);
    const workerData: RelayData = { ...data, seat };
    const runner = new Worker(new URL("./bell-relay-thread.js", import.meta.url), {
      workerData,
      transferList: [...transfer],
    });
    for (const { thread: other, line } of introductions) runners[other - 1]?.postMessage(line, [line.port]);
    runners.push(runner);
    await once(runner, "message");
  }
  return runners;
}

describe.each(kinds)("tokens passed between threads that sleep until a %s bell rings", (kind) => {
  it.each([1, 2, 16])("all arrive, with %i on the way at once", async (tokens) => {
    const seed = Math.floor(Math.random() * 0x1_0000_0000);
    console.log(`bell relay (${kind}, ${tokens} tokens): seed ${seed}`);
    const words = new Int32Array(new SharedArrayBuffer((RUNNERS + 1) * Int32Array.BYTES_PER_ELEMENT));
    const exchange = new BellExchange(kind === "native" ? addon : undefined);
    const runners = await startRunners(exchange, { seed, words });
    let finished = 0;
    const allFinished = new Promise<void>((resolve) => {
      for (const runner of runners) runner.on("message", () => ++finished === tokens && resolve());
    });
    exchange.own.listen(() => {});
    words[0] = HOPS;
    Atomics.add(words, 1, tokens);
    exchange.own.ring(1);
    await allFinished;
    expect(Atomics.load(words, 0)).toBe(-tokens);
    await Promise.all(runners.map((runner) => runner.terminate()));
    exchange.close();
  });
});
