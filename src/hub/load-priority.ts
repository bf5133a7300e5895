// The load rule: a waiting task whose deadline is at risk becomes critical when the agents are more than 80 % busy, and
// high when they are more than 60 % busy. Only tasks with a deadline; otherwise everything would become critical.
// At risk means that more than half of the time between its creation and its deadline is gone.

import type { TimerHandle, Timers } from "../base/ports.js";
import type { HubParts } from "./parts.js";
import type { TaskRecord } from "./task-record.js";

const SWEEP_EVERY_MS = 1_000;
const RULES = [
  { above: 0.8, priority: 3 },
  { above: 0.6, priority: 2 },
] as const;

/** Share of all slots that are taken, 0 when there are none. */
export function loadOf({ roster }: HubParts): number {
  let taken = 0;
  let slots = 0;
  for (const row of roster.rows()) {
    if (!row.isAvailable) continue;
    taken += row.leases.size;
    slots += row.maxConcurrent;
  }
  return slots === 0 ? 0 : taken / slots;
}

/** The priority a waiting task should have at `load`; its own unless it is at risk. Pure. */
export function priorityAt(record: TaskRecord, load: number, nowMs: number): number {
  const isAtRisk = record.deadlineMs > 0 && nowMs - record.createdMs > record.deadlineMs - nowMs;
  const rule = isAtRisk ? RULES.find((one) => load > one.above) : undefined;
  return Math.max(record.priority, rule?.priority ?? 0);
}

/** Looks at waiting tasks with a deadline once a second. */
export class LoadPriority {
  readonly #parts: HubParts;
  readonly #timers: Timers;
  #timer: TimerHandle | undefined = undefined;

  constructor(parts: HubParts, timers: Timers) {
    this.#parts = parts;
    this.#timers = timers;
  }

  start(): void {
    this.#timer = this.#timers.after(SWEEP_EVERY_MS, () => {
      this.sweep();
      this.start();
    });
  }

  /** Raises every waiting task that the rule concerns now. */
  sweep(): void {
    const { agenda, waiting, clock } = this.#parts;
    const load = loadOf(this.#parts);
    const nowMs = clock.wallMs();
    for (const record of agenda.withDeadline) {
      if (record.state.kind !== "queued") continue;
      const priority = priorityAt(record, load, nowMs);
      if (priority > record.priority) waiting.raise(record, priority);
    }
  }

  close(): void {
    this.#timer?.cancel();
  }
}
