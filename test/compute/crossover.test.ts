import { describe, expect, it } from "vitest";
import { aheadFrom, type Timing } from "../../src/compute/calibrate.js";
import { DEFAULT_CROSSOVERS, isForGpu, isForNative, leastForGpu } from "../../src/compute/crossover.js";
import {
  formatCrossovers,
  type MeasuredCrossovers,
  parseCrossovers,
  thisMachine,
} from "../../src/compute/crossover-file.js";

describe("the choice of an engine by size", () => {
  const crossover = { native: 100, gpu: { webgpu: 5_000, webasm: null } };

  it("is native from its size on, and never where it was ahead nowhere", () => {
    expect([0, 99, 100, 1e9].map((size) => isForNative(crossover, size))).toEqual([false, false, true, true]);
    expect(isForNative({ ...crossover, native: null }, 1e9)).toBe(false);
  });

  it("is gpu from the size of the mode that it has, and never in a mode that was not measured", () => {
    expect(isForGpu(crossover, "webgpu", 4_999)).toBe(false);
    expect(isForGpu(crossover, "webgpu", 5_000)).toBe(true);
    expect(isForGpu(crossover, "webasm", 1e9)).toBe(false);
    expect(isForGpu(crossover, "cpu", 1e9)).toBe(false);
    expect(leastForGpu(crossover)).toBe(5_000);
    expect(leastForGpu(DEFAULT_CROSSOVERS.scoreMatrix)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("the size from which an engine is ahead", () => {
  const table = (...rows: [size: number, js: number, native?: number][]): Timing[] =>
    rows.map(([size, js, native]) => ({
      operation: "topK",
      size,
      ms: { js, ...(native === undefined ? {} : { native }) },
    }));
  const nativeFrom = (...rows: [number, number, number?][]) => aheadFrom(table(...rows), "native", ["js"], 1);

  it.each([
    ["all, when it is faster at every size", nativeFrom([10, 2, 1], [100, 20, 3]), 0],
    ["none, when it is not at the largest", nativeFrom([10, 2, 1], [100, 2, 3]), null],
    ["between two sizes, where their times would meet", nativeFrom([10, 1, 2], [1_000, 10, 5]), 100],
    ["after the last size at which it was slower", nativeFrom([1, 2, 1], [10, 1, 2], [40, 4, 2]), 20],
    ["the first at which it was timed", nativeFrom([10, 1], [100, 10, 5]), 100],
    ["none, when it was never timed", nativeFrom([10, 1], [100, 10]), null],
  ])("is %s", (_, given, expected) => {
    expect(given).toBe(expected);
  });

  it("is asked for with a margin", () => {
    const timings = table([10, 1, 0.9], [1_000, 10, 5]);
    expect(aheadFrom(timings, "native", ["js"], 1)).toBe(0);
    expect(aheadFrom(timings, "native", ["js"], 0.8)).toBeGreaterThan(10);
  });
});

describe("the file of the crossovers", () => {
  const machine = thisMachine(true);
  const measured: MeasuredCrossovers = {
    measured_at: "2026-11-21T12:00:00.000Z",
    machine,
    gpu: [
      { mode: "webgpu", reason: "no card" },
      { mode: "webasm", adapter: "webasm on 2 cores" },
    ],
    crossovers: { ...DEFAULT_CROSSOVERS, forward: { native: null, gpu: { webasm: 1_000 } } },
  };
  const text = formatCrossovers(measured);

  it("comes back as it was", () => {
    expect(parseCrossovers(text, machine)).toEqual(measured);
  });

  it.each([
    ["was cut off", text.slice(0, 200), /no JSON/],
    ["is empty", "", /no JSON/],
    ["is something else", "[1, 2]", /version undefined/],
    [
      "is of another version",
      text.replace('"version": 1', '"version": 0'),
      /version 0, and this Hive reads 1/,
    ],
    ["lacks an operation", text.replace('"forward"', '"backward"'), /forward is no object/],
    ["has a size that is none", text.replace('"native": 48', '"native": "many"'), /topK.native is "many"/],
    ["has a size below 0", text.replace('"native": 48', '"native": -1'), /topK.native is -1/],
    ["knows a mode that there is not", text.replace('"webasm": 1000', '"cuda": 1'), /the mode cuda/],
    ["has no instant", text.replace("2026-11-21T12", "yesterday"), /measured_at is no instant/],
    [
      "was made on another machine",
      text.replace('"cores": ', '"cores": 9'),
      /measured elsewhere: cores was 9/,
    ],
    ["was made without the addon", text.replace('"native": true', '"native": false'), /native was false/],
  ])("is refused with what to do when it %s", (_, given, message) => {
    expect(() => parseCrossovers(given, machine)).toThrow(expect.objectContaining({ code: "CROSSOVERS" }));
    expect(() => parseCrossovers(given, machine)).toThrow(message);
    expect(() => parseCrossovers(given, machine)).toThrow(/measure them: hive calibrate/);
  });
});
