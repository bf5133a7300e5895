import { describe, expect, it } from "vitest";
import { Pacer } from "../../../actors/stream/pacing.js";

/** A clock that moves 1 ms each time it is read. */
function tickingClock(): () => number {
  let nowMs = 0;
  return () => {
    nowMs += 1;
    return nowMs;
  };
}

describe("pacing", () => {
  it("lets the event loop turn each time a slice is used up", async () => {
    const pacer = new Pacer({ nowMs: tickingClock(), sliceMs: 10 });
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    for (let step = 0; step < 1000; step += 1) await pacer.step(1);
    isOver = true;
    expect(pacer.pauses).toBe(100);
    expect(turns).toBeGreaterThanOrEqual(100);
  });

  it("does not pause before its slice is used up", async () => {
    const pacer = new Pacer({ nowMs: () => 5, sliceMs: 10 });
    for (let step = 0; step < 1000; step += 1) expect(pacer.step(step)).toBeUndefined();
    expect(pacer.largestStep).toBe(999);
  });

  it("ends with the signal's reason at the next pause", async () => {
    const controller = new AbortController();
    const pacer = new Pacer({ nowMs: tickingClock(), sliceMs: 1, signal: controller.signal });
    const reason = new Error("cancelled by a person");
    await pacer.step(1);
    controller.abort(reason);
    await expect(pacer.step(1)).rejects.toBe(reason);
  });

  it("reports progress within the stage it is in, never beyond the end", async () => {
    let nowMs = 0;
    const heard: [number, string | undefined][] = [];
    const pacer = new Pacer({
      nowMs: () => nowMs,
      totalBytes: 1_000_000,
      progress: (fraction, message) => heard.push([fraction, message]),
    });
    pacer.enter("reading", 0, 0.5);
    for (const bytesRead of [500_000, 2_000_000]) {
      pacer.bytesRead = bytesRead;
      nowMs += 1000;
      await pacer.step(1);
    }
    pacer.enter("naming", 0.5, 1);
    nowMs += 1000;
    await pacer.step(1, 0.25);
    expect(heard).toEqual([
      [0.25, "reading, 0.5 MB read"],
      [0.5, "reading, 2.0 MB read"],
      [0.625, "naming, 2.0 MB read"],
    ]);
  });
});
