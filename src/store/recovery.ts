// Reading the journal back after a start: every entry behind the checkpoint, in order, each byte checked before it is
// believed. Cost: the length of the tail, never the length of the history.
// What is wrong with the newest page is what a crash can leave behind: it is cut off, said in the log and counted.
// What is wrong before it is damage: recovery stops with an error that says so, and skips nothing.

import type { Clock, Log, Scheduler } from "../base/ports.js";
import { unpackPlain } from "../wire/codec.js";
import type { Location } from "./page-format.js";
import { checkPage, locationOf, PageDamage } from "./page-format.js";
import type { Segments } from "./segments.js";

/** How long replay holds the thread before the event loop gets its share. */
const SLICE_MS = 10;

export type Visit = (entry: unknown, location: Location, seq: number) => void;

export interface TailStart {
  /** The page where the tail begins. */
  readonly page: number;
  /** Entries up to this sequence are already in the state. */
  readonly throughSeq: number;
}

export interface Replayed {
  readonly entries: number;
  readonly lastSeq: number;
  readonly nextPage: number;
  readonly truncatedPages: number;
}

export interface ReplayPorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

/** Visits every entry behind `start`. Rejects with JOURNAL_CORRUPT where pages are missing or damaged in the middle. */
export async function replayTail(
  segments: Segments,
  start: TailStart,
  visit: Visit,
  ports: ReplayPorts,
): Promise<Replayed> {
  const { lastPage } = segments;
  if (start.page > lastPage + 1)
    throw missing(start.page - 1, `the checkpoint needs it, the newest is ${lastPage}`);
  let entries = 0;
  let lastSeq = start.throughSeq;
  let sliceEndMs = ports.clock.nowMs() + SLICE_MS;
  for (let page = start.page; page <= lastPage; page++) {
    const bytes = segments.get(page);
    if (bytes === undefined) throw missing(page, `the newest is ${lastPage}`);
    const checked = checkUnlessLast(bytes, page, lastPage);
    if (checked instanceof PageDamage) {
      await cutOff(segments, page, bytes.length, checked, ports.log);
      return { entries, lastSeq, nextPage: page, truncatedPages: 1 };
    }
    const { header, ranges } = checked;
    const contiguous = page === start.page ? header.firstSeq <= lastSeq + 1 : header.firstSeq === lastSeq + 1;
    if (!contiguous) throw new PageDamage(page, `it begins at sequence ${header.firstSeq} behind ${lastSeq}`);
    for (let index = Math.max(0, lastSeq + 1 - header.firstSeq); index < header.count; index++) {
      const entry = unpackPlain(bytes.subarray(ranges[index * 2], ranges[index * 2 + 1]));
      visit(entry, locationOf(page, index), header.firstSeq + index);
      entries++;
    }
    lastSeq = Math.max(lastSeq, header.firstSeq + header.count - 1);
    if (ports.clock.nowMs() >= sliceEndMs) {
      await new Promise<void>((resume) => ports.scheduler.soon(resume));
      sliceEndMs = ports.clock.nowMs() + SLICE_MS;
    }
  }
  return { entries, lastSeq, nextPage: lastPage + 1, truncatedPages: 0 };
}

function missing(page: number, why: string): PageDamage {
  return new PageDamage(page, `it is missing (${why}); restore a backup`);
}

function checkUnlessLast(
  bytes: Uint8Array,
  page: number,
  lastPage: number,
): ReturnType<typeof checkPage> | PageDamage {
  try {
    return checkPage(bytes, page);
  } catch (error) {
    if (error instanceof PageDamage && page === lastPage) return error;
    throw error;
  }
}

async function cutOff(
  segments: Segments,
  page: number,
  bytes: number,
  damage: PageDamage,
  log: Log,
): Promise<void> {
  const { reason } = damage.data;
  log.log("error", "the newest page of the journal is torn and was cut off", { page, bytes, reason });
  await segments.dropLast(page);
}
