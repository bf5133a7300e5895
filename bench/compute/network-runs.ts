// Both sides of the questions about networks. They do the same work from the same first weights, and each is held to
// what the other should come to.

import { Network } from "../../src/compute/network.js";
import { JsNetworkEngine } from "../../src/compute/network-js.js";
import { errorOf, trainNetwork } from "../../src/compute/network-training.js";
import type { Measured, Session } from "../question.js";
import { makeProblem, type NetworkProblem, ROWS } from "./network-problem.js";
import { openLibfann } from "./peers/libfann.js";

/** 32-bit sums in another order, over all outputs. */
const SUM_TOLERANCE = 1e-4;

export type Side = "hive" | "js engine" | "libfann";

/** Rows a second, `passes` times over the whole batch. */
export async function openForward(side: Side, passes: number): Promise<Session> {
  const problem = makeProblem();
  const expected = sumOf(referenceOf(problem).forward(problem.inputs));
  const measured = (tookMs: number, sum: number): Measured => ({
    value: (passes * ROWS) / (tookMs / 1000),
    verified: Math.abs(sum / expected - 1) < SUM_TOLERANCE,
  });
  if (side === "libfann") {
    const libfann = await openLibfann(problem);
    const run = async () => {
      const { tookMs, result } = await libfann.ask("forward", passes);
      return measured(tookMs, result);
    };
    return { run, close: () => libfann.close() };
  }
  const network = side === "hive" ? problem.network : referenceOf(problem);
  const outputs = new Float32Array(ROWS * network.plan.outputs);
  const run = async () => {
    const startedMs = performance.now();
    for (let pass = 0; pass < passes; pass++) network.forward(problem.inputs, outputs);
    return measured(performance.now() - startedMs, sumOf(outputs));
  };
  return { run, close: async () => undefined };
}

function referenceOf({ network }: NetworkProblem): Network {
  return new Network(network.plan, network.parameters, new JsNetworkEngine());
}

function sumOf(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0);
}

/** What libfann comes to after 30 epochs from the first weights: whoever learns less did less. */
const FINAL_ERROR = { rprop: 1.905e-5, incremental: 8.198e-3 } as const;
const ERROR_TOLERANCE = 0.05;

/** Epochs a second by one of the rules. */
export async function openEpochs(
  side: Side,
  rule: keyof typeof FINAL_ERROR,
  epochs: number,
): Promise<Session> {
  const problem = makeProblem();
  const measured = (tookMs: number, error: number): Measured => ({
    value: epochs / (tookMs / 1000),
    verified: error <= FINAL_ERROR[rule] * (1 + ERROR_TOLERANCE),
  });
  if (side === "libfann") {
    const libfann = await openLibfann(problem);
    const run = async () => {
      const { tookMs, result } = await libfann.ask(rule, epochs);
      return measured(tookMs, result);
    };
    return { run, close: () => libfann.close() };
  }
  const { inputs, targets, learningRate } = problem;
  const options = { algorithm: rule, learningRate, epochs, validationShare: 0 };
  const network = side === "hive" ? problem.network : referenceOf(problem);
  const run = async () => {
    const startedMs = performance.now();
    const { network: trained } = await trainNetwork(network, { inputs, targets }, options);
    const tookMs = performance.now() - startedMs;
    return measured(tookMs, errorOf(trained, { inputs, targets }));
  };
  return { run, close: async () => undefined };
}
