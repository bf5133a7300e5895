// What must always hold, counted live from the hub's own memory. Shown by `GET /api/audit/invariants`.

import type { Dispatcher } from "./dispatch.js";
import { isCurrent } from "./dispatch.js";
import type { HubParts } from "./parts.js";
import { isHeld } from "./task-state.js";

export interface InvariantCheck {
  /** What should be true. */
  readonly name: string;
  readonly holds: boolean;
  readonly detail: string;
}

export interface InvariantReport {
  readonly holds: boolean;
  readonly checks: readonly InvariantCheck[];
  readonly ledger: {
    readonly submitted: number;
    readonly reopened: number;
    readonly settled: number;
    readonly open: number;
  };
  readonly late_answers: number;
  readonly checked_at: string;
}

/** Counts everything anew. Walks the open tasks: for those who look, not for the hot path. */
export function checkInvariants(parts: HubParts, dispatcher: Dispatcher): InvariantReport {
  const checks = [checkBooks(parts), checkLeases(parts, dispatcher), checkSlots(parts), checkQueue(parts)];
  const { ledger } = parts;
  return {
    holds: checks.every((one) => one.holds),
    checks,
    ledger: {
      submitted: ledger.submitted,
      reopened: ledger.reopened,
      settled: ledger.settledCount,
      open: ledger.countedOpen,
    },
    late_answers: ledger.lateAnswers,
    checked_at: new Date(parts.clock.wallMs()).toISOString(),
  };
}

function checkBooks({ ledger }: HubParts): InvariantCheck {
  const { submitted, reopened, settledCount: settled, countedOpen: open } = ledger;
  return {
    name: "submitted + reopened = settled + open",
    holds: ledger.isBalanced,
    detail: `${submitted} + ${reopened} = ${settled} + ${open}`,
  };
}

/** A held task has its lease, unless only its large result is still being kept; a lease is held by its agent. */
function checkLeases({ roster }: HubParts, dispatcher: Dispatcher): InvariantCheck {
  let current = 0;
  let astray = 0;
  for (const [fence, lease] of dispatcher.leases) {
    if (isCurrent(lease)) current += 1;
    if (!lease.agent.leases.has(fence)) astray += 1;
  }
  let slots = 0;
  for (const row of roster.rows()) slots += row.leases.size;
  let departed = 0;
  for (const lease of dispatcher.leases.values()) if (lease.agent.condition === "removed") departed += 1;
  const holds = astray === 0 && slots + departed === dispatcher.leases.size;
  const detail = `${dispatcher.leases.size} leases, ${current} of them current, ${slots} slots taken, ${astray} astray`;
  return { name: "every lease takes one slot of its agent", holds, detail };
}

function checkSlots({ roster }: HubParts): InvariantCheck {
  let over = 0;
  for (const row of roster.rows()) if (row.leases.size > row.maxConcurrent) over += 1;
  return {
    name: "no agent holds more than it can",
    holds: over === 0,
    detail: `${over} agents over their limit`,
  };
}

function checkQueue({ ledger, waiting }: HubParts): InvariantCheck {
  let queued = 0;
  let held = 0;
  for (const record of ledger.open()) {
    if (record.state.kind === "queued") queued += 1;
    if (isHeld(record.state)) held += 1;
  }
  return {
    name: "every queued task waits in the queue",
    holds: queued === waiting.size,
    detail: `${queued} queued, ${waiting.size} in the queue, ${held} held by agents`,
  };
}
