// Group commit: while one page is being written, further appends collect in the next; each page is one record, one
// commit, one fsync. Whoever waits hears only after that.
//   append > page-builder (collect) > seal with the next number and sequence > sink (write, flush) > settle, in order
// Why one commit in flight: what is on disk is then always a prefix of what was appended, and a failed page can be
// followed by nothing. Everything appended behind it fails with it, because it may build on what was lost.
// Why commits start through the scheduler: callers that answer each other in one turn of the event loop share a page.

import type { Clock, Scheduler } from "../base/ports.js";
import type { Settled } from "./page-builder.js";
import { APPEND_BYTES_MAX, PageBuilder } from "./page-builder.js";
import { StoreError } from "./store-errors.js";

/** What may wait in memory for the disk. Beyond it an append is answered with JOURNAL_FULL. */
export const PENDING_BYTES_MAX = 32 * 1024 * 1024;
const SPARE_PAGES_MAX = 2;

/** Writes one page and settles when it is flushed. The bytes must not change until then. */
export type WritePage = (page: number, bytes: Uint8Array) => Promise<void>;

export interface GroupCommitOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly writePage: WritePage;
  /** Asked once per failed write; true means that room was made and the same page is worth a second try. */
  readonly afterFailure: (cause: unknown) => { retry: boolean; error: Error };
  /** Number of the first page to write, and the sequence of its first entry. */
  readonly nextPage: number;
  readonly nextSeq: number;
  readonly pendingBytesMax?: number;
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #pendingBytesMax: number;
  #collecting = new PageBuilder();
  #full: PageBuilder[] = [];
  #fullBytes = 0;
  #inFlight: PageBuilder | undefined;
  readonly #spare: PageBuilder[] = [];
  #scheduled = false;
  #nextPage: number;
  #nextSeq: number;
  #pendingSinceMs: number | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#nextPage = options.nextPage;
    this.#nextSeq = options.nextSeq;
    this.#pendingBytesMax = options.pendingBytesMax ?? PENDING_BYTES_MAX;
  }

  /** Sequence of the last entry that is on disk. */
  get lastSeq(): number {
    return this.#nextSeq - 1;
  }

  /** Number of the next page to be written. */
  get nextPage(): number {
    return this.#nextPage;
  }

  /** Sequence of the last entry that was appended, on disk or not. */
  get appendedSeq(): number {
    let seq = this.#nextSeq - 1 + this.#collecting.entries + (this.#inFlight?.entries ?? 0);
    for (const page of this.#full) seq += page.entries;
    return seq;
  }

  /** `Clock.nowMs()` when the commit now in flight began. */
  get pendingSinceMs(): number | undefined {
    return this.#pendingSinceMs;
  }

  /** Adds one append, or answers at once why it cannot. `settled` is called later in either case but this one. */
  append(entries: readonly unknown[], settled: Settled | undefined): Error | undefined {
    const pendingBytes = this.#fullBytes + this.#collecting.bytes + (this.#inFlight?.bytes ?? 0);
    if (pendingBytes >= this.#pendingBytesMax) return this.#journalFull(pendingBytes);
    try {
      let outcome = this.#collecting.append(entries, settled);
      if (outcome === "page-full") {
        this.#closeCollecting();
        outcome = this.#collecting.append(entries, settled);
      }
      if (outcome === "too-large") return this.#tooLarge(entries.length);
    } catch (error) {
      return error as Error;
    }
    this.#schedule();
    return undefined;
  }

  /** Settles when everything appended so far is on disk or has failed. Never rejects. */
  drained(): Promise<void> {
    if (this.#inFlight === undefined && this.#full.length === 0 && this.#collecting.empty)
      return Promise.resolve();
    return new Promise((resolve) => {
      this.#collecting.waitBehind(() => resolve());
      this.#schedule();
    });
  }

  #journalFull(pendingBytes: number): StoreError {
    const limit = this.#pendingBytesMax;
    const message = `${pendingBytes} bytes wait to be written, the limit is ${limit}: the disk lags; try again shortly`;
    return new StoreError("JOURNAL_FULL", message, { data: { pendingBytes, limit } });
  }

  #tooLarge(entries: number): StoreError {
    const message = `${entries} entries appended together exceed ${APPEND_BYTES_MAX} bytes; put large data into a blob`;
    return new StoreError("JOURNAL_TOO_LARGE", message, { data: { limit: APPEND_BYTES_MAX } });
  }

  #closeCollecting(): void {
    this.#full.push(this.#collecting);
    this.#fullBytes += this.#collecting.bytes;
    this.#collecting = this.#takeSpare();
  }

  #takeSpare(): PageBuilder {
    return this.#spare.pop() ?? new PageBuilder();
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight !== undefined) return;
    this.#scheduled = true;
    this.#options.scheduler.soon(() => {
      this.#scheduled = false;
      this.#startCommit();
    });
  }

  #startCommit(): void {
    if (this.#inFlight !== undefined) return;
    const page = this.#full.shift();
    if (page !== undefined) {
      this.#fullBytes -= page.bytes;
      this.#commit(page);
    } else if (this.#collecting.entries > 0) {
      const collected = this.#collecting;
      this.#collecting = this.#takeSpare();
      this.#commit(collected);
    } else if (!this.#collecting.empty) {
      // Only callers who wait for what was before them, and that is done.
      const waiting = this.#collecting;
      this.#collecting = this.#takeSpare();
      this.#finish(waiting, undefined, this.#nextPage);
    }
  }

  #commit(page: PageBuilder): void {
    this.#inFlight = page;
    this.#pendingSinceMs = this.#options.clock.nowMs();
    const bytes = page.seal(this.#nextPage, this.#nextSeq);
    this.#options.writePage(this.#nextPage, bytes).then(
      () => this.#committed(page),
      (cause: unknown) => this.#failed(page, cause),
    );
  }

  #committed(page: PageBuilder): void {
    const number = this.#nextPage;
    this.#nextPage++;
    this.#nextSeq += page.entries;
    this.#inFlight = undefined;
    this.#pendingSinceMs = undefined;
    // A page that is already full goes to the disk before the callbacks of this one use the processor.
    if (this.#full.length > 0) this.#startCommit();
    else if (!this.#collecting.empty) this.#schedule();
    this.#finish(page, undefined, number);
  }

  #failed(page: PageBuilder, cause: unknown): void {
    const { retry, error } = this.#options.afterFailure(cause);
    if (retry) {
      this.#commit(page);
      return;
    }
    this.#inFlight = undefined;
    this.#pendingSinceMs = undefined;
    const waiting = [page, ...this.#full, this.#collecting];
    this.#full = [];
    this.#fullBytes = 0;
    this.#collecting = this.#takeSpare();
    for (const lost of waiting) this.#finish(lost, error, undefined);
  }

  #finish(page: PageBuilder, error: Error | undefined, number: number | undefined): void {
    try {
      page.settle(error, number);
    } finally {
      page.clear();
      if (this.#spare.length < SPARE_PAGES_MAX) this.#spare.push(page);
    }
  }
}
