// Where waiting tasks and free agents meet, while agents are given work together: the pools of the free agents, the one
// with the most urgent task first.

import type { AgentRow } from "./agent-row.js";
import type { HeapOrder } from "./heap.js";
import { IndexedHeap, NOWHERE } from "./heap.js";
import type { Pool, WaitingRoom } from "./queue.js";
import { TASK_ORDER } from "./queue.js";
import type { TaskRecord } from "./task-record.js";

/** A pool with tasks and free slots. */
interface Opening {
  readonly pool: Pool;
  /** Free slots of its agents; they may have been given away in another pool since. */
  slots: number;
  heapIndex: number;
}

const OPENING_ORDER: HeapOrder<Opening> = {
  before: (a, b) => TASK_ORDER.before(firstOf(a), firstOf(b)),
  placeOf: (opening) => opening.heapIndex,
  place: (opening, index) => {
    opening.heapIndex = index;
  },
};

function firstOf({ pool }: Opening): TaskRecord {
  return pool.lanes.first?.tasks.first as TaskRecord;
}

export class Openings {
  readonly #waiting: WaitingRoom;
  readonly #openings = new Map<Pool, Opening>();
  readonly #heap = new IndexedHeap<Opening>(OPENING_ORDER);

  constructor(waiting: WaitingRoom, free: readonly AgentRow[]) {
    this.#waiting = waiting;
    for (const agent of free) {
      for (const pool of waiting.poolsOf(agent.number)) {
        if (pool.lanes.size === 0) continue;
        const known = this.#openings.get(pool);
        if (known === undefined) {
          this.#openings.set(pool, { pool, slots: agent.freeSlots, heapIndex: NOWHERE });
        } else known.slots += agent.freeSlots;
      }
    }
    for (const opening of this.#openings.values()) this.#heap.push(opening);
  }

  /**
   * Takes the most urgent tasks out of the waiting room, in order: `limit` at most, until they cost `budget` or more,
   * and of no pool more than its slots.
   */
  take(limit: number, budget: number, costOf: (task: TaskRecord) => number): TaskRecord[] {
    const taken: TaskRecord[] = [];
    let cost = 0;
    while (taken.length < limit && cost < budget) {
      const opening = this.#heap.pop();
      if (opening === undefined) break;
      const task = firstOf(opening);
      this.#waiting.remove(task);
      taken.push(task);
      cost += costOf(task);
      opening.slots -= 1;
      if (opening.slots > 0 && opening.pool.lanes.size > 0) this.#heap.push(opening);
    }
    return taken;
  }

  /** Nobody of its pool was free for this task any more: it waits on, and so do the others of the pool. */
  giveBack(task: TaskRecord): void {
    const opening = this.#openings.get(this.#waiting.lane(task.kind).pool);
    if (opening !== undefined && opening.heapIndex !== NOWHERE) this.#heap.remove(opening);
    this.#waiting.add(task);
  }
}
