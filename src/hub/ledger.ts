// The hub's books: every open task, and how many there ever were. `submitted + reopened = settled + open`, always.
// Everything counts once its entry is on disk. Until then a new task counts nowhere, and a task that is being settled
// is open, whatever its state says, so nobody can read an outcome that a crash could take back. It also means that the
// totals are those of the journal up to its last flushed entry, which is what a checkpoint needs.

import { invariant } from "../base/invariant.js";
import type { SettledStatus, TaskStatus } from "../wire/task-shapes.js";
import { OPEN_STATUSES, SETTLED_STATUSES } from "../wire/task-shapes.js";
import type { TaskRecord } from "./task-record.js";
import { isSettled } from "./task-state.js";

export type StatusCounts = Record<TaskStatus, number>;

/** What a checkpoint keeps of the books. */
export interface LedgerTotals {
  readonly submitted: number;
  readonly reopened: number;
  readonly settled: Readonly<Record<SettledStatus, number>>;
  /** Tasks now in each settled status; a reopening takes one away here, but not from `settled`. */
  readonly standing: Readonly<Record<SettledStatus, number>>;
  readonly retries: number;
  readonly lateAnswers: number;
}

function noneSettled(): Record<SettledStatus, number> {
  return { completed: 0, failed: 0, cancelled: 0, expired: 0, dead: 0 };
}

export class Ledger {
  readonly #open = new Map<number, TaskRecord>();
  #submitted = 0;
  #reopened = 0;
  /** Open tasks whose first entry is not on disk yet: they count nowhere. */
  #admitting = 0;
  #settled = noneSettled();
  #standing = noneSettled();
  #nextNumber = 1;
  retries = 0;
  /** Answers of attempts that no longer counted. */
  lateAnswers = 0;

  get openCount(): number {
    return this.#open.size;
  }

  /** Numbers below it were given to tasks. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  takeNumber(): number {
    return this.#nextNumber++;
  }

  reserveNumber(number: number): void {
    if (number >= this.#nextNumber) this.#nextNumber = number + 1;
  }

  find(number: number): TaskRecord | undefined {
    return this.#open.get(number);
  }

  /** Whether the books still hold it as open: it has no outcome that is on disk. */
  isOpen(record: TaskRecord): boolean {
    return this.#open.get(record.number) === record;
  }

  /** Open tasks in the order in which they were opened. */
  open(): IterableIterator<TaskRecord> {
    return this.#open.values();
  }

  /** A new task whose entry is on its way to the disk. */
  admit(record: TaskRecord): void {
    invariant(!this.#open.has(record.number), "a task number is given once");
    this.#open.set(record.number, record);
    this.#admitting += 1;
  }

  /** The entry of an admitted task is on disk. */
  countAdmitted(): void {
    this.#admitting -= 1;
    this.#submitted += 1;
  }

  /** Takes back an admission whose entry could not be written. */
  withdraw(record: TaskRecord): void {
    invariant(this.#open.delete(record.number), "only an open task is withdrawn");
    this.#admitting -= 1;
  }

  /** A settled task that a person opens again; its entry is on its way to the disk. */
  readmit(record: TaskRecord): void {
    invariant(!this.#open.has(record.number), "only a settled task is reopened");
    this.#open.set(record.number, record);
    this.#admitting += 1;
  }

  /** The entry of a reopened task is on disk. */
  countReadmitted(from: SettledStatus): void {
    this.#admitting -= 1;
    this.countReopened(from);
  }

  /** Closes the books on a task. Its settling entry is on disk. */
  settle(record: TaskRecord): void {
    const status = record.state.kind;
    invariant(isSettled(status), "only a settled task leaves the open ones");
    invariant(this.#open.delete(record.number), "a task settles once");
    this.countSettled(status);
  }

  /** Counts without records, for recovery: entries whose task is settled again further on. */
  countSubmitted(): void {
    this.#submitted += 1;
  }

  countReopened(from: SettledStatus): void {
    this.#reopened += 1;
    this.#standing[from] -= 1;
  }

  countSettled(status: SettledStatus): void {
    this.#settled[status] += 1;
    this.#standing[status] += 1;
  }

  /** Puts an open task back without counting it, for recovery. */
  restore(record: TaskRecord): void {
    this.#open.set(record.number, record);
    this.reserveNumber(record.number);
  }

  /** Removes an open task without counting it, for recovery: its settling entry was counted. */
  forget(number: number): void {
    this.#open.delete(number);
  }

  totals(): LedgerTotals {
    return {
      submitted: this.#submitted,
      reopened: this.#reopened,
      settled: { ...this.#settled },
      standing: { ...this.#standing },
      retries: this.retries,
      lateAnswers: this.lateAnswers,
    };
  }

  restoreTotals(totals: LedgerTotals): void {
    this.#submitted = totals.submitted;
    this.#reopened = totals.reopened;
    this.#settled = { ...totals.settled };
    this.#standing = { ...totals.standing };
    this.retries = totals.retries;
    this.lateAnswers = totals.lateAnswers;
  }

  get submitted(): number {
    return this.#submitted;
  }

  get reopened(): number {
    return this.#reopened;
  }

  get settledCount(): number {
    let sum = 0;
    for (const status of SETTLED_STATUSES) sum += this.#settled[status];
    return sum;
  }

  /** Open tasks whose first entry is on disk. */
  get countedOpen(): number {
    return this.#open.size - this.#admitting;
  }

  /** Whether the books balance. */
  get isBalanced(): boolean {
    return this.#submitted + this.#reopened === this.settledCount + this.countedOpen;
  }

  /** Tasks by status now. Walks the open tasks: for those who look, not for the hot path. */
  countByStatus(): StatusCounts {
    const counts = { ...this.#standing } as StatusCounts;
    for (const status of OPEN_STATUSES) counts[status] = 0;
    for (const record of this.#open.values()) counts[statusToShow(record)] += 1;
    return counts;
  }
}

/** The status others may see: an outcome that is not yet on disk counts as running. */
function statusToShow(record: TaskRecord): TaskStatus {
  const status = record.state.kind;
  return isSettled(status) ? "running" : status;
}
