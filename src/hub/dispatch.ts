// From a task and an agent to an attempt under way.
//
//   assign    lease and slot in one step, the change applied, its entry made        (nothing has been told to anybody)
//   told      the entry is on disk: start the attempt, set its timeout, tell the agent
//   answered  the agent answered, or is gone: the slot is free again               (then hub/settle.ts)
//
// Why `assigned` is flushed first: a task that kills the process is found assigned at boot, and its attempt counts.
// One task and one agent are matched at once. Where several tasks wait and several agents are free, after a start, when
// the roster changes, when tasks come in together or agents answer in one job, they are assigned together
// (hub/together.ts): the most urgent tasks, so that the sum of their values is the highest.

import { CodedError } from "../base/errors.js";
import { invariant } from "../base/invariant.js";
import type { TaskEntry } from "../wire/entries.js";
import type { AgentRow } from "./agent-row.js";
import type { AttemptMessage, Outcome } from "./attempt.js";
import { entryOf } from "./entry-codec.js";
import type { StopReason } from "./lease.js";
import { Lease } from "./lease.js";
import type { Pick } from "./match.js";
import { Openings } from "./openings.js";
import type { HubParts } from "./parts.js";
import type { TaskRecord } from "./task-record.js";
import { applyChange } from "./task-record.js";
import { isHeld } from "./task-state.js";

/** How an attempt came back, once its slot is free. */
export type Answered = (lease: Lease, outcome: Outcome | undefined, fault: Error | undefined) => void;

/** Beyond the timeout and the grace the answer cannot come any more; the runtime's own limit is set behind both. */
const LIMIT_SLACK_MS = 10_000;
/** Tasks given away in one assignment, where their agents are ranked once for all that are alike: below 1 ms. */
const TOGETHER_MAX = 64;
/** What a task counts that has a ranking of its own. */
const OWN_RANKING_COST = 4;

/** Raised where an attempt could not even be handed over. */
export class AgentUnreachable extends CodedError {
  constructor(message: string) {
    super("AGENT_UNREACHABLE", message);
  }
}

export class Dispatcher {
  readonly #parts: HubParts;
  readonly #answered: Answered;
  readonly #leases = new Map<number, Lease>();
  #nextFence = 1;
  #isDraining = false;
  /** New tasks wait for each other. */
  #isGathering = false;
  /** Agents that have a free slot since this job began. */
  readonly #freed = new Set<AgentRow>();
  #onEmpty: (() => void) | undefined = undefined;

  constructor(parts: HubParts, answered: Answered) {
    this.#parts = parts;
    this.#answered = answered;
  }

