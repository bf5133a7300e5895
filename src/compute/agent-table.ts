// The agents as columns: what the engines read, changed in place when one agent changes.
//
//              row 0   row 1   row 2   …
//   eligible   | bits | bits |  0   |        0 = nobody holds the row; it is given to the next newcomer
//   load       | f32  | f32  |              likewise energy, success, latencyMs, idleSinceMs
//   cpp        | 0.9  | 0    |              one proficiency column per capability that some agent has; 0 = lacks it
//   embedding  | 256 values | …             one row each, once somebody has one; unit length, or 0 for none
// What is known for one kind of task lies in columns of the same rows that whoever learns keeps (task-needs.ts).
//
// A change of one agent writes its row: O(1), or O(its capabilities). When the rows run out, every column is copied
// into one twice as long; row numbers stay, so nothing else changes.
// Why: structure of arrays, because a ranking reads few columns of all agents; a native kernel and a plain loop both
// run over consecutive values.

import { invariant } from "../base/invariant.js";
import { type AgentColumns, EMBEDDING_LENGTH, type OutcomeColumns } from "./rank-query.js";

/** A row of the table; stays the agent's own until it is removed. */
export type AgentRow = number & { readonly __id: "agent-row" };

/** What must hold for an agent to be given work, one bit each. A task asks for all of them unless it says otherwise. */
export const ELIGIBLE = {
  /** A free slot. */
  idle: 1 << 0,
  breakerClosed: 1 << 1,
  threadHealthy: 1 << 2,
  /** Neither paused, nor failed, nor being removed. */
  active: 1 << 3,
} as const;
export const ELIGIBLE_ALL = ELIGIBLE.idle | ELIGIBLE.breakerClosed | ELIGIBLE.threadHealthy | ELIGIBLE.active;
/** Set by the table for every row an agent holds; the caller's bits lie below it. */
export const HELD = 1 << 30;
/** Set by the table for every row whose agent has too little energy for work. */
export const TIRED = 1 << 29;
/** An agent needs more energy than this to be given work. */
export const ENERGY_MIN = 0.1;

/** An agent as the table knows it. What is left out keeps its value; a newcomer gets the default. */
export interface AgentProfile {
  /** All it has; replaces what it had. Proficiency 0 … 1, where 0 means that it lacks the capability. */
  readonly capabilities: readonly { readonly name: string; readonly proficiency: number }[];
  /** Bits of `ELIGIBLE`. Default all. */
  readonly eligible?: number;
  /** 0 idle … 1 full. Default 0. */
  readonly load?: number;
  /** 0 … 1. Default 1. */
  readonly energy?: number;
  /** Prior and record of its outcomes: success is alpha / (alpha + beta). Default 1 and 1. */
  readonly outcomes?: { readonly alpha: number; readonly beta: number };
  /** Default 0: not measured. */
  readonly latencyMs?: number;
  /** Default 0. */
  readonly idleSinceMs?: number;
  /** What a task costs with it, at least 0, in any one unit for all agents. Default 0. */
  readonly cost?: number;
  /** What it is good at as 256 values of any length; all 0 for none, which is the default. */
  readonly embedding?: Float32Array;
}

interface CapabilityColumn {
  readonly name: string;
  proficiency: Float32Array;
  agents: number;
}

const FIRST_CAPACITY_ROWS = 64;
/** An estimate that fell to nothing: 0 would say that the agent lacks the capability. */
const PROFICIENCY_MIN = 2 ** -20;
/** Two weeks; a longer one counts as this. Keeps every column finite in 32 bits. */
const LATENCY_MAX_MS = 14 * 24 * 3_600_000;

/** Agents by key, in columns. One writer; the scorer reads between changes. */
export class AgentTable {
  #columns = makeColumns(FIRST_CAPACITY_ROWS, makeOutcomes(FIRST_CAPACITY_ROWS));
  #rowsUsed = 0;
  readonly #rowOf = new Map<string, AgentRow>();
  readonly #keys: (string | undefined)[] = [];
  readonly #freeRows: AgentRow[] = [];
  readonly #capabilities = new Map<string, CapabilityColumn>();
  readonly #capabilitiesOf: CapabilityColumn[][] = [];
  #embeddings: Float32Array | undefined;
  #costTop = 0;
  #isCostTopKnown = true;

  /** The columns as they lie now; a later `upsert` may replace them. */
  get columns(): AgentColumns {
    return this.#columns;
  }

  /** Every row in use lies below this number. */
  get rowsUsed(): number {
    return this.#rowsUsed;
  }

  get size(): number {
    return this.#rowOf.size;
  }

  row(key: string): AgentRow | undefined {
    return this.#rowOf.get(key);
  }

  key(row: number): string | undefined {
    return this.#keys[row];
  }

  /** The proficiency column of a capability, or undefined when no agent has it. */
  proficiency(capability: string): Float32Array | undefined {
    return this.#capabilities.get(capability)?.proficiency;
  }

  /** Rows of 256 values, or undefined when no agent ever had an embedding. */
  get embeddings(): Float32Array | undefined {
    return this.#embeddings;
  }

