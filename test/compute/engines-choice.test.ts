import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { systemClock, systemTimers } from "../../src/base/clock.js";
import { seededRandom, systemRandom } from "../../src/base/random.js";
import { AgentTable } from "../../src/compute/agent-table.js";
import { type Crossovers, DEFAULT_CROSSOVERS } from "../../src/compute/crossover.js";
import { createEngines, type Engines } from "../../src/compute/engines.js";
import { GpuEngine, type GpuOptions } from "../../src/compute/gpu/engine.js";
import { createNetwork } from "../../src/compute/network.js";
import { Scorer } from "../../src/compute/scorer.js";
import { makeSharedFloats } from "../../src/compute/shared-floats.js";
import { makeSimilarResult } from "../../src/compute/similar.js";

const ports = { clock: systemClock(), timers: systemTimers(), random: systemRandom() };
const { addon } = loadAddon();
const SOON = { timeout: 20_000, interval: 10 };
const open: GpuEngine[] = [];

/** From 64 on gpu, whatever mode it has. */
const from = { native: 8, gpu: { webgpu: 64, webasm: 64, cpu: 64 } };
const SOON_GPU: Crossovers = { ...DEFAULT_CROSSOVERS, scoreMatrix: from, similarTop: from, forward: from };

function enginesWith(options: Partial<GpuOptions> = {}, gpuDeadlineMs = 10_000) {
  const breaker = { firstRestMs: 60_000, longestRestMs: 60_000 };
  const gpu = new GpuEngine({ ports, modes: ["webasm", "cpu"], breaker, ...options });
  open.push(gpu);
  return { gpu, engines: createEngines({ addon, crossovers: SOON_GPU, gpu, gpuDeadlineMs }) };
}

const plain = createEngines({ addon });

/** One call to each operation that gpu can do, with the answers as one list of numbers. */
async function callAll(engines: Engines, size: number): Promise<readonly number[]> {
  const random = seededRandom(size);
  const drawn = (length: number) => {
    const values = makeSharedFloats(length);
    for (let at = 0; at < length; at++) values[at] = random.next();
    return values;
  };
  const agents = size / 4;
  const scores = new Float32Array(size);
  const input = {
    tasks: 4,
    agents,
    capabilities: 2,
    kinds: 1,
    offsets: drawn(4),
    kindOf: new Uint32Array(4),
  };
  const columns = {
    proficiency: drawn(2 * agents),
    base: drawn(agents),
    eligible: new Uint32Array(agents).fill(1),
  };
  await engines.scoreMatrix.scoreMatrix(
    { ...input, ...columns, shares: drawn(8), minima: new Float32Array(8) },
    scores,
  );
  const matrix = { values: drawn(size * 256), rows: size, isUnit: false, version: 1 };
  const similar = await engines.similar.similarTopAsync(drawn(256), matrix, 3);
  const network = createNetwork(
    { inputs: 3, layers: [{ neurons: 2, activation: "tanh" }] },
    1,
    engines.network,
  );
  const outputs = await network.forwardLater(drawn(3 * Math.ceil(size / 8)));
  return [...scores, ...similar.rows, ...similar.scores, similar.count, ...outputs];
}

function expectClose(given: readonly number[], expected: readonly number[]): void {
  expect(given).toHaveLength(expected.length);
  for (const [at, value] of given.entries())
    expect(Math.abs(value - expected[at]!)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(expected[at]!)));
}

async function untilReady(gpu: GpuEngine): Promise<void> {
  gpu.start();
  await vi.waitFor(() => expect(gpu.status.state).toBe("ready"), SOON);
}

