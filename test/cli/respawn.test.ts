import { describe, expect, test } from "vitest";
import { type Death, decideRespawn, judgeLife } from "../../src/cli/respawn.js";

const policy = { minMs: 200, maxMs: 10_000, quickDeathMs: 10_000, quickDeathsMax: 5 };
const killed = (livedMs: number): Death => ({
  cause: { kind: "signal", signal: "SIGKILL" },
  livedMs,
  everReady: true,
});

describe("what follows a hub's death", () => {
  test("the first respawn comes at once, and each quick death doubles the wait up to a bound", () => {
    const roomy = { ...policy, quickDeathsMax: 100 };
    const delays = [0, 1, 2, 3, 9].map((before) => decideRespawn(roomy, before, killed(10)));
    expect(delays.map((verdict) => (verdict.kind === "respawn" ? verdict.delayMs : -1))).toEqual([
      200, 400, 800, 1_600, 10_000,
    ]);
  });

  test("a hub that lived long enough clears the count", () => {
    expect(decideRespawn(policy, 4, killed(10_000))).toEqual({
      kind: "respawn",
      delayMs: 200,
      quickDeaths: 0,
    });
  });

  test("the fifth quick death in a row ends with exit code 1 and says how the last one came", () => {
    const verdict = decideRespawn(policy, 4, killed(9_999));
    expect(verdict).toMatchObject({ kind: "give-up", exitCode: 1 });
    expect(verdict.kind === "give-up" && verdict.message).toMatch(
      /died 5 times in a row.*was ended by SIGKILL/,
    );
  });

  test("a hub that refuses its very first start is believed", () => {
    const cause = { kind: "refused", exitCode: 78, message: "no such agent" } as const;
    expect(decideRespawn(policy, 0, { cause, livedMs: 50, everReady: false })).toEqual({
      kind: "give-up",
      exitCode: 78,
      message: "no such agent",
    });
  });

  test("a hub that refuses after an earlier one was ready is tried again", () => {
    const cause = { kind: "refused", exitCode: 1, message: "port in use" } as const;
    const verdict = decideRespawn(policy, 0, { cause, livedMs: 50, everReady: true });
    expect(verdict).toMatchObject({ kind: "respawn", quickDeaths: 1 });
  });
});

describe("whether a hub still lives", () => {
  const watch = { heartbeatTimeoutMs: 10_000, commitTimeoutMs: 5_000, startTimeoutMs: 60_000 };

  test("silence up to the limit is forgiven, beyond it is not", () => {
    expect(judgeLife(watch, { isReady: true, silentMs: 10_000, commitPendingMs: 0 })).toBeUndefined();
    expect(judgeLife(watch, { isReady: true, silentMs: 10_001, commitPendingMs: 0 })?.kind).toBe("silent");
  });

  test("a hub that is starting may be silent for longer", () => {
    expect(judgeLife(watch, { isReady: false, silentMs: 59_000, commitPendingMs: 0 })).toBeUndefined();
    expect(judgeLife(watch, { isReady: false, silentMs: 61_000, commitPendingMs: 0 })?.kind).toBe("silent");
  });

  test("a commit pending for the limit means that the disk or the store is stuck", () => {
    expect(judgeLife(watch, { isReady: true, silentMs: 0, commitPendingMs: 4_999 })).toBeUndefined();
    expect(judgeLife(watch, { isReady: true, silentMs: 0, commitPendingMs: 5_000 })?.kind).toBe(
      "commit-stalled",
    );
  });
});
