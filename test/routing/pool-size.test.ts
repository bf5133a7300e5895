// How many workers a pool wants: a pure decision, look by look.

import { describe, expect, it } from "vitest";
import { decideSize, type SizeMemory } from "../../src/routing/pool-size.js";

const SIZE = { min: 2, max: 7, growAbove: 3, shrinkAfterMs: 1_000 };

function looks(workers: number, ...waiting: readonly (readonly [atMs: number, waiting: number])[]): number[] {
  const memory: SizeMemory = { pressed: false, idleSinceMs: undefined };
  let size = workers;
  return waiting.map(([atMs, count]) => {
    size = decideSize(SIZE, memory, size, count, atMs);
    return size;
  });
}

describe("the size of a pool", () => {
  it("grows by half when too much waits on two looks in a row, up to its most", () => {
    expect(looks(2, [0, 7], [100, 7], [200, 10], [300, 10])).toEqual([2, 3, 3, 5]);
    expect(looks(6, [0, 100], [100, 100], [200, 100], [300, 100])).toEqual([6, 7, 7, 7]);
  });

  it("stays when what waited is gone at the next look, or is no more than it bears", () => {
    expect(looks(2, [0, 7], [100, 0], [200, 7], [300, 6])).toEqual([2, 2, 2, 2]);
  });

  it("shrinks by one each time nothing has waited for a while, down to its least", () => {
    expect(looks(4, [0, 0], [500, 0], [1_000, 0], [1_500, 0], [2_000, 0], [3_000, 0])).toEqual([
      4, 4, 3, 3, 2, 2,
    ]);
    expect(looks(4, [0, 0], [500, 1], [1_000, 0], [1_500, 0], [2_000, 0])).toEqual([4, 4, 4, 4, 3]);
  });

  it("does not replace workers that were not to come back", () => {
    expect(looks(1, [0, 0], [1_000, 0], [2_000, 0])).toEqual([1, 1, 1]);
    expect(looks(0, [0, 5], [100, 5])).toEqual([0, 0]);
  });
});
