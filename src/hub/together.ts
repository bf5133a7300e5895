// Who gets which of several waiting tasks: the assignment with the highest sum of values, and not the best agent for
// each task in turn.
//
//   columns   slots of agents: an agent with several free slots has several, each further one worth as much less as
//             the load that a task adds takes away
//   rows      tasks, the most urgent first
//
// As many tasks get an agent as can. Where not all of them can, the most urgent do: which ones is found by an
// assignment of its own, in which a task is worth its place in the line and nothing else counts (a greedy basis of a
// transversal matroid: Edmonds & Fulkerson 1965), and then those are given away by value.
// Why a task needs no more columns than there are tasks: of its best so many slots, one is always left for it.

import type { Assigner } from "../compute/assign.js";

/** What is known of one of the tasks. */
export interface TaskInLine {
  /**
   * Numbers of the agents that may have it, best first; at least one more than there are tasks, if there are. Tasks
   * that are alike are quicker if they share the array.
   */
  readonly agents: ArrayLike<number>;
  /** What it is worth to give it to each of them. */
  readonly values: ArrayLike<number>;
  /** The agent that it should not meet again if another one can have it. */
  readonly avoid: number | undefined;
}

/** How an agent takes tasks. */
export interface Places {
  readonly freeSlots: number;
  /** What each task takes from the value of a further one. */
  readonly lossPerTask: number;
}

interface Slot {
  readonly column: number;
  /** Of the agent among those of the task. */
  readonly place: number;
  readonly value: number;
}

/** More than values can differ, and so little that they keep their digits in 32 bits. */
const AVOIDED = 100;
const NEVER = Number.NEGATIVE_INFINITY;

/** For each task the place of its agent in `agents`; -1 for one that nobody is left for. */
export function assignTogether(
  tasks: readonly TaskInLine[],
  placesOf: (agent: number) => Places,
  assigner: Assigner,
): Int32Array {
  const columns = new Columns();
  const known = new Map<ArrayLike<number>, readonly Slot[]>();
  const slots = tasks.map((task) => {
    const same = task.avoid === undefined ? known.get(task.agents) : undefined;
    const found = same ?? slotsOf(task, tasks.length, placesOf, columns);
    if (task.avoid === undefined) known.set(task.agents, found);
    return found;
  });
  const { count } = columns;
  const shape = { tasks: tasks.length, agents: count };
  const scores = new Float32Array(tasks.length * count).fill(NEVER);
  for (const [task, own] of slots.entries()) {
    for (const { column, value } of own) scores[task * count + column] = value;
  }
  const first = assigner.assign({ ...shape, scores });
  let { agentOf } = first;
  if (first.assigned < tasks.length) {
    const ranks = scores.map((score, at) =>
      score === NEVER ? NEVER : tasks.length - Math.floor(at / count),
    );
    const served = assigner.assign({ ...shape, scores: ranks }).agentOf;
    for (const [task, column] of served.entries()) {
      if (column < 0) scores.fill(NEVER, task * count, (task + 1) * count);
    }
    agentOf = assigner.assign({ ...shape, scores }).agentOf;
  }
  return agentOf.map((column, task) => slots[task]!.find((slot) => slot.column === column)?.place ?? -1);
}

/** The best `count` slots for a task: each time the best of what the next slot of each agent is worth. */
function slotsOf(
  { agents, values, avoid }: TaskInLine,
  count: number,
  placesOf: (agent: number) => Places,
  columns: Columns,
): readonly Slot[] {
  const inQuestion = Math.min(agents.length, count + 1);
  const places = Array.from({ length: inQuestion }, (_, place) => placesOf(agents[place]!));
  const next = Float64Array.from(
    places,
    (_, place) => values[place]! - (agents[place] === avoid ? AVOIDED : 0),
  );
  const taken = new Uint32Array(inQuestion);
  const slots: Slot[] = [];
  while (slots.length < count) {
    let place = -1;
    let value = NEVER;
    for (let other = 0; other < inQuestion; other++) {
      if (next[other]! > value) value = next[(place = other)]!;
    }
    if (place < 0) break;
    const { freeSlots, lossPerTask } = places[place]!;
    slots.push({ column: columns.of(agents[place]!, taken[place]!), place, value });
    taken[place]!++;
    next[place] = taken[place]! < freeSlots ? value - lossPerTask : NEVER;
  }
  return slots;
}

/** Numbers the slots as they come into question. */
class Columns {
  readonly #byAgent = new Map<number, Map<number, number>>();
  count = 0;

  /** The column of the slot that an agent takes after `taken` others. */
  of(agent: number, taken: number): number {
    let own = this.#byAgent.get(agent);
    if (own === undefined) this.#byAgent.set(agent, (own = new Map()));
    let column = own.get(taken);
    if (column === undefined) own.set(taken, (column = this.count++));
    return column;
  }
}
