// Assignments of random batches, checked by the reference: test/compute/assign.test.ts checks that one by trying all.

import type { Addon } from "../../src/base/addon.js";
import { seededRandom } from "../../src/base/random.js";
import { type AssignInput, createAssigner } from "../../src/compute/assign.js";
import { makeSharedFloats } from "../../src/compute/shared-floats.js";
import type { Measured, Session } from "../question.js";

const SEED = 20_261_121;
const BATCHES = 5;

function batchesOf(tasks: number, agents: number): readonly AssignInput[] {
  const random = seededRandom(SEED);
  return Array.from({ length: BATCHES }, () => {
    const scores = makeSharedFloats(tasks * agents);
    for (let at = 0; at < scores.length; at++) scores[at] = random.next();
    return { tasks, agents, scores };
  });
}

/** With the addon our engine, without it our reference; milliseconds per batch. */
export async function openAssign(tasks: number, agents: number, addon: Addon | undefined): Promise<Session> {
  const batches = batchesOf(tasks, agents);
  const assigner = createAssigner(addon);
  const expected = batches.map((batch) => createAssigner(undefined).assign(batch).total);
  const run = async (): Promise<Measured> => {
    let isRight = true;
    const startedMs = performance.now();
    for (const [at, batch] of batches.entries()) {
      const { total, assigned } = await assigner.assignAsync(batch);
      if (total !== expected[at] || assigned !== Math.min(tasks, agents)) isRight = false;
    }
    return { value: (performance.now() - startedMs) / BATCHES, verified: isRight };
  };
  return { run, close: async () => undefined };
}
