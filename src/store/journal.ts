// The journal: everything the hub has acknowledged, in order. Acknowledged means flushed: callers hear of an append
// only when its page is on disk.
//   append > group-commit > page-builder > page-format > segments > database (LMDB, fsync) > settled
//   start: checkpoint > recovery (the tail) > open
//   settled documents: read(location), found through the location index
// A disk without room makes the journal read-only (journal-health): the reserve file is given back, the page at hand
// is written after all, and only `essential` appends (the outcomes of running work) are taken until there is room. Any
// other failed write ends the journal: what memory says and what the disk says may differ, so the process should end.

import { invariant } from "../base/invariant.js";
import type { Clock, Log, Scheduler, Timers } from "../base/ports.js";
import { unpackPlain } from "../wire/codec.js";
import { CheckpointStore } from "./checkpoint.js";
import type { Database } from "./database.js";
import { GroupCommit } from "./group-commit.js";
import type { Importance, JournalState } from "./journal-health.js";
import { JournalHealth } from "./journal-health.js";
import { LocationIndex } from "./location-index.js";
import type { Settled } from "./page-builder.js";
import type { Location } from "./page-format.js";
import { indexOf, PageDamage, pageOf, readEntry, readPageHeader } from "./page-format.js";
import type { Visit } from "./recovery.js";
import { replayTail } from "./recovery.js";
import { ReserveFile } from "./reserve-file.js";
import type { Segments } from "./segments.js";
import { openSegments } from "./segments.js";
import { StoreError } from "./store-errors.js";

export type { Importance, JournalState } from "./journal-health.js";

export interface JournalOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly scheduler: Scheduler;
  readonly log: Log;
  /** Size at which a segment is closed. */
  readonly segmentBytes?: number;
  /** What may wait in memory for the disk before an append is answered with JOURNAL_FULL. */
  readonly pendingBytesMax?: number;
}

export interface Recovered {
  /** The state that the newest checkpoint was given, undefined when there is none. */
  readonly checkpoint: Uint8Array | undefined;
  /** How many entries were visited. */
  readonly entries: number;
  readonly lastSeq: number;
  /** Torn pages at the end that were cut off: 0 or 1. */
  readonly truncatedPages: number;
}

interface JournalParts {
  readonly segments: Segments;
  readonly checkpoints: CheckpointStore;
  readonly health: JournalHealth;
  readonly locations: LocationIndex;
}

export class Journal<Entry = unknown> {
  /** Where the documents of settled tasks lie; written at checkpoints. */
  readonly locations: LocationIndex;
  readonly #options: JournalOptions;
  readonly #segments: Segments;
  readonly #checkpoints: CheckpointStore;
  readonly #health: JournalHealth;
  #commits: GroupCommit | undefined;
  #checkpointing = false;
  #closing: Promise<void> | undefined;

  constructor(parts: JournalParts, options: JournalOptions) {
    this.#options = options;
    this.#segments = parts.segments;
    this.#checkpoints = parts.checkpoints;
    this.#health = parts.health;
    this.locations = parts.locations;
  }

  get state(): JournalState {
    return this.#health.state;
  }

  /** `Clock.nowMs()` when the commit now in flight began, undefined when there is none. 5 s is a sick disk. */
  get pendingSinceMs(): number | undefined {
    return this.#commits?.pendingSinceMs;
  }

  /** Sequence of the last entry that is on disk. */
  get lastSeq(): number {
    return this.#recovered().lastSeq;
  }

  /** Sequence of the last entry appended, on disk or still waiting for it. */
  get appendedSeq(): number {
    return this.#recovered().appendedSeq;
  }

  /** Calls `watch` after each change of state; answers how to stop it. */
  onState(watch: (state: JournalState) => void): () => void {
    return this.#health.watch(watch);
  }

