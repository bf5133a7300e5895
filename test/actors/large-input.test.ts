import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { SLICE_BYTES } from "../../actors/stream/text-source.js";
import type { LargeResult } from "./large-input.js";

const BYTES = 100_000_000;
const HEAP_MB = 128;
/** Heap, young generation, code, and buffers on their way. An input kept in memory would need this much by itself. */
const RSS_BYTES_MAX = 260_000_000;
const PATIENCE_MS = 300_000;

const script = fileURLToPath(new URL("./large-input.js", import.meta.url));

async function analyse(kind: string): Promise<LargeResult> {
  const args = [`--max-old-space-size=${HEAP_MB}`, script, kind, String(BYTES)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as LargeResult;
}

describe("100 MB through an analyst, with a heap of 128 MB", () => {
  it.each([
    ["csv", 1_000_000],
    ["json", 700_000],
    ["text", 600_000],
  ])(
    "%s: reads everything, keeps little, and works in small pieces",
    async (kind, unitsMin) => {
      const result = await analyse(kind);
      expect(result.bytes).toBeGreaterThanOrEqual(BYTES);
      expect(result.units).toBeGreaterThan(unitsMin);
      expect(result.finding.length).toBeGreaterThan(20);
      expect(result.sampled).toBe(kind === "text");
      expect(result.rssPeakBytes).toBeLessThan(RSS_BYTES_MAX);
      expect(result.largestStep).toBeLessThanOrEqual(SLICE_BYTES);
      expect(result.pauses).toBeGreaterThan(100);
    },
    PATIENCE_MS,
  );
});
