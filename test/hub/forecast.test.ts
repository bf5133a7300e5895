import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, describe, expect, test } from "vitest";
import type { Task } from "../../src/wire/task-shapes.js";
import { eventually, freshDir, type HubWishes, removeDirs, startHub, type TestHub } from "./hub-rig.js";

afterAll(removeDirs);

const ADVANCED: HubWishes = { settings: { neural: { mode: "advanced" } } };

/** Urgent tasks succeed and others fail, which nobody can know who goes by agent and kind alone. */
async function work(rig: TestHub, count: number): Promise<(Task | undefined)[]> {
  const one = async (at: number) => {
    const fails = at % 2 === 0;
    const { id } = await rig.hub.tasks.create({
      description: "a task of a test",
      type: "maybe",
      priority: fails ? "low" : "critical",
      parameters: { fails },
    });
    return rig.hub.tasks.settled(id, { timeoutMs: 20_000 });
  };
  return Promise.all(Array.from({ length: count }, (_, at) => one(at)));
}

/** Tasks that speak of what an agent can do succeed. */
async function workByWords(rig: TestHub, count: number): Promise<void> {
  const one = async (at: number) => {
    const fails = at % 2 === 0;
    const description = fails ? "zebras, giraffes" : "worker does what the tests ask";
    const { id } = await rig.hub.tasks.create({ description, type: "maybe", parameters: { fails } });
    await rig.hub.tasks.settled(id, { timeoutMs: 20_000 });
  };
  await Promise.all(Array.from({ length: count }, (_, at) => one(at)));
}

/** Works until the predictor has been trained and has proved to know more than the belief. */
async function learn(rig: TestHub): Promise<void> {
  await work(rig, 256);
  await eventually(() => rig.hub.forecast?.ready === true);
  await work(rig, 64);
  expect(rig.hub.forecast?.weight).toBeGreaterThan(0.5);
}

async function waitingTask(rig: TestHub, priority: "low" | "critical") {
  const wish = { description: "one for later", type: "maybe", parameters: { fails: false } };
  return rig.hub.tasks.create({ ...wish, priority });
}

describe("a hub in neural mode advanced", () => {
  test("learns from tasks what agent and kind do not say, and shows its part in the ranking", async () => {
    const rig = await startHub(ADVANCED);
    const [first] = await work(rig, 1);
    expect(first?.matched).not.toHaveProperty("predicted");
    await learn(rig);
    for (const [priority, least, most] of [
      ["critical", 0.75, 1],
      ["low", 0, 0.25],
    ] as const) {
      const { id } = await waitingTask(rig, priority);
      const task = await rig.hub.tasks.settled(id, { timeoutMs: 8_000 });
      const { predicted, terms } = task!.matched!;
      expect(predicted!.success).toBeGreaterThanOrEqual(least);
      expect(predicted!.success).toBeLessThanOrEqual(most);
      const [chosen] = (await rig.hub.tasks.explain(id))!.best;
      expect(chosen).toMatchObject({ chosen: true, predicted, terms });
      const { mean } = chosen!.learned!;
      expect(terms.success).toBeCloseTo(mean + predicted!.weight * (predicted!.success - mean), 3);
    }
    await rig.close();
  });

  test("learns what the words of a task say, where they tell agents apart", async () => {
    const rig = await startHub(ADVANCED);
    const capabilities = [{ name: "translation", proficiency: 0.8 }];
    await rig.hub.agents.create({ name: "other", definition: "worker", capabilities });
    await workByWords(rig, 256);
    await eventually(() => rig.hub.forecast?.ready === true);
    await workByWords(rig, 64);
    expect(rig.hub.forecast?.weight).toBeGreaterThan(0.5);
    await rig.close();
  });

  test("goes on after a restart with the same predictions, after a kill with those of its last training", async () => {
    const dir = freshDir();
    const first = await startHub({ ...ADVANCED, dir });
    await learn(first);
    const before = first.hub.forecast;
    await first.close();
    const saved = readFileSync(join(dir, "predictor"));
    expect(statSync(join(dir, "predictor")).mode & 0o777).toBe(0o600);
    const second = await startHub({ ...ADVANCED, dir });
    expect(second.hub.forecast).toEqual({ ...before, trainings: 0 });
    await work(second, 10);
    await second.abandon();
    expect(readFileSync(join(dir, "predictor"))).toEqual(saved);
    const third = await startHub({ ...ADVANCED, dir });
    expect(third.hub.forecast).toEqual({ ...before, trainings: 0 });
    await third.close();
    expect(readFileSync(join(dir, "predictor"))).toEqual(saved);
  });

  test("begins anew, and says so, when what it kept is damaged", async () => {
    const dir = freshDir();
    writeFileSync(join(dir, "predictor"), "HIVE-OUT and then nothing that makes sense");
    const rig = await startHub({ ...ADVANCED, dir });
    expect(rig.hub.forecast).toMatchObject({ ready: false, outcomes: 0 });
    const told = rig.lines.find(({ message }) => message.includes("it begins anew"));
    expect(told?.fields?.["reason"]).toMatch(/these bytes are no predictor/);
    await work(rig, 3);
    expect(rig.hub.forecast?.outcomes).toBe(3);
    await rig.close();
  });

  test("trains without holding up the event loop", async () => {
    const rig = await startHub({ ...ADVANCED, nativeDisabled: true });
    await work(rig, 250);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await work(rig, 6);
    let turns = 0;
    while (rig.hub.forecast?.ready !== true) {
      turns += 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    delay.disable();
    // In TypeScript a training takes more than a tenth of a second.
    expect(turns).toBeGreaterThan(20);
    expect(delay.percentile(90) / 1e6).toBeLessThan(50);
    await rig.close();
  });
});

test("a hub in neural mode basic predicts nothing, keeps nothing and starts no thread for it", async () => {
  const rig = await startHub();
  const tasks = await work(rig, 70);
  expect(rig.hub.forecast).toBeUndefined();
  expect(tasks.every((task) => task?.matched !== undefined && task.matched.predicted === undefined)).toBe(
    true,
  );
  await rig.close();
  expect(() => statSync(join(rig.dir, "predictor"))).toThrow("ENOENT");
});
