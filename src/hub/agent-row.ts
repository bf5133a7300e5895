// An agent on the roster: what it can do, how it is, and how many slots its leases leave free.

import type { AgentCapability } from "../wire/agent-shapes.js";
import type { AgentRecord, AttemptTuple } from "../wire/entries.js";
import type { AttemptStatus } from "../wire/task-shapes.js";
import type { DefinitionMeta } from "./agent-definition.js";
import type { AgentLink } from "./agent-link.js";
import { wordsOfAgent } from "./words.js";

/**
 * `starting` until its actor was spawned, then `ready`; `failed` once its supervisor gave up (its breaker is open);
 * `inactive` when its definition is not loaded; `removed` when it is gone from the roster.
 */
export type AgentCondition = "starting" | "ready" | "failed" | "inactive" | "removed";

/** Capabilities as the hub keeps them; `lastUsedMs` is 0 until used. */
export interface HeldCapability {
  readonly name: string;
  /** What it said of itself, 0 … 1. */
  readonly declared: number;
  readonly learningRate: number;
  /** The estimate: it starts as declared, and moves with each outcome. */
  proficiency: number;
  experience: number;
  lastUsedMs: number;
}

/** Weight of a new duration in the running mean of an agent's latency. */
const LATENCY_WEIGHT = 0.1;
/** How far the estimate of a proficiency moves with one outcome, in shares of the learning rate. */
const STEP_UP = 0.1;
const STEP_DOWN = 0.05;

export class AgentRow {
  readonly number: number;
  readonly record: AgentRecord;
  readonly meta: DefinitionMeta | undefined;
  readonly capabilities: readonly HeldCapability[];
  readonly #byName: ReadonlyMap<string, HeldCapability>;
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
  #words: string | undefined = undefined;

  constructor(number: number, record: AgentRecord, meta: DefinitionMeta | undefined, capConcurrent: number) {
    this.number = number;
    this.record = record;
    this.meta = meta;
    this.capabilities = (record.capabilities ?? meta?.capabilities ?? []).map((one) => ({
      name: one.name,
      declared: one.proficiency,
      proficiency: one.proficiency,
      learningRate: one.learning_rate,
      experience: 0,
      lastUsedMs: 0,
    }));
    this.#byName = new Map(this.capabilities.map((one) => [one.name, one]));
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

  /** What it costs to give it a task. */
  get cost(): number {
    return this.meta?.cost ?? 0;
  }

  /** What tasks are compared with. */
  get words(): string {
    const { record, meta, capabilities } = this;
    this.#words ??= wordsOfAgent({
      definition: record.definition,
      description: record.description ?? meta?.description ?? "",
      capabilities,
      actions: meta?.actions ?? [],
    });
    return this.#words;
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

  capability(name: string): HeldCapability | undefined {
    return this.#byName.get(name);
  }

  /**
   * What a task's minimum is compared with: the better of declared and estimated; undefined when it lacks it.
   * Why not the estimate alone: an agent that failed for a while would get no task any more by which to do better.
   */
  standing(name: string): number | undefined {
    const held = this.#byName.get(name);
    return held === undefined ? undefined : Math.max(held.declared, held.proficiency);
  }

  /** Keeps what a finished attempt says about the agent. An attempt that was cut off from outside says nothing. */
  credit(attempt: AttemptTuple, practised: readonly string[]): void {
    const [, , startedMs, endedMs, status] = attempt;
    this.lastActiveMs = Math.max(this.lastActiveMs, endedMs);
    const value = outcomeOf(status);
    if (value === undefined) return;
    if (value > 0) {
      this.completed += 1;
      this.timed(Math.max(0, endedMs - startedMs));
    } else this.failed += 1;
    this.practise(practised, value, endedMs);
  }

  /** One more duration for the running mean. */
  timed(durationMs: number): void {
    this.latencyMs = blendLatency(this.latencyMs, durationMs);
  }

  /**
   * Moves the estimates of the capabilities that an outcome (0 a failure … 1 a success without fault) was about: up by
   * learning rate · 0.1 · outcome, or after a failure down by learning rate · 0.05. They stay within 0 … 1.
   */
  practise(names: readonly string[], outcome: number, atMs: number): void {
    for (const name of names) {
      const held = this.#byName.get(name);
      if (held === undefined) continue;
      const step = outcome > 0 ? STEP_UP * outcome : -STEP_DOWN;
      held.proficiency = Math.min(1, Math.max(0, held.proficiency + held.learningRate * step));
      held.lastUsedMs = Math.max(held.lastUsedMs, atMs);
      if (outcome > 0) held.experience += 1;
    }
  }

  /** What a checkpoint remembers of a capability. One that the agent no longer has is forgotten. */
  restorePractice(name: string, experience: number, lastUsedMs: number, proficiency?: number): void {
    const held = this.#byName.get(name);
    if (held === undefined) return;
    held.experience = experience;
    held.lastUsedMs = lastUsedMs;
    if (proficiency !== undefined) held.proficiency = proficiency;
  }
}

/** The running mean of durations with one more; 0 is the mean of none. */
export function blendLatency(mean: number, duration: number): number {
  return mean === 0 ? duration : mean + (duration - mean) * LATENCY_WEIGHT;
}

/** What an attempt's end says, 0 … 1; undefined where it was cut off from outside and says nothing. */
export function outcomeOf(status: AttemptStatus): number | undefined {
  if (status === "completed") return 1;
  return status === "failed" || status === "timed_out" ? 0 : undefined;
}

/** For views. */
export function capabilityView(held: HeldCapability): AgentCapability {
  return {
    name: held.name,
    // Estimates move in small steps; more digits would only show how numbers are kept.
    proficiency: Math.round(held.proficiency * 1e6) / 1e6,
    learning_rate: held.learningRate,
    experience_points: held.experience,
    ...(held.lastUsedMs === 0 ? {} : { last_used: new Date(held.lastUsedMs).toISOString() }),
  };
}
