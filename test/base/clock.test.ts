// Delays beyond what a timer of Node takes. Its clock and timers are the test's own: nobody waits for a month.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { holdingTimers, systemTimers } from "../../src/base/clock.js";

const DAY_MS = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each([
  ["that keep nobody alive", systemTimers],
  ["that keep the process alive", holdingTimers],
])("timers %s", (_which, timersOf) => {
  it("wait for a delay of any length, and not a moment less", () => {
    let fired = 0;
    timersOf().after(90 * DAY_MS, () => fired++);
    vi.advanceTimersByTime(90 * DAY_MS - 1);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("are cancelled in the middle of a long delay", () => {
    let fired = 0;
    const timer = timersOf().after(90 * DAY_MS, () => fired++);
    vi.advanceTimersByTime(60 * DAY_MS);
    timer.cancel();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(60 * DAY_MS);
    expect(fired).toBe(0);
  });
});
