import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeAttempts } from "../../bench/compute/outcomes.js";
import { loadAddon } from "../../src/base/addon.js";
import { DEFAULT_CROSSOVERS } from "../../src/compute/crossover.js";
import { formatCrossovers, thisMachine } from "../../src/compute/crossover-file.js";
import type { Engines } from "../../src/compute/engines.js";
import { createNetwork } from "../../src/compute/network.js";
import { JsNetworkEngine } from "../../src/compute/network-js.js";
import { OutcomePredictor } from "../../src/compute/predictor.js";
import { OUTCOME_SHAPE, trainOutcomes } from "../../src/compute/predictor-job.js";
import { makeSharedFloats } from "../../src/compute/shared-floats.js";
import { NEURAL_MODES, type NeuralMode } from "../../src/hub/parts.js";
import type { Explanation } from "../../src/wire/task-shapes.js";
import { eventually, freshDir, removeDirs, startHub, type TestHub } from "./hub-rig.js";
import { StillClock } from "./rig.js";

afterAll(removeDirs);

/** What a predictor kept that knows something, six outcomes before its next training. */
let learnt: Uint8Array;
beforeAll(async () => {
  const engine = new JsNetworkEngine();
  const predictor = new OutcomePredictor({ engine, pool: { run: (job) => trainOutcomes(job, engine) } });
  for (const { features, outcome } of makeAttempts(400, 1)) predictor.record(features, outcome);
  await predictor.train();
  for (const { features, outcome } of makeAttempts(250, 2))
    predictor.record(features, { ...outcome, believed: 0.5 });
  learnt = predictor.save();
});

/** A hub whose time stands still, so that nothing it does depends on how fast it is. */
function startStill(mode: NeuralMode, nativeDisabled: boolean): Promise<TestHub> {
  const dir = freshDir();
  const toGpu = { native: 0, gpu: { webasm: 64, cpu: 64 } };
  const crossovers = { ...DEFAULT_CROSSOVERS, scoreMatrix: toGpu, similarTop: toGpu, forward: toGpu };
  const machine = thisMachine(!nativeDisabled);
  const measured = { measured_at: "2026-11-21T12:00:00.000Z", machine, gpu: [], crossovers };
  writeFileSync(join(dir, "crossovers.json"), formatCrossovers(measured));
  writeFileSync(join(dir, "predictor"), learnt);
  const compute = { gpu: { modes: ["webasm", "cpu"] as const } };
  return startHub({ dir, nativeDisabled, compute, settings: { neural: { mode } }, clock: new StillClock() });
}

/** Rankings without what names one hub: ids become names. */
function plain({ best }: Explanation) {
  return best.map(({ agent_id: _, ...one }) => one);
}

/** Gives a hub some agents with a past and some work; answers how it ranked them, busy or not. */
async function workOf({ hub }: TestHub): Promise<unknown> {
  for (let agent = 0; agent < 60; agent++) {
    const capabilities = [{ name: "work", proficiency: 0.3 + (agent % 7) / 10 }];
    const { id } = await hub.agents.create({ name: `agent ${agent}`, definition: "worker", capabilities });
    for (let turn = 0; turn < agent % 5; turn++) {
      const told = {
        type: "add",
        success: (agent + turn) % 3 > 0,
        execution_time_ms: 10 * (1 + (agent % 11)),
      };
      await hub.agents.learn(id, told);
    }
  }
  const wishes = { description: "sums", type: "add", parameters: { a: 1, b: 1 } };
  const rankings: unknown[] = [];
  for (const [at, priority] of (["low", "high", "critical", "medium", "low", "high"] as const).entries()) {
    const required = [{ name: "work", min_proficiency: at / 10 }];
    const { id } = await hub.tasks.create({ ...wishes, priority, required_capabilities: required });
    expect((await hub.tasks.settled(id, { timeoutMs: 8_000 }))?.status).toBe("completed");
    rankings.push(plain(await hub.tasks.explain(id)));
  }
  const { matchingAgents } = await hub.tasks.create(wishes);
  rankings.push(matchingAgents.map(({ name, score }) => ({ name, score })));
  return rankings;
}

describe.runIf(loadAddon().addon !== undefined)("a hub that was started without the addon", () => {
  test.each(NEURAL_MODES)("ranks and learns in neural mode %s as with it, to the last bit", async (mode) => {
    const seen = [];
    for (const nativeDisabled of [false, true]) {
      const rig = await startStill(mode, nativeDisabled);
      expect(rig.hub.compute().engines["topK"]).toEqual(nativeDisabled ? ["js"] : ["js", "native"]);
      const rankings = await workOf(rig);
      if (mode !== "basic") await eventually(() => rig.hub.forecast?.trainings === 1);
      const { forecast } = rig.hub;
      await rig.close();
      seen.push({ rankings, forecast, kept: readFileSync(join(rig.dir, "predictor")) });
    }
    const [native, plainOnes] = seen;
    expect(native?.forecast?.weight ?? 1).toBeGreaterThan(0);
    expect(JSON.stringify(native?.rankings).includes('"predicted"')).toBe(mode !== "basic");
    expect(plainOnes).toEqual(native);
  });

  test("computes large batches in the compute process as with it, within 1e-5", async () => {
    const seen: number[][] = [];
    for (const nativeDisabled of [false, true]) {
      const rig = await startStill("gpu", nativeDisabled);
      const onProcessor = await batches(rig.compute.engines);
      await eventually(() => rig.hub.compute().gpu_optional.state === "ready");
      const there = await batches(rig.compute.engines);
      expect(rig.hub.compute().gpu_optional).toMatchObject({ mode: "webasm", calls: 3, failures: 0 });
      seen.push(onProcessor, there);
      await rig.close();
    }
    const [native, ...others] = seen as [number[], ...number[][]];
    expect(others[1]).toEqual(native);
    for (const other of others) {
      for (const [at, value] of other.entries())
        expect(Math.abs(value - native[at]!)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(native[at]!)));
    }
  });
});

async function batches({ scoreMatrix, similar, network }: Engines): Promise<number[]> {
  const filled = (length: number, step: number) => {
    const values = makeSharedFloats(length);
    for (let at = 0; at < length; at++) values[at] = ((at * step) % 17) / 17;
    return values;
  };
  const shape = { tasks: 8, agents: 30, capabilities: 2, kinds: 1, kindOf: new Uint32Array(8) };
  const asked = { shares: filled(16, 3), minima: filled(16, 0), offsets: filled(8, 5) };
  const columns = { proficiency: filled(60, 7), base: filled(30, 2), eligible: new Uint32Array(30).fill(1) };
  const scores = await scoreMatrix.scoreMatrix({ ...shape, ...asked, ...columns }, makeSharedFloats(240));
  const found = await similar.similarTopAsync(
    filled(256, 3),
    { values: filled(100 * 256, 5), rows: 100, isUnit: false },
    5,
  );
  const outputs = await createNetwork(OUTCOME_SHAPE, 1, network).forwardLater(filled(8 * 50, 11));
  return [...scores, ...found.scores, ...outputs];
}
