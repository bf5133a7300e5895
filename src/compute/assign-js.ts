// The reference of assign.ts: successive shortest augmenting paths with dual prices, task by task.
// Sources: Jonker & Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems"
// (1987); Crouse, "On implementing 2D rectangular assignment algorithms" (2016). Agents with several places follow the
// same steps: a full agent leads on to each of its tasks, one with a free place ends the path.
//
//   cost(t,a) = −score(t,a);   reduced cost = cost(t,a) − u[t] − v[a] ≥ 0, and 0 along the assignment
//   a task may also go without an agent, at a cost that no exchange of agents can be worth
//
// Why in lockstep with native/assign.cc: same sums in the same order, same choice among equals (an agent with a free
// place, then the lower row), so that both give the same assignment and not only the same total.

import type { AssignWork } from "./assign.js";

const FAR = Number.POSITIVE_INFINITY;
const DONE = Number.NEGATIVE_INFINITY;
const NONE = -1;

/** Fills `agentOf`. */
export function assignRows(work: AssignWork): void {
  const search = new PathSearch(work);
  for (let task = 0; task < work.tasks; task++) search.place(task);
}

class PathSearch {
  readonly #work: AssignWork;
  /** What it costs to go without an agent. */
  readonly #without: number;
  /** Per agent: distance while it is open, DONE after. */
  readonly #distance: Float64Array;
  /** Per agent: distance at which it was settled. */
  readonly #settledAt: Float64Array;
  /** Dual prices. */
  readonly #agentPrice: Float64Array;
  readonly #taskPrice: Float64Array;
  /** Per agent: the task from which it is reached. */
  readonly #from: Int32Array;
  /** Per agent: the first of its tasks; per task: the next one of the same agent. */
  readonly #first: Int32Array;
  readonly #next: Int32Array;
  /** Per agent: how many tasks it has. */
  readonly #used: Int32Array;
  /** The agents settled and the tasks reached in this search. */
  readonly #settled: Int32Array;
  readonly #reached: Int32Array;

  constructor(work: AssignWork) {
    const { tasks, agents, numbers, counts, agentOf } = work;
    this.#work = work;
    this.#distance = numbers.subarray(0, agents);
    this.#settledAt = numbers.subarray(agents, 2 * agents);
    this.#agentPrice = numbers.subarray(2 * agents, 3 * agents).fill(0);
    this.#taskPrice = numbers.subarray(3 * agents).fill(0);
    this.#from = counts.subarray(0, agents);
    this.#first = counts.subarray(agents, 2 * agents).fill(NONE);
    this.#used = counts.subarray(2 * agents, 3 * agents).fill(0);
    this.#settled = counts.subarray(3 * agents, 4 * agents);
    this.#next = counts.subarray(4 * agents, 4 * agents + tasks);
    this.#reached = counts.subarray(4 * agents + tasks);
    agentOf.fill(NONE);
    this.#without = costWithout(work);
  }

  /** Gives one more task an agent, moving others where that is better; or leaves the task that loses least without. */
  place(start: number): void {
    const { agents, capacity, agentOf } = this.#work;
    this.#distance.fill(FAR);
    for (let agent = 0; agent < agents; agent++) if (capacity[agent] === 0) this.#distance[agent] = DONE;
    let settledCount = 0;
    let reachedCount = 0;
    let length = 0;
    let shortestWithout = FAR;
    let left = NONE;
    let end = NONE;
    let task = start;
    for (;;) {
      // `task` and, if it has an agent, the other tasks of that agent lie at the distance `length`.
      for (; task !== NONE; task = task === start ? NONE : this.#next[task]!) {
        this.#reached[reachedCount++] = task;
        const here = length - this.#taskPrice[task]!;
        if (here + this.#without < shortestWithout) {
          shortestWithout = here + this.#without;
          left = task;
        }
        this.#relax(task, here);
      }
      const agent = this.#nearest();
      if (agent === NONE || shortestWithout < this.#distance[agent]!) {
        length = shortestWithout;
        break;
      }
      length = this.#distance[agent]!;
      this.#distance[agent] = DONE;
      this.#settledAt[agent] = length;
      this.#settled[settledCount++] = agent;
      if (this.#used[agent]! < capacity[agent]!) {
        end = agent;
        break;
      }
      task = this.#first[agent]!;
    }
    this.#reprice(start, length, reachedCount, settledCount);
    let free = end;
    if (end === NONE) {
      free = agentOf[left]!;
      if (left !== start) this.#takeFrom(left, free);
      agentOf[left] = NONE;
      if (left === start) return;
    }
    this.#shift(start, free);
  }

  /** Distances over one task. */
  #relax(task: number, here: number): void {
    const { agents, scores } = this.#work;
    const distance = this.#distance;
    const price = this.#agentPrice;
    const at = task * agents;
    for (let agent = 0; agent < agents; agent++) {
      const score = scores[at + agent]!;
      const over = here - score - price[agent]!;
      if (over < distance[agent]! && score < FAR) {
        distance[agent] = over;
        this.#from[agent] = task;
      }
    }
  }

  /** The open agent at the least distance; among equals one with a free place, then the lower row. */
  #nearest(): number {
    const { agents, capacity } = this.#work;
    let least = FAR;
    for (let agent = 0; agent < agents; agent++) {
      const distance = this.#distance[agent]!;
      if (distance > DONE && distance < least) least = distance;
    }
    if (least === FAR) return NONE;
    let nearest = NONE;
    for (let agent = 0; agent < agents; agent++) {
      if (this.#distance[agent] !== least) continue;
      if (this.#used[agent]! < capacity[agent]!) return agent;
      if (nearest === NONE) nearest = agent;
    }
    return nearest;
  }

  #reprice(start: number, length: number, reachedCount: number, settledCount: number): void {
    const { agentOf } = this.#work;
    for (let index = 0; index < reachedCount; index++) {
      const task = this.#reached[index]!;
      const at = task === start ? 0 : this.#settledAt[agentOf[task]!]!;
      this.#taskPrice[task] = this.#taskPrice[task]! + (length - at);
    }
    for (let index = 0; index < settledCount; index++) {
      const agent = this.#settled[index]!;
      this.#agentPrice[agent] = this.#agentPrice[agent]! - (length - this.#settledAt[agent]!);
    }
  }

  /** Each task on the path to `end` moves to the agent through which the next one was reached. */
  #shift(start: number, end: number): void {
    const { agentOf } = this.#work;
    for (let agent = end; ; ) {
      const task = this.#from[agent]!;
      const before = agentOf[task]!;
      if (task !== start) this.#takeFrom(task, before);
      agentOf[task] = agent;
      this.#next[task] = this.#first[agent]!;
      this.#first[agent] = task;
      this.#used[agent] = this.#used[agent]! + 1;
      if (task === start) return;
      agent = before;
    }
  }

  #takeFrom(task: number, agent: number): void {
    this.#used[agent] = this.#used[agent]! - 1;
    if (this.#first[agent] === task) {
      this.#first[agent] = this.#next[task]!;
      return;
    }
    let before = this.#first[agent]!;
    while (this.#next[before] !== task) before = this.#next[before]!;
    this.#next[before] = this.#next[task]!;
  }
}

/** More than all scores together can differ. */
function costWithout({ tasks, scores }: AssignWork): number {
  let most = 0;
  for (let at = 0; at < scores.length; at++) {
    const size = Math.abs(scores[at]!);
    if (size < FAR && size > most) most = size;
  }
  return 2 * (most + 1) * (tasks + 1);
}
