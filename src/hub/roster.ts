// The agents of the hub and what they may do.

import { invariant } from "../base/invariant.js";
import { chooseAction } from "./actions.js";
import type { AgentRow } from "./agent-row.js";
import { knownWork } from "./known-work.js";
import type { Eligibility } from "./queue.js";
import type { TaskKind } from "./task-kind.js";

/** The agent that comes closest to a minimum that nobody meets. */
export interface NearestMiss {
  readonly agent: AgentRow;
  readonly capability: string;
  readonly proficiency: number;
  readonly minimum: number;
}

/** Why nobody can do a kind of task. */
export interface Ineligibility {
  readonly reason: IneligibleReason;
  readonly detail: string;
  readonly nearest: NearestMiss | undefined;
}

export type IneligibleReason =
  | "no-agents"
  | "no-such-agent"
  | "no-action"
  | "no-capability"
  | "below-minimum"
  | "breaker-open";

/** An agent with this much energy or less gets nothing. */
const ENERGY_MIN = 0.1;

/** How far an agent came through the checks; the one that came furthest explains a refusal best. */
const CHECKS: readonly IneligibleReason[] = [
  "no-agents",
  "no-such-agent",
  "no-action",
  "no-capability",
  "below-minimum",
  "breaker-open",
];

/** Who an agent is or was, for tasks that it did. */
export interface AgentNames {
  readonly id: string;
  readonly name: string;
}

/** Removed agents whose names are kept for the tasks they did. */
const DEPARTED_MAX = 100_000;

export class Roster {
  readonly #departed = new Map<number, AgentNames>();
  readonly #rows = new Map<number, AgentRow>();
  readonly #byId = new Map<string, AgentRow>();
  /** The oldest of each name: names are unique, but journals from before that rule may hold twins. */
  readonly #byName = new Map<string, AgentRow>();
  /** Agents whose name an older one has. */
  #twins = 0;
  #inOrder: readonly AgentRow[] | undefined = undefined;
  #nextNumber = 1;

  get size(): number {
    return this.#rows.size;
  }

  /** Agents by number, which is the order of their creation. */
  rows(): IterableIterator<AgentRow> {
    return this.#rows.values();
  }

  /** The same as an array that is made anew only when agents come or go. */
  inOrder(): readonly AgentRow[] {
    this.#inOrder ??= [...this.#rows.values()];
    return this.#inOrder;
  }

  names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  /** A number that no agent had before. */
  takeNumber(): number {
    return this.#nextNumber++;
  }

  /** Makes sure that numbers up to `number` are not given again. */
  reserveNumber(number: number): void {
    this.#nextNumber = Math.max(this.#nextNumber, number + 1);
  }

  get nextNumber(): number {
    return this.#nextNumber;
  }

