// The simulation notices what it is there to notice: the runtime is broken on purpose, and a seed finds it.
// `npm run mutate` does this with the whole table.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hunt, MutationStale, patch } from "../../scripts/mutation/mutant.js";
import { MUTATIONS, type Mutation } from "../../scripts/mutation/table.js";

const SEEDS = 60;
const HUNT_MS = 120_000;

function named(name: string): Mutation {
  const found = MUTATIONS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no mutation "${name}"`);
  return found;
}

describe("the simulation", () => {
  it.each([
    ["a Terminated comes twice", /^one Terminated per watch/],
    ["ring space does not come back", /^no leak/],
    ["a message that was sent on stays with who sent it on", /^answers are right/],
  ])(
    "notices that %s",
    async (name, invariant) => {
      const { caughtBy, seeds } = await hunt(named(name), SEEDS);
      expect(caughtBy).toMatch(invariant);
      expect(seeds).toBeLessThanOrEqual(SEEDS);
    },
    HUNT_MS,
  );

  it(
    "is content with a change that changes nothing",
    async () => {
      const harmless = {
        name: "nothing is broken",
        file: "actor/watches.js",
        find: "family.watcherThreads.clear();",
        replace: "family.watcherThreads.clear(); family.watcherThreads.clear();",
      };
      expect((await hunt(harmless, 3)).caughtBy).toBeUndefined();
    },
    HUNT_MS,
  );
});

describe("a mutation", () => {
  it("whose place is not there, or there twice, is refused", async () => {
    const gone = { ...named("a Terminated comes twice"), find: "no such line" };
    await expect(hunt(gone, 1)).rejects.toThrow(MutationStale);
    expect(() => patch("a; b; a;", { ...gone, find: "a;" })).toThrow(/its place is 2 times in dist/);
  });

  it("has its place in the runtime as it is, each of them", () => {
    for (const mutation of MUTATIONS) {
      const source = readFileSync(join("dist", "src", mutation.file), "utf8");
      expect(patch(source, mutation)).not.toBe(source);
    }
  });
});
