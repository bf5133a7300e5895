// May it restart again, and how long does it wait first: pure numbers, so the table is the policy.

import { describe, expect, it } from "vitest";
import { backoffDelayMs, chargeBudget, emptyBudget } from "../../src/actor/restart-budget.js";
import { seededRandom } from "../../src/base/random.js";

describe("a supervisor's budget", () => {
  it("allows its restarts within a sliding window, and one more is too many", () => {
    const intensity = { restarts: 2, withinMs: 1_000 };
    const budget = emptyBudget();
    const allowed = [0, 400, 900, 1_001, 1_100, 1_401].map((nowMs) => chargeBudget(budget, intensity, nowMs));
    expect(allowed).toEqual([true, true, false, true, false, true]);
  });

  it("of no restarts allows none", () => {
    expect(chargeBudget(emptyBudget(), { restarts: 0, withinMs: 1_000 }, 0)).toBe(false);
  });
});

describe("backoff", () => {
  const backoff = { minMs: 100, maxMs: 1_000 };

  it("doubles with each restart in a row up to its most, and starts over after a quiet spell", () => {
    const history = { streak: 0, lastFaultMs: 0 };
    const random = seededRandom(1);
    let nowMs = 0;
    const delays = Array.from({ length: 6 }, () => {
      const delayMs = backoffDelayMs(backoff, history, nowMs, random);
      nowMs += delayMs + 1;
      return delayMs;
    });
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(backoffDelayMs(backoff, history, nowMs + 549, random)).toBe(100);
  });

  it("grows at random by at most its jitter", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const history = { streak: 0, lastFaultMs: 0 };
      const delayMs = backoffDelayMs({ ...backoff, jitter: 0.5 }, history, 0, seededRandom(seed));
      expect(delayMs, `seed ${seed}`).toBeGreaterThanOrEqual(100);
      expect(delayMs, `seed ${seed}`).toBeLessThanOrEqual(150);
    }
  });

  it("is nothing where nobody asked for it", () => {
    expect(backoffDelayMs(undefined, { streak: 3, lastFaultMs: 0 }, 0, seededRandom(1))).toBe(0);
  });
});
