import { describe, expect, test } from "vitest";

import { systemTimers } from "../../src/base/clock.js";
import { EntryWriter } from "../../src/hub/entry-writer.js";
import type { Journal, JournalState } from "../../src/store/journal.js";
import type { Location } from "../../src/store/page-format.js";
import { StoreError } from "../../src/store/store-errors.js";
import type { JournalEntry } from "../../src/wire/entries.js";
import { ENTRY } from "../../src/wire/entries.js";
import { eventually } from "./hub-rig.js";

/** A journal whose disk a test fills and empties. */
class StubJournal {
  state: JournalState = "open";
  refuseWith: StoreError | undefined = undefined;
  readonly written: number[] = [];
  readonly #watchers: ((state: JournalState) => void)[] = [];

  append(
    entries: readonly JournalEntry[],
    settled?: (error: Error | undefined, at?: Location) => void,
  ): void {
    const refusal = this.refuseWith;
    queueMicrotask(() => {
      if (refusal === undefined) for (const entry of entries) this.written.push(entry[1]);
      settled?.(refusal, 7 as Location);
    });
  }

  onState(watch: (state: JournalState) => void): () => void {
    this.#watchers.push(watch);
    return () => undefined;
  }

  become(state: JournalState): void {
    this.state = state;
    for (const watch of this.#watchers) watch(state);
  }
}

function started(task: number): JournalEntry {
  return [ENTRY.taskStarted, task, 1, 0];
}

function makeWriter() {
  const stub = new StubJournal();
  const lost: Error[] = [];
  const options = {
    timers: systemTimers(),
    log: { log: () => undefined },
    lost: (error: Error) => void lost.push(error),
  };
  return { stub, lost, writer: new EntryWriter(stub as unknown as Journal<JournalEntry>, options) };
}

describe("entries that must not be lost", () => {
  test("are held in order while the disk is full, and written once there is room", async () => {
    const { stub, writer } = makeWriter();
    const flushed: number[] = [];
    stub.refuseWith = new StoreError("STORE_FULL", "no room");
    stub.state = "read-only";
    for (const task of [1, 2, 3]) writer.write(started(task), () => flushed.push(task));
    await eventually(() => writer.held === 3);
    expect(writer.takesNewWork).toBe(false);
    stub.refuseWith = undefined;
    writer.write(started(4), () => flushed.push(4));
    stub.become("open");
    await eventually(() => flushed.length === 4);
    expect(stub.written).toEqual([1, 2, 3, 4]);
    expect([writer.held, writer.takesNewWork]).toEqual([0, true]);
  });

  test("are tried again by themselves when the disk is only slower than the work", async () => {
    const { stub, writer } = makeWriter();
    stub.refuseWith = new StoreError("JOURNAL_FULL", "slow disk");
    writer.write(started(1));
    await eventually(() => writer.held === 1);
    stub.refuseWith = undefined;
    await eventually(() => stub.written.length === 1);
    expect(writer.held).toBe(0);
  });

  test("are not written any more once what they follow from was refused", async () => {
    const { stub, writer } = makeWriter();
    stub.refuseWith = new StoreError("STORE_FULL", "no room");
    const dropped = { dropped: false };
    writer.write(started(1), undefined, dropped);
    writer.write(started(2));
    await eventually(() => writer.held === 2);
    dropped.dropped = true;
    stub.refuseWith = undefined;
    stub.become("open");
    await eventually(() => stub.written.length === 1);
    expect(stub.written).toEqual([2]);
  });

  test("end the hub when the journal will never take them, and say so once", async () => {
    const { stub, lost, writer } = makeWriter();
    stub.refuseWith = new StoreError("STORE_FAILED", "the disk is gone");
    writer.write(started(1));
    writer.write(started(2));
    await eventually(() => lost.length === 1);
    expect(lost[0]?.message).toBe("the disk is gone");
    expect(writer.held).toBe(0);
  });
});
