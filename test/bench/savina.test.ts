// The Savina programs on the real runtime at a small size: each proves its own result, and a wrong one is noticed.

import { describe, expect, test } from "vitest";
import type { Params } from "../../bench/question.js";
import { openLines } from "../../bench/savina/peers/line-process.js";
import { nactActors } from "../../bench/savina/peers/nact.js";
import { plainContender } from "../../bench/savina/peers/plain-programs.js";
import { xstateActors } from "../../bench/savina/peers/xstate.js";
import { type AnyProgram, openProgram } from "../../bench/savina/program.js";
import { MICRO_PROGRAMS, PROGRAMS } from "../../bench/savina/programs.js";

/** More than a mailbox holds, and little enough for a test. */
const MICRO_MOST = 5_000;
const PEER_MOST = 50;
const MICRO_NAMES = new Set(MICRO_PROGRAMS.map(({ name }) => name));

function atMost(size: Params, most: number): Record<string, number> {
  return Object.fromEntries(Object.entries(size).map(([key, value]) => [key, Math.min(Number(value), most)]));
}

async function isVerified(program: AnyProgram): Promise<boolean> {
  const size = MICRO_NAMES.has(program.name) ? atMost(program.quick, MICRO_MOST) : program.quick;
  const session = await openProgram({ program, size, repeats: 1 });
  const { verified } = await session.run();
  await session.close();
  return verified;
}

/** The same but for the last number, or the last letter, in it. */
function changed(value: unknown): unknown {
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return `${value}0`;
  if (Array.isArray(value)) return [...value.slice(0, -1), changed(value.at(-1))];
  if (value instanceof Int32Array || value instanceof Float64Array) return value.map((one) => one + 1);
  const [key, last] = Object.entries(value as object).at(-1) ?? ["", 0];
  return { ...(value as object), [key]: changed(last) };
}

describe("a Savina program", () => {
  test.each([...MICRO_PROGRAMS, ...PROGRAMS])(
    "$name is verified by its result, and not by another one",
    async (program) => {
      const wrong = { ...program, expected: (size: Params) => changed(program.expected(size)) };
      expect(await Promise.all([program, wrong].map(isVerified))).toEqual([true, false]);
    },
  );

  test.each(MICRO_PROGRAMS)("$name comes to the same result on other libraries", async (program) => {
    for (const [system, open] of [
      ["nact", nactActors],
      ["XState", xstateActors],
    ] as const) {
      const contender = plainContender(system, open, program, atMost(program.quick, PEER_MOST));
      const session = await contender.open();
      expect(await session.run()).toMatchObject({ verified: true });
      await session.close();
    }
  });

  test("is missing, with a reason, for a peer that is not installed", async () => {
    const [program] = MICRO_PROGRAMS;
    if (program === undefined) throw new Error("there are programs");
    const absent = { system: "Absent", command: "there-is-no-such-command", args: [] };
    const session = await openLines(absent, { program, size: program.quick, repeats: 1 });
    await expect(session.run()).rejects.toThrow("Absent did not start");
  });
});
