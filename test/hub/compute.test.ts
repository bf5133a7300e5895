import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { DEFAULT_CROSSOVERS } from "../../src/compute/crossover.js";
import { formatCrossovers, thisMachine } from "../../src/compute/crossover-file.js";
import { eventually, freshDir, type HubWishes, removeDirs, startHub, type TestHub } from "./hub-rig.js";

afterAll(removeDirs);

const MEASURED_AT = "2026-11-21T12:00:00.000Z";

/** A directory with crossovers by which everything above 64 scores goes to the compute process. */
function calibratedDir(native: boolean): string {
  const dir = freshDir();
  const scoreMatrix = { native: 0, gpu: { webgpu: 64, webasm: 64, cpu: 64 } };
  const crossovers = { ...DEFAULT_CROSSOVERS, scoreMatrix };
  const measured = { measured_at: MEASURED_AT, machine: thisMachine(native), gpu: [], crossovers };
  writeFileSync(join(dir, "crossovers.json"), formatCrossovers(measured));
  return dir;
}

async function startGpuHub(wishes: HubWishes = {}): Promise<TestHub> {
  const native = loadAddon().addon !== undefined;
  const gpu = { modes: ["webasm", "cpu"] } as const;
  return startHub({
    dir: calibratedDir(native),
    settings: { neural: { mode: "gpu" } },
    compute: { gpu, gpuDeadlineMs: 500 },
    ...wishes,
  });
}

const TASKS = 8;
const AGENTS = 32;

/** A batch of 256 scores, which is 0.75 for each. */
async function scoreBatch({ compute }: TestHub): Promise<boolean> {
  const scores = new Float32Array(TASKS * AGENTS);
  const input = {
    tasks: TASKS,
    agents: AGENTS,
    capabilities: 1,
    kinds: 1,
    shares: new Float32Array(TASKS).fill(0.5),
    minima: new Float32Array(TASKS),
    offsets: new Float32Array(TASKS).fill(0.25),
    kindOf: new Uint32Array(TASKS),
    proficiency: new Float32Array(AGENTS).fill(1),
    base: new Float32Array(AGENTS),
    eligible: new Uint32Array(AGENTS).fill(1),
  };
  await compute.engines.scoreMatrix.scoreMatrix(input, scores);
  return scores.every((score) => score === 0.75);
}

async function doTask({ hub }: TestHub): Promise<string | undefined> {
  const { id } = await hub.tasks.create({ description: "sums", type: "add", parameters: { a: 1, b: 1 } });
  return (await hub.tasks.settled(id, { timeoutMs: 8_000 }))?.status;
}

describe("a hub in neural mode gpu", () => {
  test("starts the compute process with the first large batch, and says how it is", async () => {
    const rig = await startGpuHub();
    expect(await doTask(rig)).toBe("completed");
    expect(rig.hub.compute()).toMatchObject({
      neural_mode: "gpu",
      gpu_optional: { state: "not started", calls: 0 },
      measured_at: MEASURED_AT,
      crossovers: { scoreMatrix: { gpu: { webasm: 64 } } },
      predictor: { ready: false, weight: 0 },
    });
    expect(await scoreBatch(rig)).toBe(true);
    await eventually(() => rig.hub.compute().gpu_optional.state === "ready");
    expect(await scoreBatch(rig)).toBe(true);
    expect(rig.hub.compute().gpu_optional).toMatchObject({ mode: "webasm", calls: 1, failures: 0 });
    await rig.close();
    expect(rig.compute.status().gpu_optional.state).toBe("closed");
  });

  test("works on while the compute process hangs", async () => {
    const rig = await startGpuHub();
    await scoreBatch(rig);
    await eventually(() => rig.hub.compute().gpu_optional.state === "ready");
    const { pid } = rig.compute.status().gpu_optional;
    process.kill(pid!, "SIGSTOP");
    const hanging = scoreBatch(rig);
    const beganMs = performance.now();
    expect(await doTask(rig)).toBe("completed");
    expect(performance.now() - beganMs).toBeLessThan(450);
    expect(await hanging).toBe(true);
    expect(rig.hub.compute().gpu_optional).toMatchObject({ state: "resting", failures: 1 });
    expect(rig.hub.compute().gpu_optional.last_error).toMatch(/no answer within 500 ms/);
    expect(await scoreBatch(rig)).toBe(true);
    expect(rig.hub.health().status).toBe("healthy");
    await rig.close();
  });
});

test("a hub in mode gpu works on when the compute process is killed, and starts another after a rest", async () => {
  const rig = await startGpuHub();
  const gpu = () => rig.compute.status().gpu_optional;
  for (let life = 1; life <= 2; life++) {
    await eventually(async () => (await scoreBatch(rig)) && gpu().state === "ready");
    process.kill(gpu().pid!, "SIGKILL");
    expect(await scoreBatch(rig)).toBe(true);
    expect(await doTask(rig)).toBe("completed");
    await eventually(() => gpu().state === "resting");
    expect(gpu().last_error).toMatch(/compute process/);
  }
  await rig.close();
});

describe("the crossovers that a hub starts with", () => {
  test.each([
    ["are damaged", '{"version": 1, "measured_at": ', /they are no JSON/],
    ["are of an older version", '{"version": 0}', /they have version 0/],
  ])("are the built-in ones when those in its directory %s, and the log says so", async (_, text, reason) => {
    const dir = freshDir();
    writeFileSync(join(dir, "crossovers.json"), text);
    const rig = await startHub({ dir });
    const { crossovers, measured_at: measuredAt, crossovers_problem: problem } = rig.hub.compute();
    expect(crossovers).toEqual(DEFAULT_CROSSOVERS);
    expect(measuredAt).toBeNull();
    expect(problem).toMatch(reason);
    const line = rig.lines.find(
      ({ message }) => message === "the built-in crossovers of the engines are used",
    );
    expect(line).toMatchObject({ level: "warn", fields: { reason: problem } });
    expect(await doTask(rig)).toBe("completed");
    await rig.close();
  });

  test("send nothing to a graphics card before it is measured, and the log says what to do", async () => {
    const rig = await startHub({ settings: { neural: { mode: "gpu" } } });
    expect(await scoreBatch(rig)).toBe(true);
    expect(rig.hub.compute().gpu_optional.state).toBe("not started");
    expect(rig.lines.some(({ message }) => message.includes("run hive calibrate"))).toBe(true);
    await rig.close();
  });
});

test("a hub in neural mode basic or advanced has no compute process", async () => {
  for (const mode of ["basic", "advanced"] as const) {
    const rig = await startHub({ dir: calibratedDir(true), settings: { neural: { mode } } });
    expect(await scoreBatch(rig)).toBe(true);
    expect(rig.hub.compute()).toMatchObject({ neural_mode: mode, gpu_optional: { state: "off" } });
    await rig.close();
  }
});
