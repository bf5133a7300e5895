import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import type { ProgramOutput } from "./without-addon-program.js";

function runProgram(addon: "with" | "without"): ProgramOutput {
  const program = fileURLToPath(new URL("./without-addon-program.js", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, addon], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout) as ProgramOutput;
}

describe("a process without the native addon", () => {
  it("runs on the TypeScript engine and the MessagePort bell, and says why", () => {
    const { engine, bell, reason } = runProgram("without");
    expect({ engine, bell }).toEqual({ engine: "js", bell: "port" });
    expect(reason).toMatch(/^The native addon .*\.$/);
  });

  it.runIf(loadAddon().addon !== undefined)("gives the answers that a process with it gives", () => {
    const native = runProgram("with");
    const plain = runProgram("without");
    expect({ engine: native.engine, bell: native.bell }).toEqual({ engine: "native", bell: "native" });
    expect(plain.rankings).toEqual(native.rankings);
    expect(plain.refusals).toEqual(native.refusals);
    // Matrices, assignments, embeddings, networks, trainings and predictions: to the last bit.
    expect(Object.keys(native.digests)).toHaveLength(22);
    expect(plain.digests).toEqual(native.digests);
  });
});
