import { describe, expect, test } from "vitest";

import { seededRandom } from "../../src/base/random.js";
import { taskError } from "../../src/hub/agent-error.js";
import { EventStream, firstSeqAt, REPLAY_EVENTS } from "../../src/hub/events.js";
import { IdempotencyKeys, KEY_TTL_MS } from "../../src/hub/idempotency.js";
import { priorityAt } from "../../src/hub/load-priority.js";
import { BACKOFF, backoffMs, judgeFailure } from "../../src/hub/retry.js";
import { numberInId, publicId } from "../../src/hub/task-id.js";
import type { HubEvent } from "../../src/wire/event-shapes.js";
import { makeRecord, StillClock } from "./rig.js";

const RANDOM = seededRandom(1);

describe("a failed attempt", () => {
  test("is tried again only when the failure is retryable and attempts are left", () => {
    const passing = taskError("BUSY", "later", true, "low");
    const lasting = taskError("WRONG", "never", false, "high");
    expect(judgeFailure(BACKOFF, passing, 1, 3, RANDOM).kind).toBe("retry");
    expect(judgeFailure(BACKOFF, passing, 4, 0, RANDOM)).toEqual({ kind: "die" });
    expect(judgeFailure(BACKOFF, lasting, 1, 3, RANDOM)).toEqual({ kind: "fail" });
  });

  test("waits twice as long each time, up to a minute, and a little longer by chance", () => {
    for (let attempts = 1; attempts <= 12; attempts += 1) {
      const base = Math.min(60_000, 1_000 * 2 ** (attempts - 1));
      const waits = Array.from({ length: 50 }, () => backoffMs(BACKOFF, attempts, RANDOM));
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(base);
      expect(Math.max(...waits)).toBeLessThanOrEqual(base * (1 + BACKOFF.jitter));
      expect(new Set(waits).size).toBeGreaterThan(1);
    }
  });
});

describe("an idempotency key", () => {
  test("stands for its task for 24 hours", () => {
    const keys = new IdempotencyKeys();
    expect(keys.find("k", "hash", 0)).toBeUndefined();
    keys.claim("k", { task: 5, bodyHash: "hash", atMs: 0, inFlight: false });
    expect(keys.find("k", "hash", KEY_TTL_MS - 1)).toBe(5);
    expect(keys.find("k", "hash", KEY_TTL_MS)).toBeUndefined();
    expect(keys.size).toBe(0);
  });

  test("is refused with another body, and while the first request is being written", () => {
    const keys = new IdempotencyKeys();
    keys.claim("k", { task: 5, bodyHash: "hash", atMs: 0, inFlight: true });
    expect(() => keys.find("k", "other", 1)).toThrow(
      expect.objectContaining({ code: "IDEMPOTENCY_KEY_REUSED" }),
    );
    expect(() => keys.find("k", "hash", 1)).toThrow(
      expect.objectContaining({ code: "IDEMPOTENCY_KEY_IN_FLIGHT" }),
    );
    keys.confirm("k");
    expect(keys.find("k", "hash", 1)).toBe(5);
    keys.release("k", 5);
    expect(keys.find("k", "hash", 1)).toBeUndefined();
  });
});

describe("the event stream", () => {
  test("numbers every event, replays what it kept, and says when that is not enough", () => {
    const events = new EventStream(new StillClock(), 1_000);
    const seen: HubEvent[] = [];
    const stop = events.subscribe((event) => seen.push(event));
    for (let at = 0; at < 10; at += 1) events.emit("task_created", { task_id: `task ${at}` });
    expect(seen.map((event) => event.seq)).toEqual([
      1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010,
    ]);
    expect(events.since(1_005)).toEqual(seen.slice(5));
    expect(events.since(events.lastSeq)).toEqual([]);
    expect(events.since(999)).toBe("gone");
    expect(events.since(1_011)).toBe("gone");
    stop();
    for (let at = 0; at < REPLAY_EVENTS; at += 1) events.emit("task_created", {});
    expect(seen).toHaveLength(10);
    expect(events.since(1_009)).toBe("gone");
    expect(events.since(1_010)).toHaveLength(REPLAY_EVENTS);
  });

  test("starts above every sequence of an earlier run", () => {
    const clock = new StillClock();
    const first = new EventStream(clock, firstSeqAt(clock.ms));
    for (let at = 0; at < 5_000; at += 1) first.emit("task_created", {});
    const second = new EventStream(clock, firstSeqAt(clock.ms + 1_000));
    expect(second.lastSeq).toBeGreaterThan(first.lastSeq);
    expect(second.since(first.lastSeq)).toBe("gone");
  });
});

describe("ids", () => {
  test("sort by creation and give their number back", () => {
    const ids = [1, 2, 35, 36, 1_000_000, 78_364_164_095].map((number) => publicId("task", number, RANDOM));
    expect([...ids].sort()).toEqual(ids);
    expect(ids.map((id) => numberInId("task", id))).toEqual([1, 2, 35, 36, 1_000_000, 78_364_164_095]);
  });

  test("of another kind or shape have no number", () => {
    for (const id of [
      "",
      "task",
      "agent-00000001-abcdef",
      "task-0000000A-abcdef",
      "task-00000001_abcdef",
      "x".repeat(99),
    ]) {
      expect(numberInId("task", id), id).toBeUndefined();
    }
  });
});

describe("the load rule", () => {
  const atRisk = makeRecord({ number: 1, priority: 0, createdMs: 0, deadlineMs: 100_000 });
  test.each([
    ["critical above 80 % load", 0.81, 60_000, 3],
    ["high above 60 %", 0.61, 60_000, 2],
    ["its own at 60 %", 0.6, 60_000, 0],
    ["its own while most of its time is left", 0.9, 40_000, 0],
  ])("makes a task whose deadline is at risk %s", (_, load, nowMs, priority) => {
    expect(priorityAt(atRisk, load, nowMs)).toBe(priority);
  });

  test("leaves tasks without a deadline alone, and lowers nobody", () => {
    expect(priorityAt(makeRecord({ number: 1, priority: 1 }), 1, 1e9)).toBe(1);
    expect(priorityAt(makeRecord({ number: 1, priority: 3, deadlineMs: 10 }), 0.7, 9)).toBe(3);
  });
});