  /** The highest cost of an agent; 0 when none costs anything. O(agents) after the dearest one has changed. */
  get costTop(): number {
    if (this.#isCostTopKnown) return this.#costTop;
    this.#costTop = 0;
    for (let row = 0; row < this.#rowsUsed; row++) {
      this.#costTop = Math.max(this.#costTop, this.#columns.cost[row]!);
    }
    this.#isCostTopKnown = true;
    return this.#costTop;
  }

  /** Adds the agent or changes it; answers its row. */
  upsert(key: string, profile: AgentProfile): AgentRow {
    for (const { proficiency } of profile.capabilities) checkShare(proficiency, "a proficiency");
    const known = this.#rowOf.get(key);
    const row = known ?? this.#takeRow(key);
    this.#replaceCapabilities(row, profile.capabilities);
    if (known === undefined || profile.eligible !== undefined)
      this.setEligible(row, profile.eligible ?? ELIGIBLE_ALL);
    if (profile.load !== undefined) this.setLoad(row, profile.load);
    if (profile.energy !== undefined) this.setEnergy(row, profile.energy);
    if (profile.outcomes !== undefined) this.setOutcomes(row, profile.outcomes.alpha, profile.outcomes.beta);
    if (profile.latencyMs !== undefined) this.setLatency(row, profile.latencyMs);
    if (profile.idleSinceMs !== undefined) this.setIdleSince(row, profile.idleSinceMs);
    if (profile.cost !== undefined) this.setCost(row, profile.cost);
    if (profile.embedding !== undefined) this.setEmbedding(row, profile.embedding);
    return row;
  }

  /** Takes the agent out; false when it was not there. Its row goes to a later newcomer. */
  remove(key: string): boolean {
    const row = this.#rowOf.get(key);
    if (row === undefined) return false;
    this.#replaceCapabilities(row, []);
    this.setCost(row, 0);
    this.#columns.eligible[row] = 0;
    this.#rowOf.delete(key);
    this.#keys[row] = undefined;
    this.#freeRows.push(row);
    return true;
  }

  /** Replaces all bits of `ELIGIBLE`. */
  setEligible(row: AgentRow, bits: number): void {
    this.#checkRow(row);
    this.#columns.eligible[row] = (bits & ELIGIBLE_ALL) | HELD | (this.#columns.eligible[row]! & TIRED);
  }

  /** Sets or clears the given bits and leaves the others. */
  switchEligible(row: AgentRow, bits: number, on: boolean): void {
    this.#checkRow(row);
    const before = this.#columns.eligible[row]!;
    this.#columns.eligible[row] = on ? before | (bits & ELIGIBLE_ALL) : before & ~(bits & ELIGIBLE_ALL);
  }

  setLoad(row: AgentRow, load: number): void {
    this.#checkRow(row);
    this.#columns.load[row] = checkShare(load, "a load");
  }

  setEnergy(row: AgentRow, energy: number): void {
    this.#checkRow(row);
    const { eligible, energy: column } = this.#columns;
    column[row] = checkShare(energy, "an energy");
    const isTired = column[row]! <= Math.fround(ENERGY_MIN);
    eligible[row] = isTired ? eligible[row]! | TIRED : eligible[row]! & ~TIRED;
  }

  /** Prior and record of the agent's outcomes. */
  setOutcomes(row: AgentRow, alpha: number, beta: number): void {
    this.#checkRow(row);
    invariant(alpha > 0 && beta > 0 && Number.isFinite(alpha + beta), "alpha and beta are above 0");
    writeOutcomes(this.#columns.outcomes, row, alpha, beta);
  }

  /** 0 = not measured. */
  setLatency(row: AgentRow, latencyMs: number): void {
    this.#checkRow(row);
    invariant(latencyMs >= 0 && Number.isFinite(latencyMs), "a latency is at least 0");
    this.#columns.outcomes.latencyMs[row] = Math.min(latencyMs, LATENCY_MAX_MS);
  }

  setCost(row: AgentRow, cost: number): void {
    this.#checkRow(row);
    invariant(cost >= 0 && Number.isFinite(Math.fround(cost)), "a cost is at least 0");
    const column = this.#columns.cost;
    if (column[row] === this.#costTop && cost < this.#costTop) this.#isCostTopKnown = false;
    column[row] = cost;
    this.#costTop = Math.max(this.#costTop, column[row]!);
  }

  /** Keeps a copy, brought to unit length; all 0 for none. */
  setEmbedding(row: AgentRow, embedding: Float32Array): void {
    this.#checkRow(row);
    this.#embeddings ??= new Float32Array(this.#columns.load.length * EMBEDDING_LENGTH);
    unitVector(embedding, this.#embeddings, row * EMBEDDING_LENGTH);
  }

  /** Changes one proficiency of a capability that the agent has; one it lacks stays lacking. */
  setProficiency(row: AgentRow, capability: string, proficiency: number): void {
    this.#checkRow(row);
    const column = this.#capabilities.get(capability)?.proficiency;
    if (column === undefined || column[row] === 0) return;
    column[row] = Math.max(PROFICIENCY_MIN, checkShare(proficiency, "a proficiency"));
  }

  setIdleSince(row: AgentRow, idleSinceMs: number): void {
    this.#checkRow(row);
    invariant(Number.isFinite(idleSinceMs), "the start of idleness is a number");
    this.#columns.idleSinceMs[row] = idleSinceMs;
  }

  #checkRow(row: AgentRow): void {
    invariant(this.#keys[row] !== undefined, "a row is written only while an agent holds it");
  }

  #takeRow(key: string): AgentRow {
    const row = this.#freeRows.pop() ?? (this.#rowsUsed++ as AgentRow);
    if (row >= this.#columns.load.length) this.#grow();
    const { load, energy, outcomes, idleSinceMs } = this.#columns;
    load[row] = 0;
    energy[row] = 1;
    writeOutcomes(outcomes, row, 1, 1);
    outcomes.latencyMs[row] = 0;
    idleSinceMs[row] = 0;
    this.#embeddings?.fill(0, row * EMBEDDING_LENGTH, (row + 1) * EMBEDDING_LENGTH);
    this.#keys[row] = key;
    this.#capabilitiesOf[row] = [];
    this.#rowOf.set(key, row);
    return row;
  }

  #replaceCapabilities(row: AgentRow, capabilities: AgentProfile["capabilities"]): void {
    for (const column of this.#capabilitiesOf[row] ?? []) {
      column.proficiency[row] = 0;
      column.agents--;
    }
    const before = this.#capabilitiesOf[row];
    this.#capabilitiesOf[row] = [];
    for (const { name, proficiency } of capabilities) this.#addCapability(row, name, proficiency);
    for (const column of before ?? []) if (column.agents === 0) this.#capabilities.delete(column.name);
  }

  #addCapability(row: AgentRow, name: string, proficiency: number): void {
    let column = this.#capabilities.get(name);
    if (column === undefined) {
      column = { name, proficiency: new Float32Array(this.#columns.load.length), agents: 0 };
      this.#capabilities.set(name, column);
    }
    const own = this.#capabilitiesOf[row]!;
    if (!own.includes(column)) {
      own.push(column);
      column.agents++;
    }
    column.proficiency[row] = proficiency;
  }

  #grow(): void {
    const old = this.#columns;
    const rows = 2 * old.load.length;
    const grown = makeColumns(rows, grownOutcomes(old.outcomes, rows));
    grown.eligible.set(old.eligible);
    grown.load.set(old.load);
    grown.energy.set(old.energy);
    grown.idleSinceMs.set(old.idleSinceMs);
    grown.cost.set(old.cost);
    if (this.#embeddings !== undefined) {
      const longer = new Float32Array(rows * EMBEDDING_LENGTH);
      longer.set(this.#embeddings);
      this.#embeddings = longer;
    }
    this.#columns = grown;
    for (const column of this.#capabilities.values()) {
      const longer = new Float32Array(grown.load.length);
      longer.set(column.proficiency);
      column.proficiency = longer;
    }
  }
}

function makeColumns(rows: number, outcomes: OutcomeColumns): AgentColumns {
  return {
    eligible: new Uint32Array(rows),
    load: new Float32Array(rows),
    energy: new Float32Array(rows),
    outcomes,
    success: outcomes.success,
    latencyMs: outcomes.latencyMs,
    idleSinceMs: new Float64Array(rows),
    cost: new Float32Array(rows),
  };
}

export function makeOutcomes(rows: number): OutcomeColumns {
  return {
    alpha: new Float32Array(rows).fill(1),
    beta: new Float32Array(rows).fill(1),
    success: new Float32Array(rows).fill(0.5),
    latencyMs: new Float32Array(rows),
  };
}

/** A copy with so many rows, at least as many as there were. */
function grownOutcomes(old: OutcomeColumns, rows: number): OutcomeColumns {
  const grown = makeOutcomes(rows);
  grown.alpha.set(old.alpha);
  grown.beta.set(old.beta);
  grown.success.set(old.success);
  grown.latencyMs.set(old.latencyMs);
  return grown;
}

export function writeOutcomes(columns: OutcomeColumns, row: number, alpha: number, beta: number): void {
  columns.alpha[row] = alpha;
  columns.beta[row] = beta;
  columns.success[row] = alpha / (alpha + beta);
}

/** Writes `vector` at unit length to `out` from `at` on; all 0 stays so. */
export function unitVector(vector: Float32Array, out: Float32Array, at: number): void {
  invariant(vector.length === EMBEDDING_LENGTH, "an embedding has 256 values");
  let squares = 0;
  for (const value of vector) squares += value * value;
  invariant(Number.isFinite(squares), "the values of an embedding are numbers");
  const length = Math.sqrt(squares);
  for (let index = 0; index < vector.length; index++) {
    out[at + index] = length === 0 ? 0 : vector[index]! / length;
  }
}

function checkShare(value: number, what: string): number {
  invariant(value >= 0 && value <= 1, `${what} lies between 0 and 1`);
  return value;
}
