// The Savina programs on the real runtime at a small size: each proves its own result, and a wrong one is noticed.

import { describe, expect, test } from "vitest";
import { openLines } from "../../bench/savina/peers/line-process.js";
import { nactActors } from "../../bench/savina/peers/nact.js";
import { plainContender } from "../../bench/savina/peers/plain-programs.js";
import { xstateActors } from "../../bench/savina/peers/xstate.js";
import { type AnyProgram, openProgram } from "../../bench/savina/program.js";
import { MICRO_PROGRAMS, PROGRAMS } from "../../bench/savina/programs.js";

const EVERY_PROGRAM = [...MICRO_PROGRAMS, ...PROGRAMS];

async function isVerified(program: AnyProgram): Promise<boolean> {
  const session = await openProgram(program, program.quick, 1);
  const { verified } = await session.run();
  await session.close();
  return verified;
}

/** The same but for the last number in it. */
function changed(value: unknown): unknown {
  if (typeof value === "number" || typeof value === "bigint") return -value;
  if (typeof value === "string") return `${value}0`;
  if (ArrayBuffer.isView(value))
    return (value as Int32Array).map((one, i, { length }) => (i + 1 < length ? one : -one));
  if (Array.isArray(value)) return value.with(-1, changed(value.at(-1)));
  const [key = "", last] = Object.entries(value as object).findLast(([, one]) => one !== 0) ?? [];
  return { ...(value as object), [key]: changed(last) };
}

describe("a Savina program", () => {
  test.each(EVERY_PROGRAM)("$name comes to the result that was computed without actors", async (program) => {
    expect(await isVerified(program)).toBe(true);
    const otherwise = { ...program, expected: (size: unknown) => changed(program.expected(size)) };
    expect(await isVerified(otherwise)).toBe(false);
  });

  test("has a name of its own", () => {
    expect(new Set(EVERY_PROGRAM.map(({ name }) => name)).size).toBe(EVERY_PROGRAM.length);
  });

  test.each(MICRO_PROGRAMS)("$name is the same program on other libraries", async (program) => {
    for (const [system, open] of [
      ["nact", nactActors],
      ["XState", xstateActors],
    ] as const) {
      const session = await plainContender(system, open, program).open();
      expect(await session.run()).toMatchObject({ verified: true });
      await session.close();
    }
  });

  test("is missing with a reason where its peer is not installed", async () => {
    const [program] = MICRO_PROGRAMS;
    if (program === undefined) throw new Error("there are programs");
    const absent = { system: "Absent", command: "there-is-no-such-command", args: [] };
    const session = await openLines(absent, program, program.quick);
    await expect(session.run()).rejects.toThrow("Absent did not start");
  });
});
