// Which thread an actor gets, while threads come and go.

import { expect, it } from "vitest";
import { allocateBoard, Board } from "../../src/runtime/board.js";
import { Placements } from "../../src/runtime/placement.js";

const KEYS = Array.from({ length: 10_000 }, (_, i) => `key ${i}`);

function open(...threads: number[]) {
  const board = new Board(allocateBoard());
  for (const thread of threads) board.setOpen(thread, true);
  const places = new Placements(board, new Map([["io", 2]]));
  const byKey = () => KEYS.map((key) => places.choose({ key }, 0));
  return { board, places, byKey };
}

it("keys are spread evenly, and every thread and every process agrees on them", () => {
  const { byKey } = open(1, 2, 3, 4);
  const counts = new Map<number, number>();
  for (const thread of byKey()) counts.set(thread, (counts.get(thread) ?? 0) + 1);
  expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4]);
  for (const count of counts.values()) expect(Math.abs(count - 2_500)).toBeLessThan(200);
  expect(open(1, 2, 3, 4).byKey()).toEqual(byKey());
  expect(KEYS.slice(0, 4).map((_, i) => byKey()[i])).toEqual([1, 1, 2, 2]);
});

it("a thread that goes moves only its own keys, and one that comes takes only those it keeps", () => {
  const { board, byKey } = open(1, 2, 3);
  const before = byKey();
  board.setOpen(2, false);
  const without = byKey();
  for (const [i, thread] of before.entries()) {
    if (thread === 2) expect([1, 3]).toContain(without[i]);
    else expect(without[i]).toBe(thread);
  }
  expect(new Set(without.filter((_, i) => before[i] === 2))).toEqual(new Set([1, 3]));
  board.setOpen(2, true);
  expect(byKey()).toEqual(before);
  board.setOpen(4, true);
  const more = byKey();
  for (const [i, thread] of more.entries()) if (thread !== 4) expect(thread).toBe(before[i]);
  expect(more.filter((thread) => thread === 4).length).toBeGreaterThan(2_000);
});

it("the least loaded thread is one that takes actors", () => {
  const { board, places } = open(1, 2, 3);
  const chosen = () => new Set(Array.from({ length: 30 }, () => places.choose("any", 0)));
  expect(chosen()).toEqual(new Set([1, 2, 3]));
  board.setOpen(1, false);
  expect(chosen()).toEqual(new Set([2, 3]));
  const busy = {
    messages: 0,
    faults: 0,
    restarts: 0,
    spawned: 1_000,
    stopped: 0,
    full: 0,
    dropped: 0,
    deadLetters: 0,
  };
  board.publishCounters(2, busy);
  expect(chosen()).toEqual(new Set([3]));
});

it("a thread by number, by name, the caller's own, or none", () => {
  const { board, places } = open(1, 2);
  expect([places.choose(2, 0), places.choose(0, 1), places.choose({ thread: "io" }, 0)]).toEqual([2, 0, 2]);
  board.setOpen(2, false);
  const closed = '{"thread":"io"}: actors can be on 0, 1, {thread: "io"}, "any", "this" or {key: string}';
  expect(() => places.choose({ thread: "io" }, 0)).toThrow(`thread ${closed}`);
  for (const on of [2, 7, -1, 1.5, { thread: "oi" }, { kye: "x" }, null, "anywhere"])
    expect(() => places.choose(on as never, 0)).toThrow(expect.objectContaining({ code: "NO_SUCH_THREAD" }));
  // Who is still there may finish with helpers beside it.
  expect(places.choose("this", 2)).toBe(2);
  board.setOpen(1, false);
  expect([places.choose("any", 0), places.choose({ key: "k" }, 0)]).toEqual([0, 0]);
});
