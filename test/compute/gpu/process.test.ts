import { fork, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock, systemTimers } from "../../../src/base/clock.js";
import { systemRandom } from "../../../src/base/random.js";
import { GpuEngine, type GpuOptions } from "../../../src/compute/gpu/engine.js";

const ports = { clock: systemClock(), timers: systemTimers(), random: systemRandom() };
const SOON = { timeout: 20_000, interval: 10 };
const engines: GpuEngine[] = [];

function open(options: Partial<GpuOptions> = {}): GpuEngine {
  const breaker = { firstRestMs: 100, longestRestMs: 400 };
  const engine = new GpuEngine({ ports, modes: ["webasm", "cpu"], breaker, ...options });
  engines.push(engine);
  return engine;
}

/** An engine whose compute process misbehaves, and how often one was started. */
function openOdd(behaviour: string, options: Partial<GpuOptions> = {}) {
  const forks = { count: 0 };
  const program = fileURLToPath(new URL("./odd-compute-process.js", import.meta.url));
  const forkOdd = (file: number) => {
    forks.count += 1;
    return fork(program, [behaviour], { execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc", file] });
  };
  return { engine: open({ fork: forkOdd, ...options }), forks };
}

/** The smallest call there is. */
async function call(engine: GpuEngine, deadlineMs?: number): Promise<number> {
  const query = new Float32Array(256).fill(1);
  const matrix = { values: query, rows: 1, isUnit: false };
  return (await engine.similarTopAsync(query, matrix, 1, deadlineMs)).count;
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function pidOf(engine: GpuEngine): Promise<number> {
  await call(engine);
  const { pid } = engine.status;
  expect(pid).toBeDefined();
  return pid!;
}

const code = (name: string) => expect.objectContaining({ code: name });

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

describe("the compute process", () => {
  it("starts with the first call and not before", async () => {
    const engine = open();
    expect(engine.status).toEqual({ state: "idle", calls: 0, failures: 0 });
    expect(await call(engine)).toBe(1);
    expect(engine.status).toMatchObject({ state: "ready", mode: "webasm", calls: 1, failures: 0 });
    expect(engine.status.adapter).toMatch(/^webasm on \d+ cores$/);
  });

  it("takes the first mode that works, and says why better ones did not", async () => {
    const engine = open({ modes: ["webgpu", "webasm", "cpu"] });
    await call(engine, 60_000);
    const { mode, refused, adapter } = engine.status;
    expect(["webgpu", "webasm"]).toContain(mode);
    expect(refused?.map((one) => one.mode)).toEqual(mode === "webgpu" ? [] : ["webgpu"]);
    for (const { reason } of refused ?? []) expect(reason).toMatch(/\w{3}/);
    expect(adapter).not.toBe("");
  });

  it("is not even started for a wrong shape, which throws at once", () => {
    const engine = open();
    const short = new Float32Array(3);
    const matrix = { values: short, rows: 1, isUnit: true };
    expect(() => engine.similarTopAsync(new Float32Array(256), matrix, 1)).toThrow(
      "256 values for every row",
    );
    expect(() => engine.similarTopAsync(short, matrix, 1)).toThrow("an embedding has 256 values");
    const layer = { inputs: 2, neurons: 1, activation: "tanh", weightsAt: 0, biasesAt: 2 } as const;
    const plan = { inputs: 2, outputs: 1, layers: [layer], parameters: 3 };
    expect(() => engine.forward(plan, short, short, 2, short)).toThrow("each input of each row");
    const sizes = { tasks: 1, agents: 2, capabilities: 0, kinds: 1 };
    const none = new Float32Array(0);
    const input = { ...sizes, shares: none, minima: none, offsets: short, proficiency: none, base: short };
    const counts = { kindOf: new Uint32Array(1), eligible: new Uint32Array(2) };
    expect(() => engine.scoreMatrix({ ...input, ...counts }, new Float32Array(2))).toThrow(
      "offsets have the length",
    );
    expect(engine.status.state).toBe("idle");
  });

  it("ends when nobody calls for a while, and starts again", async () => {
    const engine = open({ idleMs: 30 });
    const first = await pidOf(engine);
    await vi.waitFor(() => expect(isThere(first)).toBe(false), SOON);
    expect(engine.status.state).toBe("idle");
    expect(await call(engine)).toBe(1);
    expect(engine.status).toMatchObject({ calls: 2, failures: 0 });
  });

  it("neither keeps a program alive nor outlives it", async () => {
    const program = fileURLToPath(new URL("./open-engine-program.js", import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [program], {
      encoding: "utf8",
      timeout: 25_000,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { count, pid } = JSON.parse(stdout) as { count: number; pid: number };
    expect(count).toBe(1);
    await vi.waitFor(() => expect(isThere(pid)).toBe(false), SOON);
  });
});

describe("a compute process that is killed", () => {
  it("fails the call with a code, rests, and is back after the rest", async () => {
    const engine = open();
    const pid = await pidOf(engine);
    process.kill(pid, "SIGSTOP");
    const asked = call(engine);
    process.kill(pid, "SIGKILL");
    await expect(asked).rejects.toEqual(code("GPU_UNAVAILABLE"));
    await expect(call(engine)).rejects.toThrow(/is not started for \d+ ms more/);
    expect(engine.status).toMatchObject({ state: "resting", calls: 1, failures: 2 });
    expect(engine.status.lastError).toMatch(/SIGKILL|cannot be given work/);
    await vi.waitFor(async () => expect(await call(engine)).toBe(1), SOON);
    expect(engine.status.pid).not.toBe(pid);
  });
});

describe("a compute process that hangs", () => {
  it("is killed at the deadline of its call; who waits behind falls back at once", async () => {
    const engine = open();
    const pid = await pidOf(engine);
    process.kill(pid, "SIGSTOP");
    const asked = call(engine, 200);
    const behind = call(engine);
    await expect(asked).rejects.toEqual(code("GPU_TIMEOUT"));
    await expect(behind).rejects.toEqual(code("GPU_UNAVAILABLE"));
    await vi.waitFor(() => expect(isThere(pid)).toBe(false), SOON);
    await vi.waitFor(async () => expect(await call(engine)).toBe(1), SOON);
  });

  it("is not killed for a call that only waited too long behind another", async () => {
    const engine = open();
    const pid = await pidOf(engine);
    process.kill(pid, "SIGSTOP");
    const asked = call(engine);
    await expect(call(engine, 50)).rejects.toEqual(code("GPU_TIMEOUT"));
    process.kill(pid, "SIGCONT");
    expect(await asked).toBe(1);
    expect(engine.status).toMatchObject({ state: "ready", pid });
  });

  it("has at most 64 calls waiting", async () => {
    const engine = open();
    const pid = await pidOf(engine);
    process.kill(pid, "SIGSTOP");
    const asked = Array.from({ length: 65 }, () => call(engine));
    await expect(call(engine)).rejects.toEqual(code("GPU_BUSY"));
    process.kill(pid, "SIGCONT");
    expect(await Promise.all(asked)).toEqual(asked.map(() => 1));
  });

  it("does not hold up close, which fails what waits", async () => {
    const engine = open();
    const pid = await pidOf(engine);
    process.kill(pid, "SIGSTOP");
    const asked = [call(engine), call(engine)].map((one) => expect(one).rejects.toEqual(code("GPU_CLOSED")));
    await engine.close();
    await Promise.all(asked);
    await expect(call(engine)).rejects.toEqual(code("GPU_CLOSED"));
    expect(isThere(pid)).toBe(false);
    expect(engine.status.state).toBe("closed");
    await engine.close();
  });
});

describe("a compute process that misbehaves", () => {
  it.each(["nonsense", "unasked", "fails", "ends"])("is not believed again: %s", async (behaviour) => {
    const { engine, forks } = openOdd(behaviour);
    await expect(call(engine)).rejects.toEqual(code("GPU_UNAVAILABLE"));
    expect(engine.status.state).toBe("resting");
    expect(forks.count).toBe(1);
  });

  it("is not started again and again: rests grow, and calls fail at once meanwhile", async () => {
    const { engine, forks } = openOdd("ends", { breaker: { firstRestMs: 50, longestRestMs: 60_000 } });
    const untilMs = performance.now() + 1_000;
    let failed = 0;
    for (; performance.now() < untilMs; failed += 1) {
      await expect(call(engine)).rejects.toEqual(code("GPU_UNAVAILABLE"));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(failed).toBeGreaterThan(forks.count);
    expect(forks.count).toBeLessThanOrEqual(5);
    expect(engine.status.failures).toBe(failed);
  });

  it("has a limit for getting ready", async () => {
    const { engine } = openOdd("never-ready", { startLimitMs: 100 });
    await expect(call(engine)).rejects.toThrow("failed before this call's turn came");
    expect(engine.status.lastError).toContain("did not get ready within 100 ms");
  });

  it("is not told to try the mode again that took it along", async () => {
    const { engine } = openOdd("dies-of-webgpu", { modes: ["webgpu", "webasm"] });
    await expect(call(engine)).rejects.toEqual(code("GPU_UNAVAILABLE"));
    let asked: Promise<unknown> = Promise.resolve();
    await vi.waitFor(() => {
      if (engine.status.state === "resting") asked = call(engine).catch((error: unknown) => error);
      expect(engine.status).toMatchObject({ state: "ready", mode: "webasm" });
    }, SOON);
    await engine.close();
    expect(await asked).toEqual(code("GPU_CLOSED"));
  });
});
