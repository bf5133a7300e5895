import { describe, expect, test } from "vitest";

import { TaskJson } from "../../src/hub/task-json.js";
import type { TaskRecord } from "../../src/hub/task-record.js";
import type { Task } from "../../src/wire/task-shapes.js";

const MIB = 1024 * 1024;

function record(number: number, step = 3): TaskRecord {
  return { number, step } as TaskRecord;
}

/** A view of about `chars` characters that counts how often it was made. */
function viewer(chars: number) {
  let count = 0;
  return {
    view: ({ number }: TaskRecord): Task => {
      count += 1;
      return { id: `task-${number}`, description: "x".repeat(chars) } as Task;
    },
    count: () => count,
  };
}

describe("the JSON of settled tasks", () => {
  test("is written once and made anew when the task was opened again since", () => {
    const json = new TaskJson();
    const { view, count } = viewer(10);
    const first = json.ofSettled(record(1), view);
    expect(json.ofSettled(record(1), view)).toBe(first);
    expect(count()).toBe(1);
    json.ofSettled(record(1, 6), view);
    expect(count()).toBe(2);
    expect(json.keptBytes).toBe(first.byteLength);
  });

  test("is kept for a bounded number of bytes, the oldest going first", () => {
    const json = new TaskJson();
    const { view, count } = viewer(8_000);
    for (let number = 1; number <= 1_000; number += 1) json.ofSettled(record(number), view);
    expect(json.keptBytes).toBeLessThanOrEqual(4 * MIB);
    expect(json.keptBytes).toBeGreaterThan(3 * MIB);
    json.ofSettled(record(1_000), view);
    expect(count()).toBe(1_000);
    json.ofSettled(record(1), view);
    expect(count()).toBe(1_001);
  });

  test("is not kept when one task alone is large", () => {
    const json = new TaskJson();
    const { view, count } = viewer(100_000);
    json.ofSettled(record(1), view);
    json.ofSettled(record(1), view);
    expect(count()).toBe(2);
    expect(json.keptBytes).toBe(0);
  });
});
