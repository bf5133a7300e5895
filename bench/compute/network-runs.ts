// Both sides of the questions about networks. They do the same work from the same first weights, and each is held to
// what the other should come to.

import { Network } from "../../src/compute/network.js";
import { JsNetworkEngine } from "../../src/compute/network-js.js";
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
