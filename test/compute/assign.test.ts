import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { seededRandom } from "../../src/base/random.js";
import {
  type Assigner,
  type AssignInput,
  type Assignment,
  createAssigner,
} from "../../src/compute/assign.js";
import { makeSharedFloats } from "../../src/compute/shared-floats.js";

const { addon } = loadAddon();
const reference = createAssigner(undefined);
const assigners: readonly Assigner[] = addon === undefined ? [reference] : [createAssigner(addon), reference];
const NEVER = Number.NEGATIVE_INFINITY;
const COARSE = [NEVER, NEVER, 0, 0.25, 0.5, 0.5, 0.75, 1, -0.25];

interface Shape {
  readonly tasks: number;
  readonly agents: number;
  readonly seed: number;
}

function inputOf({ tasks, agents, seed }: Shape): AssignInput {
  const random = seededRandom(seed);
  const score = () => (random.next() < 0.5 ? COARSE[random.below(COARSE.length)]! : random.next());
  const scores = Float32Array.from({ length: tasks * agents }, score);
  if (random.next() < 0.3) return { tasks, agents, scores };
  return { tasks, agents, scores, capacity: Uint32Array.from({ length: agents }, () => random.below(4)) };
}

/** By trying everything: the most tasks that can have an agent, and the highest sum among those. */
function bestOf({ tasks, agents, scores, capacity }: AssignInput): { assigned: number; total: number } {
  const left = Array.from({ length: agents }, (_, agent) => capacity?.[agent] ?? 1);
  const best = { assigned: 0, total: 0 };
  const visit = (task: number, assigned: number, total: number): void => {
    if (task === tasks) {
      if (assigned > best.assigned || (assigned === best.assigned && total > best.total)) {
        best.assigned = assigned;
        best.total = total;
      } else if (assigned === 0) best.total = 0;
      return;
    }
    visit(task + 1, assigned, total);
    for (let agent = 0; agent < agents; agent++) {
      const score = scores[task * agents + agent]!;
      if (left[agent] === 0 || score === NEVER) continue;
      left[agent]!--;
      visit(task + 1, assigned + 1, total + score);
      left[agent]!++;
    }
  };
  best.total = NEVER;
  visit(0, 0, 0);
  return best;
}

function checkAllowed({ tasks, agents, scores, capacity }: AssignInput, { agentOf }: Assignment): void {
  const taken = new Uint32Array(agents);
  for (let task = 0; task < tasks; task++) {
    const agent = agentOf[task]!;
    if (agent < 0) continue;
    expect(scores[task * agents + agent]).toBeGreaterThan(NEVER);
    taken[agent]!++;
  }
  for (let agent = 0; agent < agents; agent++)
    expect(taken[agent]).toBeLessThanOrEqual(capacity?.[agent] ?? 1);
}

