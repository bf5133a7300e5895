import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { BugError } from "../../src/base/invariant.js";
import type { ChangeKind, TaskChange, TaskState } from "../../src/hub/task-state.js";
import { initialState, isHeld, isLegal, isSettled, transition } from "../../src/hub/task-state.js";
import type { TaskStatus } from "../../src/wire/task-shapes.js";
import { OPEN_STATUSES, SETTLED_STATUSES } from "../../src/wire/task-shapes.js";

const TENURE = { agent: 7, attempt: 2, fence: 99, assignedMs: 1_000 };

const STATES: Readonly<Record<TaskStatus, TaskState>> = {
  scheduled: { kind: "scheduled", dueMs: 5_000 },
  blocked: { kind: "blocked" },
  queued: { kind: "queued" },
  assigned: { kind: "assigned", ...TENURE },
  running: { kind: "running", ...TENURE, startedMs: 1_100 },
  waiting: { kind: "waiting", ...TENURE, startedMs: 1_100, askedMs: 1_200 },
  retrying: { kind: "retrying", dueMs: 6_000 },
  completed: { kind: "completed", settledMs: 9_000 },
  failed: { kind: "failed", settledMs: 9_000 },
  cancelled: { kind: "cancelled", settledMs: 9_000 },
  expired: { kind: "expired", settledMs: 9_000 },
  dead: { kind: "dead", settledMs: 9_000 },
};

const CHANGES: Readonly<Record<ChangeKind, TaskChange>> = {
  release: { kind: "release", blocked: false },
  assign: { kind: "assign", ...TENURE },
  start: { kind: "start", startedMs: 1_100 },
  ask: { kind: "ask", askedMs: 1_200 },
  answer: { kind: "answer" },
  retry: { kind: "retry", dueMs: 6_000 },
  requeue: { kind: "requeue" },
  complete: { kind: "complete", settledMs: 9_000 },
  fail: { kind: "fail", settledMs: 9_000 },
  die: { kind: "die", settledMs: 9_000 },
  cancel: { kind: "cancel", settledMs: 9_000 },
  expire: { kind: "expire", settledMs: 9_000 },
  reopen: { kind: "reopen", blocked: false },
};

/** The policy: every legal pair and where it leads. Everything else is a bug. */
const LEGAL: Readonly<Record<string, TaskStatus>> = {
  "scheduled release": "queued",
  "blocked release": "queued",
  "queued assign": "assigned",
  "assigned start": "running",
  "running ask": "waiting",
  "waiting answer": "running",
  "assigned retry": "retrying",
  "running retry": "retrying",
  "waiting retry": "retrying",
  "retrying requeue": "queued",
  "running complete": "completed",
  "blocked fail": "failed",
  "assigned fail": "failed",
  "running fail": "failed",
  "waiting fail": "failed",
  "retrying fail": "failed",
  "assigned die": "dead",
  "running die": "dead",
  "waiting die": "dead",
  "retrying die": "dead",
  "failed reopen": "queued",
  "cancelled reopen": "queued",
  "expired reopen": "queued",
  "dead reopen": "queued",
  ...Object.fromEntries(OPEN_STATUSES.map((status) => [`${status} cancel`, "cancelled" as const])),
  ...Object.fromEntries(OPEN_STATUSES.map((status) => [`${status} expire`, "expired" as const])),
};

const statuses = fc.constantFrom<TaskStatus>(...OPEN_STATUSES, ...SETTLED_STATUSES);
const changes = fc.constantFrom(...(Object.keys(CHANGES) as ChangeKind[]));

describe("the life of a task", () => {
  test("allows every pair of state and change that the policy lists, and calls every other one a bug", () => {
    for (const status of [...OPEN_STATUSES, ...SETTLED_STATUSES]) {
      for (const kind of Object.keys(CHANGES) as ChangeKind[]) {
        const expected = LEGAL[`${status} ${kind}`];
        const name = `${status} ${kind}`;
        expect(isLegal(status, kind), name).toBe(expected !== undefined);
        if (expected === undefined)
          expect(() => transition(STATES[status], CHANGES[kind]), name).toThrow(BugError);
        else expect(transition(STATES[status], CHANGES[kind]).kind, name).toBe(expected);
      }
    }
  });

  test("never changes the state it is given, whatever the pair", () => {
    fc.assert(
      fc.property(statuses, changes, (status, kind) => {
        const before = structuredClone(STATES[status]);
        try {
          transition(STATES[status], CHANGES[kind]);
        } catch (error) {
          expect(error).toBeInstanceOf(BugError);
        }
        expect(STATES[status]).toEqual(before);
      }),
    );
  });

  test("never leaves a settled state but by reopening, in any sequence of changes", () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 60 }), (sequence) => {
        let state = initialState("queued");
        for (const kind of sequence) {
          if (!isLegal(state.kind, kind)) continue;
          const next = transition(state, CHANGES[kind]);
          if (isSettled(state.kind)) expect(kind).toBe("reopen");
          if (state.kind === "completed") throw new Error("completed is final");
          state = next;
        }
      }),
    );
  });

  test("keeps who holds a task, and under which fence, from the assignment to the answer", () => {
    const assigned = transition(STATES.queued, CHANGES.assign);
    const running = transition(assigned, CHANGES.start);
    const waiting = transition(running, CHANGES.ask);
    const again = transition(waiting, CHANGES.answer);
    for (const state of [assigned, running, waiting, again]) {
      expect(isHeld(state)).toBe(true);
      expect(state).toMatchObject(TENURE);
    }
    expect(again).toEqual(running);
  });

  test("leads a scheduled or reopened task to its dependencies when it has open ones", () => {
    expect(transition(STATES.scheduled, { kind: "release", blocked: true }).kind).toBe("blocked");
    expect(transition(STATES.dead, { kind: "reopen", blocked: true }).kind).toBe("blocked");
    expect(() => transition(STATES.blocked, { kind: "release", blocked: true })).toThrow(BugError);
  });
});
