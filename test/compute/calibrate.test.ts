import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { systemClock, systemTimers } from "../../src/base/clock.js";
import { systemRandom } from "../../src/base/random.js";
import { calibrate } from "../../src/compute/calibrate.js";
import { OPERATIONS } from "../../src/compute/crossover.js";
import { formatCrossovers, parseCrossovers, thisMachine } from "../../src/compute/crossover-file.js";
import { GpuEngine, type GpuOptions } from "../../src/compute/gpu/engine.js";
import type { GpuMode } from "../../src/compute/gpu/protocol.js";

const ports = { clock: systemClock(), timers: systemTimers(), random: systemRandom() };
const { addon } = loadAddon();
const { clock } = ports;

function openGpu(options: Partial<GpuOptions> = {}) {
  return (modes: readonly GpuMode[]) => new GpuEngine({ ports, modes, startLimitMs: 20_000, ...options });
}

describe("a calibration", () => {
  it("times every operation on every engine that is here, and gives crossovers that can be kept", async () => {
    const told: string[] = [];
    const { measured, timings } = await calibrate({
      addon,
      clock,
      openGpu: openGpu(),
      modes: ["webasm"],
      isQuick: true,
      onProgress: (what) => told.push(what),
    });
    expect([...new Set(timings.map(({ operation }) => operation))]).toEqual([...OPERATIONS]);
    for (const { ms } of timings) {
      expect(ms.js).toBeGreaterThan(0);
      if (addon !== undefined) expect(ms.native).toBeGreaterThan(0);
    }
    expect(timings.some(({ ms }) => ms.webasm! > 0)).toBe(true);
    expect(measured.gpu).toEqual([{ mode: "webasm", adapter: expect.stringMatching(/^webasm on/) }]);
    expect(told).toHaveLength(5);
    expect(parseCrossovers(formatCrossovers(measured), thisMachine(addon !== undefined))).toEqual(measured);
  });

  it("goes on without a mode that does not work, and says why", async () => {
    const program = fileURLToPath(new URL("./gpu/odd-compute-process.js", import.meta.url));
    const odd = (behaviour: string) => (file: number) =>
      fork(program, [behaviour], { execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc", file] });
    for (const [behaviour, reason] of [
      ["ends", /ended with code 3/],
      ["never-ready", /did not get ready within 300 ms/],
      ["fails", /the device is lost/],
    ] as const) {
      const { measured, timings } = await calibrate({
        addon,
        clock,
        openGpu: openGpu({
          fork: odd(behaviour),
          ...(behaviour === "never-ready" ? { startLimitMs: 300 } : {}),
        }),
        modes: ["webgpu"],
        isQuick: true,
      });
      expect(measured.gpu).toEqual([{ mode: "webgpu", reason: expect.stringMatching(reason) }]);
      expect(timings.every(({ ms }) => ms.webgpu === undefined)).toBe(true);
      for (const operation of OPERATIONS) expect(measured.crossovers[operation].gpu).toEqual({});
    }
  });

  it("finds native ahead nowhere where there is none", async () => {
    const { measured } = await calibrate({
      addon: undefined,
      clock,
      openGpu: openGpu(),
      modes: [],
      isQuick: true,
    });
    expect(measured.machine.native).toBe(false);
    for (const operation of OPERATIONS)
      expect(measured.crossovers[operation]).toEqual({ native: null, gpu: {} });
  });
});
