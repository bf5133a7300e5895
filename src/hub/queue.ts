// Tasks that wait for an agent, arranged so that nothing is ever scanned task by task.
//
//   a lane   tasks of one kind (hub/task-kind.ts), the most urgent first
//   a pool   lanes that the same agents can do, the lane with the most urgent task first
//   parked   lanes that nobody can do, with the reason; looked at again only when the roster changes
//
// An agent with a free slot asks its few pools for their first task. A task goes to a pool's lane in O(log n).
//
// Urgency: `rank = createdMs − priority·agingMs`, smaller first, then older first. Waiting for `agingMs` is worth one
// class, so a low task that waits three ageing times stands level with a fresh critical one, and nothing starves.
// Why a fixed rank: it orders two waiting tasks the same way at every moment, so a heap holds without re-sorting.

import type { HeapOrder } from "./heap.js";
import { IndexedHeap, NOWHERE } from "./heap.js";
import type { TaskKind } from "./task-kind.js";
import type { TaskRecord } from "./task-record.js";

/** The most urgent first. */
export const TASK_ORDER: HeapOrder<TaskRecord> = {
  before: (a, b) => a.rank < b.rank || (a.rank === b.rank && a.number < b.number),
  placeOf: (record) => record.heapIndex,
  place: (record, index) => {
    record.heapIndex = index;
  },
};

/** Waiting tasks of one kind. */
export class Lane {
  readonly kind: TaskKind;
  readonly tasks = new IndexedHeap<TaskRecord>(TASK_ORDER);
  pool: Pool;
  /** Why nobody can do these, while parked. */
  parkedBecause: string | undefined = undefined;
  heapIndex = NOWHERE;

  constructor(kind: TaskKind, pool: Pool) {
    this.kind = kind;
    this.pool = pool;
  }
}

const LANE_ORDER: HeapOrder<Lane> = {
  before: (a, b) => TASK_ORDER.before(a.tasks.first as TaskRecord, b.tasks.first as TaskRecord),
  placeOf: (lane) => lane.heapIndex,
  place: (lane, index) => {
    lane.heapIndex = index;
  },
};

/** Lanes with tasks in them that the same agents can do. */
export class Pool {
  readonly agents: readonly number[];
  readonly lanes = new IndexedHeap<Lane>(LANE_ORDER);

  constructor(agents: readonly number[]) {
    this.agents = agents;
  }
}

/** Who can do a kind of task: agent numbers in ascending order, or nobody and why. */
export interface Eligibility {
  readonly agents: readonly number[];
  readonly reason: string | undefined;
}

export type JudgeEligibility = (kind: TaskKind) => Eligibility;

/** Lanes before the first sweep of empty ones. They are kept for the next task of their kind. */
const LANES_KEPT = 1024;
const NO_POOLS: readonly Pool[] = Object.freeze([]);

export class WaitingRoom {
  readonly #judge: JudgeEligibility;
  readonly #agingMs: number;
  readonly #lanes = new Map<TaskKind, Lane>();
  readonly #pools = new Map<string, Pool>();
  readonly #poolsOfAgent = new Map<number, Pool[]>();
  #size = 0;
  #sweepAt = LANES_KEPT;

  constructor(agingMs: number, judge: JudgeEligibility) {
    this.#agingMs = agingMs;
    this.#judge = judge;
  }

  /** Tasks waiting, parked ones included. */
  get size(): number {
    return this.#size;
  }

  /** The lane of a kind, judged when it is new. */
  lane(kind: TaskKind): Lane {
    const known = this.#lanes.get(kind);
    if (known !== undefined) return known;
    if (this.#lanes.size >= this.#sweepAt) this.#forgetEmptyLanes();
    const { agents, reason } = this.#judge(kind);
    const lane = new Lane(kind, this.#poolOf(agents));
    lane.parkedBecause = reason;
    this.#lanes.set(kind, lane);
    return lane;
  }

  add(record: TaskRecord): void {
    record.rank = record.createdMs - record.priority * this.#agingMs;
    const lane = this.lane(record.kind);
    lane.tasks.push(record);
    this.#size += 1;
    const { lanes } = lane.pool;
    if (lane.tasks.size === 1) lanes.push(lane);
    else if (lane.tasks.first === record) lanes.moved(lane);
  }

  remove(record: TaskRecord): void {
    const lane = this.lane(record.kind);
    const wasFirst = lane.tasks.first === record;
    this.#size -= 1;
    // Why before: a lane that is about to be empty has no first task to be ordered by.
    if (lane.tasks.size === 1) lane.pool.lanes.remove(lane);
    lane.tasks.remove(record);
    if (wasFirst && lane.tasks.size > 0) lane.pool.lanes.moved(lane);
  }

  /** Gives a waiting task another priority. */
  raise(record: TaskRecord, priority: number): void {
    this.remove(record);
    record.priority = priority;
    this.add(record);
  }

  /** Whether a waiting task asks for more than `low` of a capability and for no more than `high`. */
  asksBetween(capability: string, low: number, high: number): boolean {
    if (high <= low || this.#size === 0) return false;
    for (const { kind } of this.waiting()) {
      for (const { name, min_proficiency: min } of kind.capabilities) {
        if (name === capability && min > low && min <= high) return true;
      }
    }
    return false;
  }

  /** The pools that an agent is in. */
  poolsOf(agent: number): readonly Pool[] {
    return this.#poolsOfAgent.get(agent) ?? NO_POOLS;
  }

  /** The most urgent task that `agent` can do. It stays where it is. */
  firstFor(agent: number): TaskRecord | undefined {
    let first: TaskRecord | undefined;
    for (const pool of this.poolsOf(agent)) {
      const candidate = pool.lanes.first?.tasks.first;
      if (candidate !== undefined && (first === undefined || TASK_ORDER.before(candidate, first)))
        first = candidate;
    }
    return first;
  }

  /** Judges every lane again. To be called when the roster changed, and only then. */
  rejudge(): void {
    const lanes = [...this.#lanes.values()];
    this.#pools.clear();
    this.#poolsOfAgent.clear();
    this.#lanes.clear();
    for (const lane of lanes) {
      lane.heapIndex = NOWHERE;
      if (lane.tasks.size === 0) continue;
      const { agents, reason } = this.#judge(lane.kind);
      lane.pool = this.#poolOf(agents);
      lane.parkedBecause = reason;
      lane.pool.lanes.push(lane);
      this.#lanes.set(lane.kind, lane);
    }
  }

  /** Lanes with tasks in them, for views. */
  *waiting(): IterableIterator<Lane> {
    for (const lane of this.#lanes.values()) if (lane.tasks.size > 0) yield lane;
  }

  #poolOf(agents: readonly number[]): Pool {
    const key = agents.join(",");
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const pool = new Pool(agents);
    this.#pools.set(key, pool);
    for (const agent of agents) {
      const pools = this.#poolsOfAgent.get(agent);
      if (pools === undefined) this.#poolsOfAgent.set(agent, [pool]);
      else pools.push(pool);
    }
    return pool;
  }

  #forgetEmptyLanes(): void {
    for (const [kind, lane] of this.#lanes) if (lane.tasks.size === 0) this.#lanes.delete(kind);
    // Why doubled: the cost of a sweep stays constant per new lane, however many are in use.
    this.#sweepAt = Math.max(LANES_KEPT, this.#lanes.size * 2);
  }
}
