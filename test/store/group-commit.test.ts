// Group commit against a disk that the test holds in its hand: it decides when and how each write ends.

import { describe, expect, test } from "vitest";

import { systemScheduler } from "../../src/base/clock.js";
import type { GroupCommitOptions } from "../../src/store/group-commit.js";
import { GroupCommit } from "../../src/store/group-commit.js";
import { checkPage } from "../../src/store/page-format.js";

interface HeldWrite {
  readonly page: number;
  readonly firstSeq: number;
  readonly count: number;
  done(): void;
  fail(cause: Error): void;
}

function handHeldDisk(options: Partial<GroupCommitOptions> = {}) {
  const writes: HeldWrite[] = [];
  const arrivals: (() => void)[] = [];
  let nowMs = 0;
  const commits = new GroupCommit({
    clock: { nowMs: () => nowMs, wallMs: () => nowMs },
    scheduler: systemScheduler(),
    nextPage: 1,
    nextSeq: 1,
    afterFailure: (cause) => ({ retry: false, error: cause as Error }),
    writePage: (page, bytes) =>
      new Promise((resolve, reject) => {
        const { firstSeq, count } = checkPage(bytes, page).header;
        writes.push({ page, firstSeq, count, done: resolve, fail: reject });
        arrivals.shift()?.();
      }),
    ...options,
  });
  const heard: string[] = [];
  const append = (name: string, entries: readonly unknown[] = [name]): Error | undefined =>
    commits.append(entries, (error, first) =>
      heard.push(error ? `${name}: ${error.message}` : `${name} @${first}`),
    );
  const nextWrite = async (): Promise<HeldWrite> => {
    if (writes.length === 0) await new Promise<void>((resume) => arrivals.push(resume));
    return writes.shift() as HeldWrite;
  };
  return { commits, append, heard, writes, nextWrite, setNowMs: (ms: number) => (nowMs = ms) };
}

const PAGE = 65_536;

describe("group commit", () => {
  test("collects what comes while a page is written, and answers in order, only after the write", async () => {
    const { commits, append, heard, nextWrite } = handHeldDisk();
    append("a");
    append("b");
    const first = await nextWrite();
    for (const name of ["c", "d", "e"]) append(name);
    expect(heard).toEqual([]);
    expect([commits.lastSeq, commits.appendedSeq]).toEqual([0, 5]);
    first.done();
    const second = await nextWrite();
    expect(heard).toEqual([`a @${PAGE}`, `b @${PAGE + 1}`]);
    expect([first.count, second.page, second.firstSeq, second.count]).toEqual([2, 2, 3, 3]);
    second.done();
    await commits.drained();
    expect(heard.slice(2)).toEqual([`c @${2 * PAGE}`, `d @${2 * PAGE + 1}`, `e @${2 * PAGE + 2}`]);
    expect(commits.lastSeq).toBe(5);
  });

  test("tells since when a write is pending, and nothing when none is", async () => {
    const { commits, append, nextWrite, setNowMs } = handHeldDisk();
    expect(commits.pendingSinceMs).toBeUndefined();
    setNowMs(1_234);
    append("a");
    const write = await nextWrite();
    setNowMs(9_999);
    expect(commits.pendingSinceMs).toBe(1_234);
    write.done();
    await commits.drained();
    expect(commits.pendingSinceMs).toBeUndefined();
  });

  test("a failed write fails its page and all that waits behind it; numbers go on without a gap", async () => {
    const { commits, append, heard, nextWrite } = handHeldDisk();
    append("a");
    const first = await nextWrite();
    append("b");
    const drained = commits.drained();
    first.fail(new Error("no disk"));
    await drained;
    expect(heard).toEqual(["a: no disk", "b: no disk"]);
    append("c");
    const next = await nextWrite();
    expect([next.page, next.firstSeq]).toEqual([1, 1]);
    next.done();
    await commits.drained();
    expect(heard.at(-1)).toBe(`c @${PAGE}`);
  });

  test("a page that gets a second try keeps its place and loses nothing", async () => {
    let tries = 0;
    const afterFailure = (cause: unknown) => ({ retry: ++tries === 1, error: cause as Error });
    const { commits, append, heard, nextWrite } = handHeldDisk({ afterFailure });
    append("a");
    (await nextWrite()).fail(new Error("full"));
    const again = await nextWrite();
    append("b");
    again.done();
    (await nextWrite()).done();
    await commits.drained();
    expect(heard).toEqual([`a @${PAGE}`, `b @${2 * PAGE}`]);
  });

  test("beyond its bound an append is answered with JOURNAL_FULL, and taken again when there is room", async () => {
    const { commits, append, heard, nextWrite } = handHeldDisk({ pendingBytesMax: 10_000 });
    append("large", ["x".repeat(10_000)]);
    expect(append("refused")).toMatchObject({ code: "JOURNAL_FULL", data: { limit: 10_000 } });
    (await nextWrite()).done();
    await commits.drained();
    expect(append("taken")).toBeUndefined();
    (await nextWrite()).done();
    await commits.drained();
    expect(heard).toEqual([`large @${PAGE}`, `taken @${2 * PAGE}`]);
  });

  test("more than fits a page goes into several, and an append is never torn apart", async () => {
    const { commits, append, nextWrite, heard } = handHeldDisk();
    const third = "x".repeat(400_000);
    for (const name of ["a", "b", "c"]) append(name, [third, third]);
    const counts: number[] = [];
    for (let at = 0; at < 3; at++) {
      const write = await nextWrite();
      counts.push(write.count);
      write.done();
    }
    await commits.drained();
    expect(counts).toEqual([2, 2, 2]);
    expect(heard).toHaveLength(3);
  });

  test("an append larger than a page gets a larger page, up to a limit", async () => {
    const { commits, append, nextWrite, heard } = handHeldDisk();
    append("large", ["x".repeat(5_000_000)]);
    (await nextWrite()).done();
    await commits.drained();
    expect(heard).toEqual([`large @${PAGE}`]);
    expect(append("giant", ["x".repeat(17_000_000)])).toMatchObject({ code: "JOURNAL_TOO_LARGE" });
    expect(append("still works")).toBeUndefined();
    (await nextWrite()).done();
    await commits.drained();
    expect(heard).toHaveLength(2);
  });

  test("callers that only wait for what was before them are told without a write", async () => {
    const { commits, writes } = handHeldDisk();
    await commits.drained();
    expect(writes).toEqual([]);
  });
});