const program = fileURLToPath(new URL("./gpu/odd-compute-process.js", import.meta.url));
const odd = (behaviour: string) => (file: number) =>
  fork(program, [behaviour], { execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc", file] });

afterEach(async () => {
  await Promise.all(open.splice(0).map((gpu) => gpu.close()));
});

describe("the engines of a thread", () => {
  it("leave small calls to the processor and start no process for them", async () => {
    const { gpu, engines } = enginesWith();
    expect(await callAll(engines, 32)).toEqual(await callAll(plain, 32));
    expect(gpu.status).toEqual({ state: "idle", calls: 0, failures: 0 });
  });

  it("answer the first large call from the processor while the process starts, later ones from there", async () => {
    const { gpu, engines } = enginesWith();
    const expected = await callAll(plain, 256);
    expect(await callAll(engines, 256)).toEqual(expected);
    expect(gpu.status.calls).toBe(0);
    await untilReady(gpu);
    expectClose(await callAll(engines, 256), expected);
    expect(gpu.status).toMatchObject({ mode: "webasm", calls: 3, failures: 0 });
    expect(await callAll(engines, 32)).toEqual(await callAll(plain, 32));
    expect(gpu.status.calls).toBe(3);
  });

  it("never send anything to a mode that was not measured", async () => {
    const gpu = new GpuEngine({ ports, modes: ["webasm"] });
    open.push(gpu);
    const crossovers = { ...SOON_GPU, similarTop: { native: 8, gpu: { webgpu: 64 } } };
    const engines = createEngines({ addon, crossovers, gpu });
    await untilReady(gpu);
    await callAll(engines, 256);
    expect(gpu.status.calls).toBe(2);
  });

  it("give the same answers when the process is killed, without a wait and without a failure", async () => {
    const { gpu, engines } = enginesWith();
    const expected = await callAll(plain, 256);
    await untilReady(gpu);
    expectClose(await callAll(engines, 256), expected);
    process.kill(gpu.status.pid!, "SIGKILL");
    expectClose(await callAll(engines, 256), expected);
    await vi.waitFor(() => expect(gpu.status.state).toBe("resting"), SOON);
    expect(await callAll(engines, 256)).toEqual(expected);
    expect(gpu.status.failures).toBeLessThanOrEqual(1);
  });

  it("give the same answers when the process hangs, after its deadline and only once", async () => {
    const { gpu, engines } = enginesWith({}, 200);
    const expected = await callAll(plain, 256);
    await untilReady(gpu);
    process.kill(gpu.status.pid!, "SIGSTOP");
    const beganMs = performance.now();
    expect(await callAll(engines, 256)).toEqual(expected);
    expect(performance.now() - beganMs).toBeGreaterThan(190);
    expect(gpu.status).toMatchObject({ state: "resting", failures: 1 });
    expect(await callAll(engines, 256)).toEqual(expected);
    expect(gpu.status.failures).toBe(1);
  });

  it.each(["never-ready", "ends", "fails", "nonsense", "unasked"])(
    "give the same answers with a process that is %s",
    async (behaviour) => {
      const { gpu, engines } = enginesWith({ fork: odd(behaviour), startLimitMs: 300 });
      const expected = await callAll(plain, 256);
      expect(await callAll(engines, 256)).toEqual(expected);
      await vi.waitFor(() => expect(gpu.status.state).not.toBe("starting"), SOON);
      expect(await callAll(engines, 256)).toEqual(expected);
      expect(gpu.status.calls).toBe(0);
      expect(gpu.status.state).toBe("resting");
    },
  );

  it("refuse a wrong shape wherever they would have computed", async () => {
    const { gpu, engines } = enginesWith();
    await untilReady(gpu);
    const matrix = { values: new Float32Array(3), rows: 100, isUnit: true };
    await expect(engines.similar.similarTopAsync(new Float32Array(256), matrix, 1)).rejects.toThrow(
      "256 values for every row",
    );
  });

  it("rank, search and compute alike on this thread on both sides of a crossover", () => {
    const all = { native: 0, gpu: {} };
    const none = { native: null, gpu: {} };
    const [native, js] = [all, none].map((one) =>
      createEngines({ addon, crossovers: { topK: one, scoreMatrix: one, similarTop: one, forward: one } }),
    ) as [Engines, Engines];
    const random = seededRandom(3);
    const table = new AgentTable();
    for (let agent = 0; agent < 100; agent++)
      table.upsert(String(agent), {
        capabilities: [{ name: "a", proficiency: random.next() }],
        load: random.next(),
      });
    const needs = { capabilities: [{ capability: "a", min: 0.3 }] };
    const ranked = [native, js, plain].map((engines) => new Scorer(table, engines).topK(needs, 10));
    expect(ranked[0]).toEqual(ranked[1]);
    expect(ranked[2]).toEqual(ranked[1]);
    const values = Float32Array.from({ length: 50 * 256 }, () => random.next() - 0.5);
    const found = [native, js].map(({ similar }) => {
      const result = makeSimilarResult(5);
      similar.similarTop(values.subarray(0, 256), { values, rows: 50, isUnit: false }, 5, result);
      return result;
    });
    expect(found[0]).toEqual(found[1]);
    const shape = { inputs: 256, layers: [{ neurons: 4, activation: "sigmoid" as const }] };
    const [one, other] = [native, js].map(({ network }) => createNetwork(shape, 1, network).forward(values));
    expect(one).toEqual(other);
  });
});
