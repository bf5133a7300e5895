import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { HeapOrder } from "../../src/hub/heap.js";
import { IndexedHeap, NOWHERE } from "../../src/hub/heap.js";
import type { Eligibility } from "../../src/hub/queue.js";
import { WaitingRoom } from "../../src/hub/queue.js";
import type { TaskKind } from "../../src/hub/task-kind.js";
import type { TaskRecord } from "../../src/hub/task-record.js";
import { makeRecord } from "./rig.js";

interface Item {
  key: number;
  place: number;
}

const BY_KEY: HeapOrder<Item> = {
  before: (a, b) => a.key < b.key,
  placeOf: (item) => item.place,
  place: (item, index) => {
    item.place = index;
  },
};

describe("the heap", () => {
  test("gives its items in order, whatever is pushed, removed from the middle or moved", () => {
    const commands = fc.array(
      fc.tuple(fc.constantFrom("push", "remove", "move"), fc.nat(1_000), fc.nat(10_000)),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(commands, (steps) => {
        const heap = new IndexedHeap<Item>(BY_KEY);
        const model: Item[] = [];
        for (const [what, at, key] of steps) {
          const victim = model[at % Math.max(1, model.length)];
          if (what === "push" || victim === undefined) {
            const item = { key, place: NOWHERE };
            heap.push(item);
            model.push(item);
          } else if (what === "remove") {
            heap.remove(victim);
            model.splice(model.indexOf(victim), 1);
            expect(victim.place).toBe(NOWHERE);
          } else {
            victim.key = key;
            heap.moved(victim);
          }
        }
        const keys = model.map((item) => item.key).sort((a, b) => a - b);
        expect(Array.from(model, () => heap.pop()?.key)).toEqual(keys);
        expect(heap.size).toBe(0);
      }),
    );
  });
});

const AGING_MS = 60_000;

/** Every kind of task is named after the agents that can do it, such as "1,2". */
function judgeByName(kind: TaskKind): Eligibility {
  const agents = kind.type === "nobody" ? [] : kind.type.split(",").map(Number);
  return { agents, reason: agents.length === 0 ? "no-action" : undefined };
}

function drain(room: WaitingRoom, agent: number): TaskRecord[] {
  const order: TaskRecord[] = [];
  for (let first = room.firstFor(agent); first !== undefined; first = room.firstFor(agent)) {
    room.remove(first);
    order.push(first);
  }
  return order;
}

describe("waiting tasks", () => {
  test("go by priority, and within equal priority the oldest goes first", () => {
    const room = new WaitingRoom(AGING_MS, judgeByName);
    const tasks = [
      makeRecord({ number: 1, type: "1", priority: 1, createdMs: 100 }),
      makeRecord({ number: 2, type: "1", priority: 3, createdMs: 200 }),
      makeRecord({ number: 3, type: "1", priority: 1, createdMs: 50 }),
      makeRecord({ number: 4, type: "1", priority: 0, createdMs: 10 }),
      makeRecord({ number: 5, type: "1", priority: 3, createdMs: 200 }),
    ];
    for (const task of tasks) room.add(task);
    expect(drain(room, 1).map((task) => task.number)).toEqual([2, 5, 3, 1, 4]);
    expect(room.size).toBe(0);
  });

  test("rise by one class for each ageing time they wait, so nothing starves", () => {
    const room = new WaitingRoom(AGING_MS, judgeByName);
    const old = makeRecord({ number: 1, type: "1", priority: 0, createdMs: 0 });
    const fresh = makeRecord({ number: 2, type: "1", priority: 1, createdMs: AGING_MS - 1 });
    const later = makeRecord({ number: 3, type: "1", priority: 1, createdMs: AGING_MS + 1 });
    for (const task of [later, fresh, old]) room.add(task);
    expect(drain(room, 1).map((task) => task.number)).toEqual([2, 1, 3]);
  });

  test("are offered to every agent that can do them, and to nobody else", () => {
    const room = new WaitingRoom(AGING_MS, judgeByName);
    const forOne = makeRecord({ number: 1, type: "1", createdMs: 3 });
    const forBoth = makeRecord({ number: 2, type: "1,2", createdMs: 2 });
    const forTwo = makeRecord({ number: 3, type: "2", createdMs: 1 });
    for (const task of [forOne, forBoth, forTwo]) room.add(task);
    expect(room.firstFor(1)).toBe(forBoth);
    expect(room.firstFor(2)).toBe(forTwo);
    room.remove(forBoth);
    expect(room.firstFor(1)).toBe(forOne);
    expect(room.firstFor(3)).toBeUndefined();
  });

  test("that nobody can do are parked with the reason and looked at only when the roster changes", () => {
    let judged = 0;
    let canDo = false;
    const room = new WaitingRoom(AGING_MS, () => {
      judged += 1;
      return canDo ? { agents: [4], reason: undefined } : { agents: [], reason: "no-capability" };
    });
    const tasks = Array.from({ length: 100 }, (_, at) => makeRecord({ number: at + 1, type: "rare" }));
    for (const task of tasks) room.add(task);
    expect(room.firstFor(4)).toBeUndefined();
    expect([...room.waiting()].map((lane) => lane.parkedBecause)).toEqual(["no-capability"]);
    expect(judged).toBe(1);
    canDo = true;
    room.rejudge();
    expect(judged).toBe(2);
    expect(drain(room, 4)).toEqual(tasks);
  });

  test("leave the line from any place, and take another when their priority is raised", () => {
    const room = new WaitingRoom(AGING_MS, judgeByName);
    const tasks = Array.from({ length: 50 }, (_, at) =>
      makeRecord({ number: at + 1, type: at % 2 === 0 ? "1" : "1,2", createdMs: at }),
    );
    for (const task of tasks) room.add(task);
    const raised = tasks[40] as TaskRecord;
    room.raise(raised, 3);
    expect(room.firstFor(1)).toBe(raised);
    const gone = tasks.filter((_, at) => at % 5 === 0);
    for (const task of gone) room.remove(task);
    const left = tasks.filter((task) => !gone.includes(task));
    expect(drain(room, 1)).toEqual(left);
  });
});