  add(row: AgentRow): void {
    invariant(!this.#rows.has(row.number), "an agent number is given once");
    this.reserveNumber(row.number);
    this.#rows.set(row.number, row);
    this.#byId.set(row.record.id, row);
    if (this.#byName.has(row.record.name)) this.#twins += 1;
    else this.#byName.set(row.record.name, row);
    this.#inOrder = undefined;
  }

  remove(row: AgentRow): void {
    row.condition = "removed";
    this.#rows.delete(row.number);
    this.#byId.delete(row.record.id);
    this.#freeName(row);
    this.rememberDeparted(row.number, { id: row.record.id, name: row.record.name });
    this.#inOrder = undefined;
  }

  /** The name goes to the next oldest twin, if there is one. */
  #freeName(row: AgentRow): void {
    const { name } = row.record;
    if (this.#byName.get(name) !== row) {
      this.#twins -= 1;
      return;
    }
    this.#byName.delete(name);
    if (this.#twins === 0) return;
    for (const other of this.#rows.values()) {
      if (other.record.name !== name) continue;
      this.#byName.set(name, other);
      this.#twins -= 1;
      return;
    }
  }

  rememberDeparted(number: number, names: AgentNames): void {
    this.#departed.set(number, names);
    if (this.#departed.size <= DEPARTED_MAX) return;
    for (const oldest of this.#departed.keys()) {
      this.#departed.delete(oldest);
      return;
    }
  }

  /** Removed agents, for a checkpoint. */
  departed(): IterableIterator<[number, AgentNames]> {
    return this.#departed.entries();
  }

  /** Who has or had a number. */
  namesOf(number: number): AgentNames {
    const row = this.#rows.get(number);
    if (row !== undefined) return { id: row.record.id, name: row.record.name };
    return this.#departed.get(number) ?? { id: `agent-${number}`, name: "a removed agent" };
  }

  byNumber(number: number): AgentRow | undefined {
    return this.#rows.get(number);
  }

  /** The oldest of that name. */
  named(name: string): AgentRow | undefined {
    return this.#byName.get(name);
  }

  /** By id, else by name. */
  find(idOrName: string): AgentRow | undefined {
    return this.#byId.get(idOrName) ?? this.#byName.get(idOrName);
  }

  /** Who can do a kind, busy or not. */
  eligible(kind: TaskKind): Eligibility {
    const agents: number[] = [];
    for (const row of this.#rows.values()) if (refusal(row, kind) === undefined) agents.push(row.number);
    return { agents, reason: agents.length > 0 ? undefined : this.#whyNot(kind).reason };
  }

  /** Why nobody can do a kind that `eligible` found nobody for. */
  ineligibility(kind: TaskKind): Ineligibility {
    const { reason, nearest } = this.#whyNot(kind);
    return { reason, detail: explain(reason, kind, nearest, this.inOrder()), nearest };
  }

  #whyNot(kind: TaskKind): Omit<Ineligibility, "detail"> {
    let furthest: IneligibleReason = "no-agents";
    let nearest: NearestMiss | undefined;
    for (const row of this.#rows.values()) {
      const reason = refusal(row, kind);
      if (reason === undefined) continue;
      if (CHECKS.indexOf(reason) > CHECKS.indexOf(furthest)) furthest = reason;
      if (reason !== "below-minimum") continue;
      const miss = missOf(row, kind);
      if (miss !== undefined && (nearest === undefined || gap(miss) < gap(nearest))) nearest = miss;
    }
    return { reason: furthest, nearest };
  }
}

/** Why an agent may not do a kind of task; undefined when it may. */
export function refusal(row: AgentRow, kind: TaskKind): IneligibleReason | undefined {
  if (kind.agent !== null && !row.answersTo(kind.agent)) return "no-such-agent";
  if (row.meta === undefined || chooseAction(row.meta.actions, kind) === undefined) return "no-action";
  let isBelow = false;
  for (const one of kind.capabilities) {
    const proficiency = row.standing(one.name);
    if (proficiency === undefined) return "no-capability";
    if (proficiency < one.min_proficiency) isBelow = true;
  }
  if (isBelow) return "below-minimum";
  return row.isAvailable && row.energy > ENERGY_MIN ? undefined : "breaker-open";
}

function gap(miss: NearestMiss): number {
  return miss.minimum - miss.proficiency;
}

/** The capability that an agent misses by most. */
function missOf(row: AgentRow, kind: TaskKind): NearestMiss | undefined {
  let worst: NearestMiss | undefined;
  for (const one of kind.capabilities) {
    const proficiency = row.standing(one.name) ?? 0;
    const miss = { agent: row, capability: one.name, proficiency, minimum: one.min_proficiency };
    if (gap(miss) > 0 && (worst === undefined || gap(miss) > gap(worst))) worst = miss;
  }
  return worst;
}

function explain(
  reason: IneligibleReason,
  kind: TaskKind,
  nearest: NearestMiss | undefined,
  rows: readonly AgentRow[],
): string {
  const names = kind.capabilities.map((one) => one.name).join(", ");
  switch (reason) {
    case "no-agents":
      return "there are no agents; load a definition or create one with POST /api/agents";
    case "no-such-agent":
      return `no agent has the id, name or definition "${kind.agent}"`;
    case "no-action":
      return `no agent has an action for ${wantedAction(kind)}, nor a default action; ${knownWork(rows, kind)}`;
    case "no-capability":
      return `no agent that has the action has all of: ${names}`;
    case "below-minimum":
      return nearest === undefined
        ? `nobody is proficient enough in ${names}`
        : `${nearest.agent.record.name} comes closest: ${describeMiss(nearest)}`;
    case "breaker-open":
      return "every agent that could do it has failed or is stopped";
    default:
      return reason satisfies never;
  }
}

function wantedAction(kind: TaskKind): string {
  if (kind.action !== null) return `the action "${kind.action}"`;
  return kind.mediaType === null ? `the type "${kind.type}"` : `the type "${kind.type}" or ${kind.mediaType}`;
}

function describeMiss({ capability, proficiency, minimum }: NearestMiss): string {
  return `${capability} ${proficiency}, required ${minimum}`;
}
