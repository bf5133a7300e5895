// The hub's hand on the journal. Two ways in:
//   offer   a new task: may be refused, and then the caller answers so
//   write   what follows from what was accepted: never lost while the process lives
// When the disk is full or slower than the work, entries of the second kind are held here, in order, and written as
// soon as there is room; nothing is acted upon before its entry is on disk, so the hub simply waits. What is held is
// bounded by the open tasks: nothing new comes in meanwhile.

import type { Log, TimerHandle, Timers } from "../base/ports.js";
import type { Journal, JournalState } from "../store/journal.js";
import type { Location } from "../store/page-format.js";
import type { JournalEntry } from "../wire/entries.js";

/** Called once the entry is on disk, with where it lies. */
export type Flushed = (at: Location) => void;

interface Held {
  readonly entry: JournalEntry;
  readonly flushed: Flushed | undefined;
  readonly follows: Follows | undefined;
}

/** What an entry follows from. Once that is dropped, an entry that is still held is not written any more. */
export interface Follows {
  readonly dropped: boolean;
}

/** Codes of a journal that will take entries again; anything else ends the hub. */
const PASSING_CODES = new Set(["STORE_FULL", "STORE_READ_ONLY", "JOURNAL_FULL"]);
const TRY_AGAIN_MS = 50;

export interface EntryWriterOptions {
  readonly timers: Timers;
  readonly log: Log;
  /** The journal will not take entries again; memory and disk may differ. The hub must end. */
  readonly lost: (error: Error) => void;
}

/** Called after entries reached the disk, with how many there were since the hub opened. */
export type WrittenWatcher = (entries: number) => void;

export class EntryWriter {
  readonly #journal: Journal<JournalEntry>;
  readonly #options: EntryWriterOptions;
  readonly #unwatch: () => void;
  #held: Held[] = [];
  #again: TimerHandle | undefined = undefined;
  #isLost = false;
  #isClosed = false;
  #written = 0;
  /** Set by hub/checkpoint.ts. */
  watchWritten: WrittenWatcher | undefined = undefined;

  constructor(journal: Journal<JournalEntry>, options: EntryWriterOptions) {
    this.#journal = journal;
    this.#options = options;
    this.#unwatch = journal.onState((state) => {
      if (state === "open") this.#writeHeld();
    });
  }

  get state(): JournalState {
    return this.#journal.state;
  }

  /** Entries that wait for room. */
  get held(): number {
    return this.#held.length;
  }

  /** Whether new work may be offered at all. */
  get takesNewWork(): boolean {
    return this.#journal.state === "open" && this.#held.length === 0;
  }

  /** Writes entries together, or says why not. */
  offer(
    entries: readonly JournalEntry[],
    settled: (error: Error | undefined, at: Location | undefined) => void,
  ): void {
    this.#journal.append(entries, (error, at) => {
      if (error === undefined) this.#count(entries.length);
      settled(error, at);
    });
  }

  /**
   * Writes an entry that must not be lost. `flushed` is called when it is on disk. `follows` is looked at before an
   * entry that was held is written.
   */
  write(entry: JournalEntry, flushed?: Flushed, follows?: Follows): void {
    if (this.#isClosed) return;
    if (this.#held.length > 0) this.#held.push({ entry, flushed, follows });
    else this.#append({ entry, flushed, follows });
  }

  /** What comes later is not written: it is found unfinished at the next start. */
  close(): void {
    this.#isClosed = true;
    this.#unwatch();
    this.#again?.cancel();
  }

  #append(item: Held): void {
    this.#journal.append(
      [item.entry],
      (error, at) => {
        if (error !== undefined) this.#refused(item, error);
        else {
          this.#count(1);
          item.flushed?.(at as Location);
        }
      },
      "essential",
    );
  }

  #count(entries: number): void {
    this.#written += entries;
    this.watchWritten?.(this.#written);
  }

  #refused(item: Held, error: Error): void {
    const code = (error as { code?: unknown }).code;
    if (typeof code === "string" && PASSING_CODES.has(code)) {
      this.#held.push(item);
      this.#again ??= this.#options.timers.after(TRY_AGAIN_MS, () => this.#writeHeld());
      return;
    }
    if (this.#isLost || this.#isClosed) return;
    this.#isLost = true;
    this.#options.lost(error);
  }

  #writeHeld(): void {
    this.#again?.cancel();
    this.#again = undefined;
    const items = this.#held;
    this.#held = [];
    for (const item of items) if (item.follows?.dropped !== true) this.#append(item);
  }
}
