// The outcome predictor at work, on this thread alone, so that nothing but it is measured.

import { loadAddon } from "../../src/base/addon.js";
import { createNetworkEngine } from "../../src/compute/network.js";
import { JsNetworkEngine } from "../../src/compute/network-js.js";
import { OutcomePredictor } from "../../src/compute/predictor.js";
import { trainOutcomes } from "../../src/compute/predictor-job.js";
import type { Measured, Session } from "../question.js";
import { makeAttempts } from "./outcomes.js";

const SEED = 20_261_121;
const UNSEEN = 2000;
/** Of the chances predicted for attempts never seen, against the true ones; always saying the mean is off by 0.17. */
const MEAN_ERROR_MAX = 0.07;

/** Milliseconds of a training on so many outcomes. */
export async function openTraining(engineName: "hive" | "js engine", outcomes: number): Promise<Session> {
  const engine = engineName === "hive" ? createNetworkEngine(loadAddon().addon) : new JsNetworkEngine();
  const predictor = new OutcomePredictor({
    engine,
    pool: { run: (job) => trainOutcomes(job, engine) },
    capacity: outcomes,
  });
  for (const { features, outcome } of makeAttempts(outcomes, SEED)) predictor.record(features, outcome);
  const unseen = makeAttempts(UNSEEN, SEED + 1);
  const run = async (): Promise<Measured> => {
    const startedMs = performance.now();
    await predictor.train();
    const value = performance.now() - startedMs;
    let off = 0;
    for (const { features, chance } of unseen) off += Math.abs(predictor.predict(features)!.success - chance);
    return { value, verified: off / UNSEEN < MEAN_ERROR_MAX };
  };
  return { run, close: async () => undefined };
}
