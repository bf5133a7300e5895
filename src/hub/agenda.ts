// Everything in the hub that waits for a moment: leases (timeout, then grace), sleeping tasks (backoff, schedules),
// deadlines, and the sweep for deadlines at risk. One timer for all, set to the earliest.
// Why one timer: at tens of thousands of attempts per second a timer each would cost more than the work.

import { invariant } from "../base/invariant.js";
import type { Clock, TimerHandle, Timers } from "../base/ports.js";
import type { HeapOrder } from "./heap.js";
import { IndexedHeap, NOWHERE } from "./heap.js";
import type { Lease } from "./lease.js";
import { LEASE_ORDER } from "./lease.js";
import type { TaskRecord } from "./task-record.js";

/** `rank` of a sleeping task is the moment it wakes. */
const SLEEP_ORDER: HeapOrder<TaskRecord> = {
  before: (a, b) => a.rank < b.rank || (a.rank === b.rank && a.number < b.number),
  placeOf: (record) => record.heapIndex,
  place: (record, index) => {
    record.heapIndex = index;
  },
};

const DEADLINE_ORDER: HeapOrder<TaskRecord> = {
  before: (a, b) => a.deadlineMs < b.deadlineMs || (a.deadlineMs === b.deadlineMs && a.number < b.number),
  placeOf: (record) => record.deadlineIndex,
  place: (record, index) => {
    record.deadlineIndex = index;
  },
};

/** What the agenda calls when a moment has come. Each item has left the agenda by then. */
export interface AgendaDuties {
  leaseDue(lease: Lease): void;
  wake(record: TaskRecord): void;
  deadlinePassed(record: TaskRecord): void;
}

/** Timers are set no finer than this; a timeout of 300 s does not need better. */
const GRAIN_MS = 5;

export class Agenda {
  readonly #clock: Clock;
  readonly #timers: Timers;
  #duties: AgendaDuties | undefined = undefined;
  readonly #leases = new IndexedHeap<Lease>(LEASE_ORDER);
  readonly #sleepers = new IndexedHeap<TaskRecord>(SLEEP_ORDER);
  readonly #deadlines = new IndexedHeap<TaskRecord>(DEADLINE_ORDER);
  #timer: TimerHandle | undefined = undefined;
  #firesAtMs = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  /** Who is called when a moment has come. To be named before anything is entered. */
  serve(duties: AgendaDuties): void {
    this.#duties = duties;
  }

  /** Open tasks with a deadline, in no particular order. */
  get withDeadline(): readonly TaskRecord[] {
    return this.#deadlines.items;
  }

  /** Calls back when `dueMs` has come. Calling again moves it. */
  setLease(lease: Lease, dueMs: number): void {
    lease.dueMs = dueMs;
    if (lease.heapIndex === NOWHERE) this.#leases.push(lease);
    else this.#leases.moved(lease);
    this.#arm(dueMs);
  }

  dropLease(lease: Lease): void {
    if (lease.heapIndex !== NOWHERE) this.#leases.remove(lease);
  }

  sleep(record: TaskRecord, untilMs: number): void {
    record.rank = untilMs;
    this.#sleepers.push(record);
    this.#arm(untilMs);
  }

  dropSleeper(record: TaskRecord): void {
    this.#sleepers.remove(record);
  }

  watchDeadline(record: TaskRecord): void {
    this.#deadlines.push(record);
    this.#arm(record.deadlineMs);
  }

  dropDeadline(record: TaskRecord): void {
    if (record.deadlineIndex !== NOWHERE) this.#deadlines.remove(record);
  }

  /** Runs what is due. Called by the timer; tests with a manual clock may call it, too. */
  run(): void {
    const nowMs = this.#clock.wallMs();
    const duties = this.#duties;
    invariant(duties !== undefined, "somebody serves the agenda");
    for (
      let lease = this.#leases.first;
      lease !== undefined && lease.dueMs <= nowMs;
      lease = this.#leases.first
    ) {
      this.#leases.pop();
      duties.leaseDue(lease);
    }
    for (
      let next = this.#sleepers.first;
      next !== undefined && next.rank <= nowMs;
      next = this.#sleepers.first
    ) {
      this.#sleepers.pop();
      duties.wake(next);
    }
    for (let next = this.#deadlines.first; next !== undefined; next = this.#deadlines.first) {
      if (next.deadlineMs > nowMs) break;
      this.#deadlines.pop();
      duties.deadlinePassed(next);
    }
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #arm(dueMs: number): void {
    if (dueMs >= this.#firesAtMs || this.#closed) return;
    this.#timer?.cancel();
    const delayMs = Math.max(GRAIN_MS, dueMs - this.#clock.wallMs());
    this.#firesAtMs = dueMs;
    // Why capped: a longer delay than 2^31 ms would fire at once.
    this.#timer = this.#timers.after(Math.min(delayMs, 0x7fff_ffff), () => this.#fire());
  }

  #fire(): void {
    this.#firesAtMs = Number.POSITIVE_INFINITY;
    this.run();
    const next = Math.min(
      this.#leases.first?.dueMs ?? Number.POSITIVE_INFINITY,
      this.#sleepers.first?.rank ?? Number.POSITIVE_INFINITY,
      this.#deadlines.first?.deadlineMs ?? Number.POSITIVE_INFINITY,
    );
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }
}
