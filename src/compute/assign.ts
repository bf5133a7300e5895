// Which agent gets which task when many tasks wait at once: the assignment with the highest sum of scores.
//
// Given a matrix of scores (tasks × agents, row after row; −Infinity where an agent may not have a task) and how many
// tasks each agent can take, as many tasks as possible get an agent, and among all such assignments the sum of scores
// is the highest there is. assign-js.ts is the reference; native/assign.cc takes the same steps to the same answer.
// Why as many as possible first: a task that waits although somebody could have it is worse than a lower score.
// Why exact at every size, and no auction above 256 × 256: a batch has far more agents than tasks, so paths are short;
// the time is looked at in bench/compute/assign.ts.

import type { Addon } from "../base/addon.js";
import { invariant } from "../base/invariant.js";
import { assignRows } from "./assign-js.js";

export interface AssignInput {
  readonly tasks: number;
  readonly agents: number;
  /** tasks × agents. Finite, or −Infinity where the agent may not have the task; anything else counts as that. */
  readonly scores: Float32Array;
  /** How many tasks each agent can take. Default 1 each. */
  readonly capacity?: Uint32Array;
}

export interface Assignment {
  /** The row of the agent of each task; -1 where nobody is left who may have it. */
  readonly agentOf: Int32Array;
  /** How many tasks have an agent. */
  readonly assigned: number;
  /** The sum of their scores. */
  readonly total: number;
}

/** What is asked, checked, and where the answer goes. */
interface AssignTask extends AssignInput {
  readonly capacity: Uint32Array;
  readonly agentOf: Int32Array;
}

/** The arrays that both engines work in on the calling thread, so that neither allocates. */
export interface AssignWork extends AssignTask {
  /** 3 × agents + tasks. */
  readonly numbers: Float64Array;
  /** 4 × agents + 2 × tasks. */
  readonly counts: Int32Array;
}

export interface Assigner {
  readonly kind: "native" | "js";
  /** At once, on the calling thread: for some ten thousand scores. A wrong shape is a bug and throws. */
  assign(input: AssignInput): Assignment;
  /**
   * On a thread of Node's pool where the addon is there, else on the calling thread. Until it settles the input may be
   * neither written nor transferred. Scores in a SharedArrayBuffer are read where they lie; others are
   * copied first, on the calling thread.
   */
  assignAsync(input: AssignInput): Promise<Assignment>;
}

/** An assigner on the native engine where the addon is there, else on the TypeScript engine. */
export function createAssigner(addon: Addon | undefined): Assigner {
  return addon === undefined ? JS_ASSIGNER : nativeAssigner(addon);
}

const JS_ASSIGNER: Assigner = {
  kind: "js",
  assign(input) {
    const work = workOf(input);
    assignRows(work);
    return assignmentOf(work);
  },
  async assignAsync(input) {
    return JS_ASSIGNER.assign(input);
  },
};

function nativeAssigner(addon: Addon): Assigner {
  return {
    kind: "native",
    assign(input) {
      const work = workOf(input);
      const { tasks, agents, scores, capacity, agentOf, numbers, counts } = work;
      addon.assign(tasks, agents, scores, capacity, numbers, counts, agentOf);
      return assignmentOf(work);
    },
    async assignAsync(input) {
      const task = taskOf(input);
      const { tasks, agents, scores, capacity, agentOf } = task;
      await addon.assignAsync(tasks, agents, scores, capacity, agentOf);
      return assignmentOf(task);
    },
  };
}

function workOf(input: AssignInput): AssignWork {
  const { tasks, agents } = input;
  return {
    ...taskOf(input),
    numbers: new Float64Array(3 * agents + tasks),
    counts: new Int32Array(4 * agents + 2 * tasks),
  };
}

function taskOf({ tasks, agents, scores, capacity }: AssignInput): AssignTask {
  for (const count of [tasks, agents])
    invariant(Number.isInteger(count) && count >= 0 && count < 2 ** 28, "tasks and agents are counts");
  invariant(
    scores instanceof Float32Array && scores.length === tasks * agents,
    "there is a score for each task and agent",
  );
  invariant(
    capacity === undefined || (capacity instanceof Uint32Array && capacity.length === agents),
    "each agent has a capacity",
  );
  return {
    tasks,
    agents,
    scores,
    // A copy, so that it is memory of this thread alone, as the addon wants it.
    capacity: capacity?.slice() ?? new Uint32Array(agents).fill(1),
    agentOf: new Int32Array(tasks),
  };
}

function assignmentOf({ tasks, agents, scores, agentOf }: AssignTask): Assignment {
  let assigned = 0;
  let total = 0;
  for (let task = 0; task < tasks; task++) {
    const agent = agentOf[task]!;
    if (agent < 0) continue;
    assigned++;
    total += scores[task * agents + agent]!;
  }
  return { agentOf, assigned, total };
}
