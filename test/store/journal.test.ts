import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import type { Location } from "../../src/store/page-format.js";
import { failureOf, freshDir, keptLog, openStore } from "./rig.js";

interface Entry {
  readonly n: number;
  readonly text?: string;
}

const STORE_FILE = "store.mdb";

function numbers(visited: readonly { entry: Entry }[]): number[] {
  return visited.map(({ entry }) => entry.n);
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** Spoils every copy of `needle` in the file of the store; answers how many there were. */
function spoil(dir: string, needle: string): number {
  const path = join(dir, STORE_FILE);
  const bytes = readFileSync(path);
  let spoilt = 0;
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) {
    bytes.fill(0, at, at + needle.length);
    spoilt++;
  }
  writeFileSync(path, bytes);
  return spoilt;
}

describe("the journal", () => {
  test("gives back after a restart what was settled, in order, with the same locations and sequences", async () => {
    const dir = freshDir();
    const first = await openStore<Entry>(dir);
    const locations: number[] = [];
    for (const n of upTo(5)) locations.push(await first.journal.appendDurably([{ n }]));
    first.journal.append(upTo(8, 6).map((n) => ({ n })));
    await first.journal.flushed();
    expect([first.journal.lastSeq, first.journal.appendedSeq]).toEqual([8, 8]);
    await first.close();

    const second = await openStore<Entry>(dir);
    expect(second.recovered).toEqual({ checkpoint: undefined, entries: 8, lastSeq: 8, truncatedPages: 0 });
    expect(numbers(second.visited)).toEqual(upTo(8));
    expect(second.visited.map(({ seq }) => seq)).toEqual(upTo(8));
    expect(second.visited.slice(0, 5).map(({ location }) => location)).toEqual(locations);
    for (const { entry, location } of second.visited) {
      expect(second.journal.read(location as Location)).toEqual(entry);
    }
    await second.journal.appendDurably([{ n: 9 }]);
    expect(second.journal.lastSeq).toBe(9);
  });

  test("calls back in the order of the appends, never before append returns", async () => {
    const { journal } = await openStore<Entry>(freshDir());
    const heard: number[] = [];
    for (const n of upTo(500)) journal.append([{ n, text: "x".repeat(n * 10) }], () => heard.push(n));
    expect(heard).toEqual([]);
    await journal.flushed();
    expect(heard).toEqual(upTo(500));
  });

  test("keeps the entries of one append together, its first location leading to the others", async () => {
    const { journal } = await openStore<Entry>(freshDir());
    journal.append([{ n: 0 }]);
    const first = await journal.appendDurably([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(upTo(3).map((n) => journal.read((first + n - 1) as Location).n)).toEqual([1, 2, 3]);
  });

  test("refuses what cannot be encoded and takes the next", async () => {
    const { journal } = await openStore<unknown>(freshDir());
    const refused = journal.appendDurably([{ n: 1 }, { callback: () => {} }]);
    const taken = journal.appendDurably([{ n: 2 }]);
    expect(await failureOf(refused)).toMatchObject({ code: "ENCODE" });
    expect(journal.read(await taken)).toEqual({ n: 2 });
    expect(journal.lastSeq).toBe(1);
  });

  test("answers JOURNAL_FULL instead of growing without bound", async () => {
    const { journal } = await openStore<Entry>(freshDir(), { pendingBytesMax: 100_000 });
    const outcomes: (string | undefined)[] = [];
    for (const n of upTo(20)) {
      journal.append([{ n, text: "x".repeat(10_000) }], (error) => {
        outcomes.push((error as { code?: string } | undefined)?.code);
      });
    }
    await journal.flushed();
    const refused = outcomes.filter((code) => code === "JOURNAL_FULL").length;
    expect(outcomes).toHaveLength(20);
    expect([refused, journal.lastSeq]).toEqual([10, 10]);
    await journal.appendDurably([{ n: 21 }]);
  });

  test("writes what was appended before it closes, and takes nothing after", async () => {
    const dir = freshDir();
    const first = await openStore<Entry>(dir);
    first.journal.append([{ n: 1 }]);
    const closing = first.close();
    expect(await failureOf(first.journal.appendDurably([{ n: 2 }]))).toMatchObject({
      code: "JOURNAL_CLOSED",
    });
    await closing;
    expect(first.journal.state).toBe("closed");
    expect(numbers((await openStore<Entry>(dir)).visited)).toEqual([1]);
  });

  test("rolls into new segments by size, and reads and recovers across all of them", async () => {
    const dir = freshDir();
    const options = { segmentBytes: 30_000 };
    const first = await openStore<Entry>(dir, options);
    for (const n of upTo(20)) await first.journal.appendDurably([{ n, text: "x".repeat(6_000) }]);
    const segments = first.database.tableNames().filter((name) => name.startsWith("journal-"));
    expect(segments).toEqual([
      "journal-000001",
      "journal-000002",
      "journal-000003",
      "journal-000004",
      "journal-000005",
    ]);
    await first.close();
    const second = await openStore<Entry>(dir, options);
    expect(numbers(second.visited)).toEqual(upTo(20));
    expect(second.journal.read(second.visited[13]?.location as Location).n).toBe(14);
  });
});

describe("a checkpoint", () => {
  test("hands its state back, and only what came behind it is replayed", async () => {
    const dir = freshDir();
    const first = await openStore<Entry>(dir);
    await first.journal.appendDurably(upTo(10).map((n) => ({ n })));
    // A page that the checkpoint cuts through: entries 11 and 12 are in the state, 13 is not.
    await first.journal.appendDurably(upTo(13, 11).map((n) => ({ n })));
    const state = new Uint8Array(2_500_000).map((_, at) => at);
    await first.journal.checkpoint(state, 12);
    await first.journal.appendDurably([{ n: 14 }]);
    await first.close();
    const second = await openStore<Entry>(dir);
    expect(second.began).toEqual([second.recovered.checkpoint]);
    expect(Buffer.compare(second.recovered.checkpoint as Uint8Array, state)).toBe(0);
    expect(numbers(second.visited)).toEqual([13, 14]);
    expect([second.recovered.lastSeq, second.visited[0]?.seq]).toEqual([14, 13]);
  });

  test("of everything leaves nothing to replay, and the journal goes on behind it", async () => {
    const dir = freshDir();
    for (const round of upTo(4)) {
      const { journal, recovered, visited, close } = await openStore<Entry>(dir);
      expect([visited.length, recovered.lastSeq, recovered.checkpoint?.[0]]).toEqual([
        0,
        (round - 1) * 2,
        round === 1 ? undefined : round - 1,
      ]);
      journal.append([{ n: round }, { n: round }]);
      await journal.checkpoint(Uint8Array.of(round), journal.appendedSeq);
      await close();
    }
  });

  test("that is damaged is said aloud, and the one before it leads to the same entries", async () => {
    const dir = freshDir();
    const first = await openStore<Entry>(dir);
    for (const n of upTo(3)) {
      await first.journal.appendDurably([{ n }]);
      await first.journal.checkpoint(Buffer.from(`state number ${n}`), n);
    }
    await first.close();
    expect(spoil(dir, "state number 3")).toBeGreaterThan(0);
    const log = keptLog();
    const second = await openStore<Entry>(dir, { log });
    expect(Buffer.from(second.recovered.checkpoint as Uint8Array).toString()).toBe("state number 2");
    expect(numbers(second.visited)).toEqual([3]);
    expect(log.lines.map(({ level }) => level)).toEqual(["error"]);
  });
});

describe("the location index", () => {
  test("knows both locations of a task before and after a checkpoint and a restart", async () => {
    const dir = freshDir();
    const first = await openStore<Entry>(dir);
    const asked = await first.journal.appendDurably(upTo(300).map((n) => ({ n })));
    const { locations } = first.journal;
    for (const n of upTo(300)) locations.set(n * 7, 0, (asked + n - 1) as Location);
    expect(locations.get(700, 0)).toBe(asked + 99);
    await first.journal.checkpoint(new Uint8Array(0), first.journal.lastSeq);
    expect(locations.pending).toBe(0);
    locations.set(700, 1, (asked + 5) as Location);
    await first.journal.checkpoint(new Uint8Array(0), first.journal.lastSeq);
    await first.close();
    const { journal } = await openStore<Entry>(dir);
    for (const n of upTo(300)) {
      expect(journal.read(journal.locations.get(n * 7, 0) as Location).n).toBe(n);
    }
    expect([journal.locations.get(700, 1), journal.locations.get(707, 1)]).toEqual([asked + 5, undefined]);
    expect([journal.locations.get(1, 0), journal.locations.get(10_000_000, 0)]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe("damage", () => {
  async function threePages(dir: string): Promise<Location[]> {
    const { journal, close } = await openStore<Entry>(dir);
    const locations: Location[] = [];
    for (const n of upTo(3))
      locations.push(await journal.appendDurably([{ n, text: `page number ${n} of three` }]));
    await close();
    return locations;
  }

  test("of the newest page is what a crash leaves: cut off, logged, counted, and its place is used again", async () => {
    const dir = freshDir();
    await threePages(dir);
    expect(spoil(dir, "page number 3 of three")).toBeGreaterThan(0);
    const log = keptLog();
    const second = await openStore<Entry>(dir, { log });
    expect(numbers(second.visited)).toEqual([1, 2]);
    expect(second.recovered).toMatchObject({ truncatedPages: 1, lastSeq: 2 });
    expect(log.lines).toMatchObject([{ level: "error", fields: { page: 3 } }]);
    await second.journal.appendDurably([{ n: 4 }]);
    await second.close();
    const third = await openStore<Entry>(dir);
    expect([numbers(third.visited), third.recovered.truncatedPages]).toEqual([[1, 2, 4], 0]);
  });

  test("in the middle stops recovery with an error that names the page", async () => {
    const dir = freshDir();
    await threePages(dir);
    spoil(dir, "page number 2 of three");
    expect(await failureOf(openStore(dir))).toMatchObject({ code: "JOURNAL_CORRUPT", data: { page: 2 } });
  });

  test("a page that is missing in the middle stops recovery too", async () => {
    const dir = freshDir();
    await threePages(dir);
    const { database, close } = await openStore<Entry>(dir);
    await database.table("journal-000001").writeAll([{ key: 2, value: undefined }]);
    await close();
    const error = await failureOf(openStore(dir));
    expect(error).toMatchObject({ code: "JOURNAL_CORRUPT", data: { page: 2 } });
    expect(error.message).toContain("missing");
  });

  test("of a document behind the checkpoint shows when it is read, and only there", async () => {
    const dir = freshDir();
    const [one, two] = await threePages(dir);
    const first = await openStore<Entry>(dir);
    await first.journal.checkpoint(new Uint8Array(1), 3);
    await first.close();
    spoil(dir, "page number 2 of three");
    const { journal } = await openStore<Entry>(dir);
    expect(journal.read(one as Location).n).toBe(1);
    expect(await failureOf(() => journal.read(two as Location))).toMatchObject({ code: "JOURNAL_CORRUPT" });
  });
});