describe.each(assigners)("the assignment of a batch on the $kind engine", (assigner) => {
  it("prefers the best sum to the best first choice", () => {
    const scores = Float32Array.of(1, 0.75, 0.875, 0.125);
    const { agentOf, total } = assigner.assign({ tasks: 2, agents: 2, scores });
    expect([...agentOf]).toEqual([1, 0]);
    expect(total).toBe(1.625);
  });

  it("gives as many tasks an agent as can have one, even at a lower sum", () => {
    const scores = Float32Array.of(1, 0.125, 0.25, NEVER);
    const { agentOf, assigned } = assigner.assign({ tasks: 2, agents: 2, scores });
    expect([...agentOf]).toEqual([1, 0]);
    expect(assigned).toBe(2);
  });

  it("leaves the task without an agent that loses least by it", () => {
    const scores = Float32Array.of(0.5, 0.75, 0.25);
    const { agentOf, assigned, total } = assigner.assign({ tasks: 3, agents: 1, scores });
    expect([...agentOf]).toEqual([-1, 0, -1]);
    expect([assigned, total]).toEqual([1, 0.75]);
  });

  it("gives an agent as many tasks as it has places", () => {
    const scores = Float32Array.of(1, 0.5, 1, 0.5, 1, 0.75);
    const { agentOf, total } = assigner.assign({
      tasks: 3,
      agents: 2,
      scores,
      capacity: Uint32Array.of(2, 1),
    });
    expect([...agentOf]).toEqual([0, 0, 1]);
    expect(total).toBe(2.75);
  });

  it("answers an empty batch, and one without agents", () => {
    expect(assigner.assign({ tasks: 0, agents: 3, scores: new Float32Array(0) }).assigned).toBe(0);
    expect([...assigner.assign({ tasks: 2, agents: 0, scores: new Float32Array(0) }).agentOf]).toEqual([
      -1, -1,
    ]);
  });

  it("takes shapes that do not fit together for bugs", () => {
    const scores = new Float32Array(5);
    expect(() => assigner.assign({ tasks: 2, agents: 3, scores })).toThrow("invariant broken");
    expect(() => assigner.assign({ tasks: 1, agents: 5, scores, capacity: new Uint32Array(4) })).toThrow(
      "invariant broken",
    );
  });

  it("finds, for any small batch, what trying everything finds", () => {
    const seed = Math.floor(Math.random() * 0x7fff_ffff);
    console.log(`assign: seed ${seed}`);
    const shape = fc.record({ tasks: fc.nat({ max: 5 }), agents: fc.nat({ max: 5 }), seed: fc.integer() });
    const property = fc.property(shape, (given) => {
      const input = inputOf(given);
      const found = assigner.assign(input);
      const best = bestOf(input);
      checkAllowed(input, found);
      expect(found.assigned).toBe(best.assigned);
      expect(found.total).toBeCloseTo(best.total, 5);
    });
    fc.assert(property, { seed, numRuns: 400 });
  });

  it("gives off the thread what it gives at once", async () => {
    const input = inputOf({ tasks: 60, agents: 80, seed: 3 });
    expect(await assigner.assignAsync(input)).toEqual(assigner.assign(input));
  });
});

describe.runIf(addon !== undefined)("an assignment at work on another thread", () => {
  const native = addon === undefined ? reference : createAssigner(addon);

  it("has a copy of scores that are not shared, so that taking those away changes nothing", async () => {
    const { tasks, agents, scores, capacity } = inputOf({ tasks: 60, agents: 80, seed: 3 });
    const taken = scores.slice();
    const agentOf = new Int32Array(tasks);
    const places = capacity?.slice() ?? new Uint32Array(agents).fill(1);
    const done = addon!.assignAsync(tasks, agents, taken, places, agentOf);
    for (const { buffer } of [taken, places]) structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    expect(await done).toBe(agentOf);
    expect(agentOf).toEqual(reference.assign({ tasks, agents, scores, capacity: capacity! }).agentOf);
  });

  it("is refused by its promise when the array for the answer was taken away", async () => {
    const agentOf = new Int32Array(2);
    const done = addon!.assignAsync(2, 2, new Float32Array(4), new Uint32Array(2), agentOf);
    structuredClone(agentOf, { transfer: [agentOf.buffer as ArrayBuffer] });
    await expect(done).rejects.toThrow("assignAsync, at its end: expected `agentOf`");
  });

  it("is the same with scores and capacities in shared memory", async () => {
    const input = inputOf({ tasks: 60, agents: 80, seed: 4 });
    const scores = makeSharedFloats(input.scores.length);
    scores.set(input.scores);
    const capacity = new Uint32Array(new SharedArrayBuffer(4 * input.agents)).fill(2);
    const expected = reference.assign({ ...input, capacity });
    expect(native.assign({ ...input, scores, capacity })).toEqual(expected);
    expect(await native.assignAsync({ ...input, scores, capacity })).toEqual(expected);
  });
});

describe.runIf(addon !== undefined)("native and TypeScript engine", () => {
  it("give the same assignment", () => {
    const shape = fc.record({ tasks: fc.nat({ max: 90 }), agents: fc.nat({ max: 90 }), seed: fc.integer() });
    const native = createAssigner(addon);
    const property = fc.property(shape, (given) => {
      const input = inputOf(given);
      const found = native.assign(input);
      checkAllowed(input, found);
      expect(found).toEqual(reference.assign(input));
    });
    fc.assert(property, { numRuns: 60 });
  });
});