  /** Leases held now, those of settled tasks whose agents still work included. */
  get leases(): ReadonlyMap<number, Lease> {
    return this.#leases;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** From now on nothing is assigned any more. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Calls `then` once no lease is held any more; undefined calls it off. */
  whenEmpty(then: (() => void) | undefined): void {
    this.#onEmpty = then;
  }

  /** Fencing numbers up to `fence` were given in an earlier run. */
  reserveFence(fence: number): void {
    this.#nextFence = Math.max(this.#nextFence, fence + 1);
  }

  get nextFence(): number {
    return this.#nextFence;
  }

  /** Assigns a new task at once if somebody suitable is free. Returns what to journal and, then, to tell. */
  tryAssign(record: TaskRecord): { readonly lease: Lease; readonly entry: TaskEntry } | undefined {
    if (this.#isDraining || this.#isGathering) return undefined;
    // Why first: what waits is more urgent than this one, or was there before it.
    this.#fillFreed();
    const { waiting, matcher, slab } = this.#parts;
    const pick = matcher.pickFree(waiting.lane(record.kind), record, slab);
    return pick === undefined ? undefined : this.#assign(record, pick);
  }

  /** Queues a task: it is assigned at once or waits. Its state is `queued`. */
  enqueue(record: TaskRecord): void {
    const assigned = this.tryAssign(record);
    if (assigned === undefined) this.#parts.waiting.add(record);
    else this.#write(record, assigned.lease, assigned.entry);
  }

  /** Tasks that come in while `work` runs wait, and are given away together at the end of the job. */
  together(work: () => void): void {
    this.#isGathering = true;
    try {
      work();
    } finally {
      this.#isGathering = false;
      for (const row of this.#parts.roster.rows()) if (row.freeSlots > 0) this.freed(row);
    }
  }

  /** Fills the free slots of an agent at the end of the job, together with those of others that are freed by then. */
  freed(agent: AgentRow): void {
    if (this.#freed.size === 0) this.#parts.scheduler.endOfJob(() => this.#fillFreed());
    this.#freed.add(agent);
  }

  #fillFreed(): void {
    if (this.#freed.size === 0) return;
    const agents = [...this.#freed];
    this.#freed.clear();
    this.#fill(agents);
  }

  /** Fills the free slots of agents from the queue. */
  #fill(agents: Iterable<AgentRow>): void {
    const { waiting, matcher, slab } = this.#parts;
    if (this.#isDraining || waiting.size === 0) return;
    const free = [...agents].filter((agent) => agent.freeSlots > 0);
    if (free.length === 1) {
      this.#pump(free[0] as AgentRow);
      return;
    }
    const openings = new Openings(waiting, free);
    const costOf = (record: TaskRecord) =>
      matcher.ranksAlone(waiting.lane(record.kind)) ? OWN_RANKING_COST : 1;
    for (;;) {
      const slots = free.reduce((sum, agent) => sum + agent.freeSlots, 0);
      const tasks = openings.take(slots, TOGETHER_MAX, costOf);
      if (tasks.length === 0) return;
      const picks = matcher.pickTogether(tasks, waiting, slab);
      for (const [place, record] of tasks.entries()) {
        const pick = picks[place];
        if (pick === undefined) openings.giveBack(record);
        else this.#assignAndWrite(record, pick);
      }
    }
  }

  /** The same for one agent, task by task. */
  #pump(agent: AgentRow): void {
    const { waiting, matcher, slab } = this.#parts;
    while (!this.#isDraining && agent.freeSlots > 0) {
      const record = waiting.firstFor(agent.number);
      if (record === undefined) return;
      const pick = matcher.pickFree(waiting.lane(record.kind), record, slab);
      invariant(pick !== undefined, "an agent with a free slot is among the free ones of its pools");
      waiting.remove(record);
      this.#assignAndWrite(record, pick);
    }
  }

  /** The roster changed: lanes are judged again and every free slot is filled. */
  rosterChanged(): void {
    const { waiting } = this.#parts;
    waiting.rejudge();
    // Why: agents are often started by the thousand while nothing waits, and each batch of them would walk them all.
    if (waiting.size > 0) this.#fill(this.#parts.roster.rows());
  }

  /** The lease of a task that an agent holds. */
  leaseOf(record: TaskRecord): Lease | undefined {
    return isHeld(record.state) ? this.#leases.get(record.state.fence) : undefined;
  }

  /** The entry that assigned is on disk: tells the agent. */
  tell(lease: Lease): void {
    const { task, agent } = lease;
    const { events } = this.#parts;
    if (!task.dropped) events.emitTask("task_assigned", task, agent, lease.attempt);
    if (!isCurrent(lease)) {
      // Settled in between, for example cancelled: the agent never hears of it.
      this.release(lease);
      this.freed(agent);
      return;
    }
    const { link } = agent;
    if (link === undefined || !agent.isAvailable) {
      this.answer(lease, undefined, new AgentUnreachable(`agent ${agent.record.name} is ${agent.condition}`));
      return;
    }
    lease.told = true;
    const { clock, writer, agenda } = this.#parts;
    const nowMs = clock.wallMs();
    const change = { kind: "start", startedMs: nowMs } as const;
    const from = task.state;
    applyChange(task, change, undefined);
    writer.write(entryOf(task, change, undefined, from, nowMs));
    agenda.setLease(lease, nowMs + task.timeoutMs);
    events.emitTask("task_started", task, agent, lease.attempt);
    const message: AttemptMessage = [task.spec, lease.attempt, lease.fence];
    const limitMs = task.timeoutMs + this.#parts.settings.stopGraceMs + LIMIT_SLACK_MS;
    link.run(message, limitMs, (outcome, fault) => this.answer(lease, outcome, fault));
  }

  /** An attempt came back, or is given up. The first answer counts, whatever follows is late. */
  answer(lease: Lease, outcome: Outcome | undefined, fault: Error | undefined): void {
    if (!this.#leases.has(lease.fence)) {
      this.#parts.ledger.lateAnswers += 1;
      return;
    }
    this.release(lease);
    this.freed(lease.agent);
    this.#answered(lease, outcome, fault);
  }

  /** Tells the agent to stop and gives it a grace; then its incarnation ends. */
  stop(lease: Lease, reason: StopReason): void {
    if (lease.stopping !== undefined) return;
    lease.stopping = reason;
    // Not told yet: `tell` will find it no longer current.
    if (!lease.told) return;
    lease.agent.link?.cancel(lease.fence, reason);
    this.#parts.agenda.setLease(lease, this.#parts.clock.wallMs() + this.#parts.settings.stopGraceMs);
  }

  /** Ends a lease without an answer. Its slot is free. */
  release(lease: Lease): void {
    this.#leases.delete(lease.fence);
    lease.agent.leases.delete(lease.fence);
    this.#parts.agenda.dropLease(lease);
    this.#parts.matcher.refresh(lease.agent);
    if (this.#leases.size === 0) this.#onEmpty?.();
  }

  #assign(
    record: TaskRecord,
    { agent, matched }: Pick,
  ): { readonly lease: Lease; readonly entry: TaskEntry } {
    const { clock, matcher } = this.#parts;
    invariant(agent.freeSlots > 0, "the chosen agent has a free slot");
    const lease = new Lease(record, agent, record.attempt + 1, this.#nextFence);
    this.#nextFence += 1;
    this.#leases.set(lease.fence, lease);
    agent.leases.add(lease.fence);
    matcher.refresh(agent);
    record.matched = matched;
    const change = {
      kind: "assign",
      agent: agent.number,
      attempt: lease.attempt,
      fence: lease.fence,
      assignedMs: clock.wallMs(),
    } as const;
    const from = record.state;
    applyChange(record, change, undefined);
    return { lease, entry: entryOf(record, change, undefined, from, change.assignedMs) };
  }

  #assignAndWrite(record: TaskRecord, pick: Pick): void {
    const { lease, entry } = this.#assign(record, pick);
    this.#write(record, lease, entry);
  }

  #write(record: TaskRecord, lease: Lease, entry: TaskEntry): void {
    this.#parts.writer.write(entry, () => this.tell(lease), record);
  }
}

/** Whether an answer under this lease would still count. */
export function isCurrent(lease: Lease): boolean {
  const { state, dropped } = lease.task;
  return isHeld(state) && state.fence === lease.fence && !dropped;
}