  /**
   * Reads back what is on disk: the newest checkpoint, handed to `begin` before anything else, then every entry behind
   * it, in order. Once, before any other use. Rejects with JOURNAL_CORRUPT or STORE_DAMAGED, or with what they throw.
   */
  async recover(
    visit: (entry: Entry, location: Location, seq: number) => void,
    begin?: (checkpoint: Uint8Array | undefined) => void,
  ): Promise<Recovered> {
    invariant(this.#commits === undefined, "a journal is recovered once");
    const { clock, scheduler } = this.#options;
    const loaded = this.#checkpoints.load();
    begin?.(loaded?.state);
    const start = { page: loaded?.manifest.tailPage ?? 1, throughSeq: loaded?.manifest.throughSeq ?? 0 };
    const tail = await replayTail(this.#segments, start, visit as Visit, this.#options);
    this.#commits = new GroupCommit({
      clock,
      scheduler,
      writePage: (page, bytes) => this.#segments.append(page, bytes),
      afterFailure: (cause) => this.#health.afterFailure(cause),
      nextPage: tail.nextPage,
      nextSeq: tail.lastSeq + 1,
      ...(this.#options.pendingBytesMax === undefined
        ? {}
        : { pendingBytesMax: this.#options.pendingBytesMax }),
    });
    this.#health.takeReserve();
    const { entries, lastSeq, truncatedPages } = tail;
    return { checkpoint: loaded?.state, entries, lastSeq, truncatedPages };
  }

  /**
   * Appends `entries`, all or none. `settled` is called once, never before this returns: with the place of the first
   * entry when they are on disk (the others follow it one by one), or with the reason why they are not and never will
   * be. Callbacks of what was written come in the order of the appends. After a failed write everything that waited
   * behind it fails too. Reasons: STORE_FULL, STORE_READ_ONLY, STORE_FAILED, JOURNAL_FULL, JOURNAL_TOO_LARGE,
   * JOURNAL_CLOSED, ENCODE.
   */
  append(entries: readonly Entry[], settled?: Settled, importance: Importance = "ordinary"): void {
    const refusal = this.#refusal(importance) ?? this.#recovered().append(entries, settled);
    if (refusal !== undefined && settled !== undefined) {
      this.#options.scheduler.endOfJob(() => settled(refusal, undefined));
    }
  }

  /** `append` as a promise for the location of the first entry. For paths that are not hot. */
  appendDurably(entries: readonly Entry[], importance: Importance = "ordinary"): Promise<Location> {
    return new Promise((resolve, reject) => {
      this.append(
        entries,
        (error, first) => (error === undefined ? resolve(first as Location) : reject(error)),
        importance,
      );
    });
  }

  /** Settles once everything appended so far is on disk or has failed. */
  flushed(): Promise<void> {
    return this.#recovered().drained();
  }

  /** The entry at a location that a settled append or recovery named. Throws JOURNAL_CORRUPT when it is damaged. */
  read(location: Location): Entry {
    const page = pageOf(location);
    const bytes = this.#segments.view(page);
    if (bytes === undefined) throw new PageDamage(page, "it is missing");
    return unpackPlain(readEntry(bytes, page, indexOf(location))) as Entry;
  }

  /**
   * Makes `state`, which holds exactly the entries up to `throughSeq`, the place where recovery begins, and writes the
   * location index. Settles when that is on disk. `state` must not change until then. One at a time; who applies
   * entries when they are settled passes `lastSeq`, who applies them when they are appended passes `appendedSeq`.
   */
  async checkpoint(state: Uint8Array, throughSeq: number): Promise<void> {
    invariant(!this.#checkpointing, "one checkpoint at a time");
    const commits = this.#recovered();
    invariant(throughSeq <= commits.appendedSeq, "a checkpoint holds only what was appended");
    const refusal = this.#refusal("ordinary");
    if (refusal !== undefined) throw refusal;
    this.#checkpointing = true;
    try {
      if (throughSeq > commits.lastSeq) await commits.drained();
      if (throughSeq > commits.lastSeq) throw this.#neverStored(throughSeq);
      await this.locations.flush();
      await this.#checkpoints.write(state, throughSeq, this.#tailPage(throughSeq));
    } finally {
      this.#checkpointing = false;
    }
  }

  #neverStored(throughSeq: number): StoreError {
    const message = `a checkpoint through sequence ${throughSeq} was asked for, but what it holds could not be stored`;
    return new StoreError("STORE_FAILED", message, { data: { throughSeq, lastSeq: this.lastSeq } });
  }

  /** The page that holds the first entry behind `throughSeq`, or the next page when there is none yet. */
  #tailPage(throughSeq: number): number {
    let page = this.#recovered().nextPage;
    while (page > this.#segments.firstPage) {
      const bytes = this.#segments.view(page - 1);
      if (bytes === undefined) break;
      const { firstSeq, count } = readPageHeader(bytes, page - 1);
      if (firstSeq + count - 1 <= throughSeq) break;
      page--;
    }
    return page;
  }

  /** Waits for what was appended, then takes nothing more. Closing twice is fine. The database stays open. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#commits?.drained();
    await this.#health.close();
  }

  #refusal(importance: Importance): StoreError | undefined {
    if (this.#closing === undefined) return this.#health.refusal(importance);
    return new StoreError("JOURNAL_CLOSED", "the journal is closing and takes nothing more");
  }

  #recovered(): GroupCommit {
    invariant(this.#commits !== undefined, "a journal is recovered before it is used");
    return this.#commits;
  }
}

/** The journal in `database`. Call `recover` before anything else. The caller closes it, then the database. */
export function openJournal<Entry>(database: Database, options: JournalOptions): Journal<Entry> {
  const { timers, log, segmentBytes } = options;
  const checkpoints = new CheckpointStore(
    database.table("checkpoints"),
    database.table("checkpoint-chunks"),
    log,
  );
  const parts: JournalParts = {
    segments: openSegments(database, segmentBytes),
    checkpoints,
    health: new JournalHealth(new ReserveFile(database.dir), timers, log),
    locations: new LocationIndex(database.table("locations")),
  };
  return new Journal<Entry>(parts, options);
}
