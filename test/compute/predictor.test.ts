import { describe, expect, it } from "vitest";
import { type Attempt, makeAttempts } from "../../bench/compute/outcomes.js";
import { loadAddon } from "../../src/base/addon.js";
import { createNetworkEngine } from "../../src/compute/network.js";
import { JsNetworkEngine } from "../../src/compute/network-js.js";
import { OutcomePredictor, type PredictorOptions } from "../../src/compute/predictor.js";
import { type OutcomeTraining, type TrainingPool, trainOutcomes } from "../../src/compute/predictor-job.js";

const engine = createNetworkEngine(loadAddon().addon);
const pool: TrainingPool = {
  // As between threads, where copies arrive.
  run: async (job) => structuredClone(await trainOutcomes(structuredClone(job), engine)),
};

function predictorAfter(attempts: readonly Attempt[], options: Partial<PredictorOptions> = {}) {
  const predictor = new OutcomePredictor({ engine, pool, ...options });
  for (const { features, outcome } of attempts) predictor.record(features, outcome);
  return predictor;
}

const [anAttempt] = makeAttempts(1, 1) as readonly [Attempt];

describe("the outcome predictor", () => {
  it("predicts nothing before it has learnt something", async () => {
    const predictor = predictorAfter(makeAttempts(63, 1));
    expect(predictor.isReady).toBe(false);
    expect(predictor.predict(anAttempt.features)).toBeUndefined();
    expect(await predictor.predictMany([anAttempt.features])).toBeUndefined();
    await expect(predictor.train()).rejects.toThrow(
      /number of outcomes to train on: 63; give a number from 64/,
    );
  });

  it("comes close to the true chances and latencies of attempts it never saw", async () => {
    const predictor = predictorAfter(makeAttempts(4000, 1));
    await predictor.train();
    const unseen = makeAttempts(1000, 2);
    let chanceOff = 0;
    let logOff = 0;
    for (const { features, chance, typicalMs } of unseen) {
      const { success, latencyMs } = predictor.predict(features)!;
      chanceOff += Math.abs(success - chance) / unseen.length;
      logOff += Math.abs(Math.log(latencyMs / typicalMs)) / unseen.length;
    }
    expect(chanceOff).toBeLessThan(0.07);
    expect(logOff).toBeLessThan(0.12);
  });

  it("predicts many at once as it predicts one", async () => {
    const predictor = predictorAfter(makeAttempts(300, 1));
    await predictor.train();
    const features = makeAttempts(50, 2).map((one) => one.features);
    expect(await predictor.predictMany(features)).toEqual(features.map((one) => predictor.predict(one)));
    expect(await predictor.predictMany([])).toEqual([]);
  });

  it("computes many on the engine it is given for that", async () => {
    const js = new JsNetworkEngine();
    let rowsSeen = 0;
    const batchEngine = {
      kind: "gpu",
      forward: (...[plan, parameters, inputs, rows, outputs]: Parameters<typeof js.forward>) => {
        rowsSeen = rows;
        return js.forward(plan, parameters, inputs, rows, outputs);
      },
    } as const;
    const predictor = predictorAfter(makeAttempts(300, 1), { batchEngine });
    await predictor.train();
    expect(await predictor.predictMany([anAttempt.features])).toEqual([
      predictor.predict(anAttempt.features),
    ]);
    expect(rowsSeen).toBe(1);
  });

  it("follows from its outcomes and its seed", async () => {
    const attempts = makeAttempts(400, 3);
    const predictions = [7, 7, 8].map(async (seed) => {
      const predictor = predictorAfter(attempts, { seed });
      await predictor.train();
      return predictor.predict(anAttempt.features);
    });
    const [one, same, other] = await Promise.all(predictions);
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it("keeps the latest outcomes, as if there had never been others", async () => {
    const attempts = makeAttempts(250, 4);
    const bounded = predictorAfter(attempts, { capacity: 100 });
    const short = predictorAfter(attempts.slice(150), { capacity: 100 });
    expect(bounded.outcomes).toBe(100);
    await Promise.all([bounded.train(), short.train()]);
    expect(bounded.predict(anAttempt.features)).toEqual(short.predict(anAttempt.features));
  });

  it("goes on predicting by the old network until the new one is whole, and trains once at a time", async () => {
    let finish: (training: OutcomeTraining) => void = () => undefined;
    const jobs: unknown[] = [];
    const slow: TrainingPool = {
      run: (job) => {
        jobs.push(job);
        return new Promise((resolve) => (finish = resolve));
      },
    };
    const predictor = predictorAfter(makeAttempts(200, 5), { pool: slow });
    const first = predictor.train();
    finish(await trainOutcomes(jobs[0] as never, engine));
    await first;
    const before = predictor.predict(anAttempt.features);
    const second = predictor.train();
    expect(predictor.train()).toBe(second);
    expect(jobs).toHaveLength(2);
    expect(predictor.predict(anAttempt.features)).toEqual(before);
    finish(await trainOutcomes(jobs[1] as never, engine));
    await second;
    expect(predictor.predict(anAttempt.features)).not.toEqual(before);
  });

  it("stays as it was when a training fails or brings bytes that are no network", async () => {
    let bring: () => Promise<OutcomeTraining> = async () => {
      throw new Error("the pool is gone");
    };
    const predictor = predictorAfter(makeAttempts(100, 6), { pool: { run: () => bring() } });
    await expect(predictor.train()).rejects.toThrow("the pool is gone");
    bring = async () => ({ network: new Uint8Array(9) }) as OutcomeTraining;
    await expect(predictor.train()).rejects.toMatchObject({ code: "NETWORK_FILE" });
    expect(predictor.isReady).toBe(false);
  });

  it("says when a training is due: after so many new outcomes, and none goes on", async () => {
    const attempts = makeAttempts(200, 7);
    const predictor = predictorAfter(attempts.slice(0, 99), { trainAfter: 100 });
    expect(predictor.isDue).toBe(false);
    predictor.record(anAttempt.features, anAttempt.outcome);
    expect(predictor.isDue).toBe(true);
    const training = predictor.train();
    expect(predictor.isDue).toBe(false);
    await training;
    for (const { features, outcome } of attempts.slice(0, 100)) {
      expect(predictor.isDue).toBe(false);
      predictor.record(features, outcome);
    }
    expect(predictor.isDue).toBe(true);
  });

  it("reports how far it can be believed, by predictions made before the outcome was learnt", async () => {
    const predictor = predictorAfter(makeAttempts(3000, 8));
    expect(predictor.calibration()).toMatchObject({ outcomes: 0, calibrationError: 0, bins: [] });
    await predictor.train();
    expect(predictor.calibration().outcomes).toBe(0);
    for (const { features, outcome } of makeAttempts(1500, 9)) predictor.record(features, outcome);
    const { outcomes, calibrationError, brierScore, brierScoreOfMean, latencyFactor, bins } =
      predictor.calibration();
    expect(outcomes).toBe(1024);
    expect(calibrationError).toBeLessThan(0.08);
    expect(brierScore).toBeLessThan(0.9 * brierScoreOfMean);
    // Half of all log-normal latencies lie within e^(0.67 / 3) of their middle.
    expect(latencyFactor).toBeLessThan(1.35);
    expect(bins.reduce((sum, bin) => sum + bin.outcomes, 0)).toBe(1024);
  });

  it("finds its calibration bad when the world has turned round", async () => {
    const predictor = predictorAfter(makeAttempts(1000, 10));
    await predictor.train();
    for (const { features, outcome } of makeAttempts(500, 11))
      predictor.record(features, { ...outcome, success: 1 - outcome.success });
    expect(predictor.calibration().calibrationError).toBeGreaterThan(0.2);
  });

  it.each([
    [{ fitness: 1.2 }, /fitness: 1.2; give a number from 0 to 1/],
    [{ load: Number.NaN }, /load: NaN/],
    [{ priority: 4 }, /priority: 4; give a number from 0 to 3/],
    [{ attempt: 0 }, /attempt: 0; give a whole number from 1 on/],
    [{ atMs: Number.POSITIVE_INFINITY }, /atMs: Infinity; give milliseconds/],
  ])("refuses features out of range and notes nothing: %j", (wrong, message) => {
    const predictor = new OutcomePredictor({ engine, pool });
    const features = { ...anAttempt.features, ...wrong };
    expect(() => predictor.record(features, anAttempt.outcome)).toThrow(message);
    expect(() => predictor.record(anAttempt.features, { success: 2, latencyMs: 1 })).toThrow(/success: 2/);
    expect(() => predictor.record(anAttempt.features, { success: 1, latencyMs: -1 })).toThrow(
      /latencyMs: -1/,
    );
    expect(predictor.outcomes).toBe(0);
  });

  it("predicts the few in question as it predicts one", async () => {
    const predictor = predictorAfter(makeAttempts(300, 1));
    const features = makeAttempts(16, 2).map((one) => one.features);
    const successes = new Float32Array(16);
    expect(predictor.predictSuccesses(features, 3, successes)).toBe(false);
    await predictor.train();
    for (const count of [16, 1, 5]) {
      successes.fill(0);
      expect(predictor.predictSuccesses(features, count, successes)).toBe(true);
      const expected = features.map((one, at) => (at < count ? predictor.predict(one)!.success : 0));
      expect([...successes]).toEqual(expected);
    }
  });
});

describe("how much of a prediction is mixed into a belief", () => {
  /** What was learnt from one world, compared with a belief in another. */
  async function weightBeside(believe: (attempt: Attempt) => number): Promise<number> {
    const predictor = predictorAfter(makeAttempts(2000, 20));
    await predictor.train();
    expect(predictor.weight).toBe(0);
    for (const attempt of makeAttempts(800, 21))
      predictor.record(attempt.features, { ...attempt.outcome, believed: believe(attempt) });
    expect(predictor.calibration().weight).toBe(predictor.weight);
    return predictor.weight;
  }

  it("is most of it where the belief knows the mean alone", async () => {
    expect(await weightBeside(() => 0.4)).toBeGreaterThan(0.7);
  });

  it("is nothing where the belief is as good as can be, and where they never differ", async () => {
    expect(await weightBeside(({ chance }) => chance)).toBeLessThan(0.2);
    const predictor = predictorAfter(makeAttempts(500, 22));
    await predictor.train();
    for (const { features, outcome } of makeAttempts(100, 23)) predictor.record(features, outcome);
    expect(predictor.weight).toBe(0);
  });

  it("is nothing after a few outcomes, whatever they were", async () => {
    const predictor = predictorAfter(makeAttempts(2000, 24));
    await predictor.train();
    for (const { features, chance } of makeAttempts(31, 25))
      predictor.record(features, { success: chance > 0.5 ? 1 : 0, latencyMs: 1, believed: 0.5 });
    expect(predictor.weight).toBe(0);
  });
});

describe("a predictor that was saved", () => {
  async function learned(count: number, options: Partial<PredictorOptions> = {}) {
    const predictor = predictorAfter(makeAttempts(count, 30), options);
    await predictor.train();
    for (const { features, outcome } of makeAttempts(150, 31))
      predictor.record(features, { ...outcome, believed: 0.3 });
    return predictor;
  }

  it.each([{ capacity: 200 }, { capacity: 1000 }])("goes on to the last bit: %j", async (options) => {
    const one = await learned(400, options);
    const other = new OutcomePredictor({ engine, pool, ...options });
    other.restore(one.save());
    expect(other.predict(anAttempt.features)).toEqual(one.predict(anAttempt.features));
    expect(other.calibration()).toEqual(one.calibration());
    for (const { features, outcome } of makeAttempts(120, 32)) {
      one.record(features, outcome);
      other.record(features, outcome);
    }
    expect(other.isDue).toBe(one.isDue);
    await Promise.all([one.train(), other.train()]);
    expect(other.save()).toEqual(one.save());
  });

  it("may have learnt nothing yet", () => {
    const one = predictorAfter(makeAttempts(10, 33));
    const other = new OutcomePredictor({ engine, pool });
    other.restore(one.save());
    expect(other.isReady).toBe(false);
    expect(other.outcomes).toBe(10);
  });

  it("is refused when it is damaged or of another capacity, and then nothing is known", async () => {
    const saved = (await learned(300)).save();
    const changed = saved.slice();
    changed[500] = changed[500]! ^ 1;
    const cut = saved.subarray(0, 1000);
    const predictor = new OutcomePredictor({ engine, pool, capacity: 100 });
    for (const bytes of [changed, cut, saved, new Uint8Array(0)])
      expect(() => predictor.restore(bytes)).toThrow(expect.objectContaining({ code: "PREDICTOR_FILE" }));
    expect(() => predictor.restore(saved)).toThrow(/of 100 outcomes; save it anew/);
    expect(predictor.outcomes).toBe(0);
    expect(predictor.isReady).toBe(false);
  });
});
