import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import type { BellCyclesResult } from "./bell-cycles.js";

const MIB = 1024 * 1024;
/** Threads leave allocator arenas behind in no fixed number; a leak of one loop or isolate per cycle is far above. */
const GROWTH_MAX_BYTES = 160 * MIB;
const CYCLE_TIMEOUT_MS = 240_000;

async function cycle(kind: "native" | "port", cycles: number): Promise<BellCyclesResult> {
  const seed = Math.floor(Math.random() * 0x1_0000_0000);
  console.log(`bell cycles (${kind}): seed ${seed}`);
  const program = fileURLToPath(new URL("./bell-cycles.js", import.meta.url));
  const child = spawn(process.execPath, [program, kind, String(cycles), String(seed)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let complaints = "";
  child.stdout.on("data", (chunk: Buffer) => void (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => void (complaints += chunk.toString()));
  const [exitCode, signal] = await once(child, "close");
  expect({ exitCode, signal, complaints }).toEqual({ exitCode: 0, signal: null, complaints: "" });
  const result = JSON.parse(output) as BellCyclesResult;
  console.log(`bell cycles (${kind}): ${output.trim()}`);
  return result;
}

describe("threads that start and end while bells ring", () => {
  it.runIf(loadAddon().addon !== undefined)(
    "never abort the process nor leave a bell behind, in 1,000 cycles with native bells",
    async () => {
      const result = await cycle("native", 1_000);
      expect(result.cycles).toBe(1_000);
      expect(result.bellsLeft).toBe(0);
      expect(result.wakes).toBeGreaterThan(0);
      expect(result.rssAtEndBytes - result.rssAfterWarmUpBytes).toBeLessThan(GROWTH_MAX_BYTES);
    },
    CYCLE_TIMEOUT_MS,
  );

  it(
    "never abort the process nor pile up ports, in 200 cycles with port bells",
    async () => {
      const result = await cycle("port", 200);
      expect(result.cycles).toBe(200);
      expect(result.wakes).toBeGreaterThan(0);
      expect(result.rssAtEndBytes - result.rssAfterWarmUpBytes).toBeLessThan(GROWTH_MAX_BYTES);
    },
    CYCLE_TIMEOUT_MS,
  );
});
