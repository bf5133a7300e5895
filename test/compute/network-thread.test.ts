import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { createNetwork, createNetworkEngine } from "../../src/compute/network.js";
import { aBatch } from "./network-scenes.js";

const { addon } = loadAddon();

describe.runIf(addon !== undefined)("a thread that trains a network natively", () => {
  const start = (how: "stay" | "exit" | "throw") =>
    new Worker(new URL("./network-thread.js", import.meta.url), { workerData: how });

  it.each(["stay", "exit", "throw"] as const)("may end at any moment: %s", async (how) => {
    for (let round = 0; round < 5; round++) {
      const worker = start(how);
      worker.on("error", () => undefined);
      const ended = once(worker, "exit").catch(() => undefined);
      await Promise.race([once(worker, "message").catch(() => undefined), ended]);
      // From the middle of the first epoch to that of a later one.
      await new Promise((resolve) => setTimeout(resolve, 3 * round));
      if (how === "stay") await worker.terminate();
      await ended;
    }
    const network = createNetwork(
      { inputs: 4, layers: [{ neurons: 2, activation: "relu" }] },
      1,
      createNetworkEngine(addon),
    );
    const batch = aBatch(4, 10, 1);
    expect(await network.forwardLater(batch)).toEqual(network.forward(batch));
  });

  it("computes at the same time as others", async () => {
    const workers = [start("stay"), start("stay")];
    await Promise.all(workers.map((worker) => once(worker, "message")));
    const network = createNetwork(
      { inputs: 64, layers: [{ neurons: 32, activation: "tanh" }] },
      2,
      createNetworkEngine(addon),
    );
    const batch = aBatch(64, 500, 3);
    const wanted = network.forward(batch);
    const answers = await Promise.all(Array.from({ length: 20 }, () => network.forwardLater(batch)));
    for (const answer of answers) expect(answer).toEqual(wanted);
    await Promise.all(workers.map((worker) => worker.terminate()));
  });
});
