// A thread of network-thread.test.ts: trains and computes on the addon without end, until it is ended from outside or,
// when told so, ends itself in the middle.

import { parentPort, workerData } from "node:worker_threads";
import { loadAddon } from "../../src/base/addon.js";
import { createNetwork, createNetworkEngine } from "../../src/compute/network.js";
import { trainNetwork } from "../../src/compute/network-training.js";
import { aBatch } from "./network-scenes.js";

const shape = { inputs: 64, layers: [{ neurons: 64, activation: "tanh" }] } as const;
const network = createNetwork(shape, 1, createNetworkEngine(loadAddon().addon));
const examples = { inputs: aBatch(64, 2000, 1), targets: aBatch(64, 2000, 2) };

void trainNetwork(network, examples, { epochs: 1_000_000, patience: 1_000_000 });
void network.forwardLater(examples.inputs);
parentPort?.postMessage("training");
if (workerData === "exit") process.exit(0);
if (workerData === "throw") throw new Error("on purpose");
