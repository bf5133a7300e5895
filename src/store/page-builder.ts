// One page of the journal while it collects: entries are packed straight into its buffer, the appends that wait for
// it are remembered beside it. It knows neither its number nor its sequence until the commit that writes it.

import { packPlainInto } from "../wire/codec.js";
import type { Location } from "./page-format.js";
import {
  ENTRY_HEAD_BYTES,
  locationOf,
  PAGE_ENTRIES_MAX,
  PAGE_HEADER_BYTES,
  writeEntryHead,
  writePageHeader,
} from "./page-format.js";

/** Called once an append is on disk, with where its first entry lies (the others follow one by one), or why not. */
export type Settled = (error: Error | undefined, first: Location | undefined) => void;

/** A page closes itself at this size. Large enough for 1,000 tasks at once, small enough to write in a millisecond. */
export const PAGE_BYTES = 1024 * 1024;
/** The entries of one append are atomic, so they share a page; this is the largest page made for them. */
export const APPEND_BYTES_MAX = 16 * 1024 * 1024;

export type AppendOutcome = "added" | "page-full" | "too-large";

export class PageBuilder {
  #buffer: Uint8Array;
  #end = PAGE_HEADER_BYTES;
  #count = 0;
  #headsCrc = 0;
  readonly #waiting: Settled[] = [];
  readonly #waitingIndex: number[] = [];

  constructor() {
    this.#buffer = Buffer.allocUnsafeSlow(PAGE_BYTES);
  }

  get entries(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#end;
  }

  /** Nothing to write and nobody waiting. */
  get empty(): boolean {
    return this.#count === 0 && this.#waiting.length === 0;
  }

  /**
   * Adds all entries of one append, or none. An `EncodeError` leaves the page as it was. A page that already has
   * entries answers `page-full` instead of growing; an empty one grows up to `APPEND_BYTES_MAX`.
   */
  append(entries: readonly unknown[], settled: Settled | undefined): AppendOutcome {
    const before = { end: this.#end, count: this.#count, headsCrc: this.#headsCrc };
    let outcome: AppendOutcome = "added";
    let complete = false;
    try {
      for (let index = 0; outcome === "added" && index < entries.length; index++) {
        outcome = this.#add(entries[index], before.count > 0);
      }
      complete = outcome === "added";
    } finally {
      if (!complete) {
        this.#end = before.end;
        this.#count = before.count;
        this.#headsCrc = before.headsCrc;
      }
    }
    if (complete && settled !== undefined) {
      this.#waiting.push(settled);
      this.#waitingIndex.push(before.count);
    }
    return outcome;
  }

  #add(entry: unknown, shared: boolean): AppendOutcome {
    if (this.#count === PAGE_ENTRIES_MAX) return shared ? "page-full" : "too-large";
    const body = this.#end + ENTRY_HEAD_BYTES;
    let bytes = packPlainInto(entry, this.#buffer, body);
    if (body + bytes > this.#buffer.length) {
      if (shared) return "page-full";
      if (body + bytes > APPEND_BYTES_MAX) return "too-large";
      this.#grow(body + bytes);
      bytes = packPlainInto(entry, this.#buffer, body);
    }
    this.#headsCrc = writeEntryHead(this.#buffer, this.#end, bytes, this.#headsCrc);
    this.#end = body + bytes;
    this.#count++;
    return "added";
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(
      Math.min(APPEND_BYTES_MAX, Math.max(bytes, this.#buffer.length * 2)),
    );
    larger.set(this.#buffer.subarray(0, this.#end));
    this.#buffer = larger;
  }

  /** Writes the header; answers the bytes of the page. They stay valid until `clear`. */
  seal(page: number, firstSeq: number): Uint8Array {
    const bytes = this.#buffer.subarray(0, this.#end);
    writePageHeader(bytes, { page, firstSeq, count: this.#count }, this.#headsCrc);
    return bytes;
  }

  /** Adds a caller who only wants to know when everything before is on disk. */
  waitBehind(settled: Settled): void {
    this.#waiting.push(settled);
    this.#waitingIndex.push(this.#count);
  }

  /** Tells everybody who waits, in the order of their appends. `page` is undefined when there is an error. */
  settle(error: Error | undefined, page: number | undefined): void {
    const faults: unknown[] = [];
    for (let index = 0; index < this.#waiting.length; index++) {
      const at = this.#waitingIndex[index] as number;
      try {
        (this.#waiting[index] as Settled)(error, page === undefined ? undefined : locationOf(page, at));
      } catch (fault) {
        faults.push(fault);
      }
    }
    this.#waiting.length = 0;
    this.#waitingIndex.length = 0;
    // A callback that throws is a bug of its owner. The others must hear first; then it ends the process, as bugs do.
    if (faults.length > 0) throw faults[0];
  }

  /** Makes the page empty for its next use. Oversized memory is given back. */
  clear(): void {
    if (this.#buffer.length > PAGE_BYTES) this.#buffer = Buffer.allocUnsafeSlow(PAGE_BYTES);
    this.#end = PAGE_HEADER_BYTES;
    this.#count = 0;
    this.#headsCrc = 0;
  }
}
