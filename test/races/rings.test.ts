// Two real threads, one ring each way. Everything that was accepted arrives once, in order and unharmed, whatever its
// size, whenever it is published, however little is drained. The only other legal answer of a ring is FULL.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { allocateRing } from "../../src/ring/layout.js";
import { chance } from "../faults/seed.js";
import type { RingReport, RingRun } from "./ring-thread.js";

const MESSAGES = 15_000;

async function runThread(run: RingRun): Promise<RingReport> {
  const thread = new Worker(new URL("./ring-thread.js", import.meta.url), { workerData: run });
  const [report] = (await once(thread, "message")) as [RingReport];
  await thread.terminate();
  return report;
}

describe("two threads that write to each other", () => {
  test.each([4, 8, 64, 256])(
    "through %i KiB lose nothing and change nothing",
    async (kibibytes) => {
      const random = chance(`rings of ${kibibytes} KiB`);
      const capacityBytes = kibibytes * 1024;
      const messages = kibibytes < 64 ? MESSAGES / 5 : MESSAGES;
      const [there, back] = [allocateRing(capacityBytes), allocateRing(capacityBytes)];
      const seeds = [random.below(2 ** 31), random.below(2 ** 31)] as const;
      const [left, right] = await Promise.all([
        runThread({ seed: seeds[0], messages, out: there, in: back }),
        runThread({ seed: seeds[1], messages, out: back, in: there }),
      ]);
      for (const report of [left, right]) {
        expect(report).toMatchObject({ sent: messages, received: messages, wrong: [] });
        expect(report.unencodable).toBeGreaterThan(0);
      }
      expect(right.receivedDigest).toBe(left.sentDigest);
      expect(left.receivedDigest).toBe(right.sentDigest);
    },
    60_000,
  );
});
