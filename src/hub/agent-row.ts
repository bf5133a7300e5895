// An agent on the roster: what it can do, how it is, and how many slots its leases leave free.

import type { AgentCapability } from "../wire/agent-shapes.js";
import type { AgentRecord, AttemptTuple } from "../wire/entries.js";
import type { DefinitionMeta } from "./agent-definition.js";
import type { AgentLink } from "./agent-link.js";

/**
 * `starting` until its actor was spawned, then `ready`; `failed` once its supervisor gave up (its breaker is open);
 * `inactive` when its definition is not loaded; `removed` when it is gone from the roster.
 */
export type AgentCondition = "starting" | "ready" | "failed" | "inactive" | "removed";

/** Capabilities as the hub keeps them; `lastUsedMs` is 0 until used. */
export interface HeldCapability {
  readonly name: string;
  readonly proficiency: number;
  readonly learningRate: number;
  experience: number;
  lastUsedMs: number;
}

/** Weight of a new duration in the running mean of an agent's latency. */
const LATENCY_WEIGHT = 0.1;

export class AgentRow {
  readonly number: number;
  readonly record: AgentRecord;
  readonly meta: DefinitionMeta | undefined;
  readonly capabilities: readonly HeldCapability[];
  readonly proficiency: ReadonlyMap<string, number>;
  readonly maxConcurrent: number;
  /** Fencing numbers of the leases it holds. The only record of its slots. */
  readonly leases = new Set<number>();
  condition: AgentCondition = "starting";
  conditionReason: string | undefined = undefined;
  link: AgentLink | undefined = undefined;
  completed = 0;
  failed = 0;
  restarts = 0;
  /** 0..1; an agent with 0.1 or less gets nothing. */
  energy = 1;
  latencyMs = 0;
  lastActiveMs: number;

  constructor(number: number, record: AgentRecord, meta: DefinitionMeta | undefined, capConcurrent: number) {
    this.number = number;
    this.record = record;
    this.meta = meta;
    this.capabilities = (record.capabilities ?? meta?.capabilities ?? []).map((one) => ({
      name: one.name,
      proficiency: one.proficiency,
      learningRate: one.learning_rate,
      experience: 0,
      lastUsedMs: 0,
    }));
    this.proficiency = new Map(this.capabilities.map((one) => [one.name, one.proficiency]));
    this.maxConcurrent = Math.min(record.maxConcurrent ?? meta?.maxConcurrent ?? 1, capConcurrent);
    this.lastActiveMs = record.createdMs;
    if (meta === undefined) {
      this.condition = "inactive";
      this.conditionReason = `its definition "${record.definition}" is not loaded`;
    }
  }

  get freeSlots(): number {
    return this.condition === "ready" ? this.maxConcurrent - this.leases.size : 0;
  }

  /** 0..1. */
  get load(): number {
    return this.leases.size / this.maxConcurrent;
  }

  /** Whether it may be matched at all, busy or not. */
  get isAvailable(): boolean {
    return this.condition === "ready" || this.condition === "starting";
  }

  /** Whether a task may name it so: by id, by name, or by the name of its definition. */
  answersTo(name: string): boolean {
    const { record } = this;
    return record.id === name || record.name === name || record.definition === name;
  }

  /** Keeps what a finished attempt says about the agent. An attempt that was cut off from outside says nothing. */
  credit(attempt: AttemptTuple, practised: Iterable<{ readonly name: string }>): void {
    const [, , startedMs, endedMs, status] = attempt;
    this.lastActiveMs = Math.max(this.lastActiveMs, endedMs);
    if (status === "failed" || status === "timed_out") this.failed += 1;
    if (status !== "completed") return;
    this.completed += 1;
    const weight = this.latencyMs === 0 ? 1 : LATENCY_WEIGHT;
    this.latencyMs += (Math.max(0, endedMs - startedMs) - this.latencyMs) * weight;
    for (const { name } of practised) this.#practise(name, endedMs);
  }

  /** What a checkpoint remembers of a capability. One that the agent no longer has is forgotten. */
  restorePractice(name: string, experience: number, lastUsedMs: number): void {
    const capability = this.capabilities.find((one) => one.name === name);
    if (capability === undefined) return;
    capability.experience = experience;
    capability.lastUsedMs = lastUsedMs;
  }

  #practise(name: string, atMs: number): void {
    const capability = this.capabilities.find((one) => one.name === name);
    if (capability === undefined) return;
    capability.experience += 1;
    capability.lastUsedMs = atMs;
  }
}

/** For views. */
export function capabilityView(held: HeldCapability): AgentCapability {
  return {
    name: held.name,
    proficiency: held.proficiency,
    learning_rate: held.learningRate,
    experience_points: held.experience,
    ...(held.lastUsedMs === 0 ? {} : { last_used: new Date(held.lastUsedMs).toISOString() }),
  };
}
