// The pages of the journal, spread over segment tables `journal-000001`, `journal-000002`, … by size. Page numbers
// run on through all of them, so a page is found by the first page of each segment.
// Why segments: deleting records one by one wears LMDB's free list; a whole table can be dropped at once.

import type { Database, Table } from "./database.js";
import { StoreError } from "./store-errors.js";

/** A segment is closed once it holds this much. */
export const SEGMENT_BYTES = 256 * 1024 * 1024;
const SEGMENT_NAME = /^journal-(\d{6,})$/;

interface Segment {
  readonly table: Table;
  readonly number: number;
  readonly firstPage: number;
  bytes: number;
}

function segmentName(number: number): string {
  return `journal-${String(number).padStart(6, "0")}`;
}

export class Segments {
  readonly #database: Database;
  readonly #segmentBytes: number;
  readonly #segments: Segment[];

  constructor(database: Database, segments: Segment[], segmentBytes: number) {
    this.#database = database;
    this.#segments = segments;
    this.#segmentBytes = segmentBytes;
  }

  /** Number of the oldest page, 1 when there is none yet. */
  get firstPage(): number {
    return this.#segments[0]?.firstPage ?? 1;
  }

  /** Number of the newest page, 0 when there is none yet. */
  get lastPage(): number {
    const last = this.#segments.at(-1);
    return last === undefined ? 0 : (last.table.lastKey() ?? last.firstPage - 1);
  }

  /** How many segments there are. */
  get count(): number {
    return this.#segments.length;
  }

  /** Writes a page behind the newest; settles when it is flushed. */
  async append(page: number, bytes: Uint8Array): Promise<void> {
    const segment = this.#segmentFor(page, bytes.length);
    await segment.table.put(page, bytes);
    segment.bytes += bytes.length;
  }

  #segmentFor(page: number, bytes: number): Segment {
    const last = this.#segments.at(-1);
    if (last !== undefined && (last.bytes === 0 || last.bytes + bytes <= this.#segmentBytes)) return last;
    const number = (last?.number ?? 0) + 1;
    const next: Segment = {
      table: this.#database.table(segmentName(number)),
      number,
      firstPage: page,
      bytes: 0,
    };
    this.#segments.push(next);
    return next;
  }

  /** A copy of a page, undefined where there is none. */
  get(page: number): Uint8Array | undefined {
    return this.#holding(page)?.table.get(page);
  }

  /** A page in memory that the next `get` or `view` of any table uses again. */
  view(page: number): Uint8Array | undefined {
    return this.#holding(page)?.table.view(page);
  }

  /** Takes the newest page away. Recovery only. */
  async dropLast(page: number): Promise<void> {
    const segment = this.#holding(page);
    if (segment === undefined || this.lastPage !== page) {
      throw new StoreError(
        "JOURNAL_CORRUPT",
        `page ${page} is not the newest of the journal and cannot be dropped`,
      );
    }
    await segment.table.writeAll([{ key: page, value: undefined }]);
  }

  #holding(page: number): Segment | undefined {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#segments[middle] as Segment).firstPage <= page) low = middle;
      else high = middle - 1;
    }
    return this.#segments[low];
  }
}

/** The segments that are in `database`. */
export function openSegments(database: Database, segmentBytes = SEGMENT_BYTES): Segments {
  const segments: Segment[] = [];
  const numbers = database
    .tableNames()
    .map((name) => Number(SEGMENT_NAME.exec(name)?.[1]))
    .filter((number) => number > 0)
    .sort((a, b) => a - b);
  for (const number of numbers) {
    const table = database.table(segmentName(number));
    const firstPage = table.firstKey();
    // A segment without pages was made just before the process ended; the next page goes there.
    if (firstPage !== undefined) segments.push({ table, number, firstPage, bytes: table.bytes() });
  }
  return new Segments(database, segments, segmentBytes);
}
