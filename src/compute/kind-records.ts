// What is known of agents for single kinds of task: one set of columns per kind that anybody has a record of.
// A row without a record for the kind holds what is known of the agent over all kinds, its prior; so a ranking reads
// one column, whoever has a record.
// Why: the prior is copied when it changes, O(kinds), and never looked up in a ranking, which reads all rows.

import { invariant } from "../base/invariant.js";
import type { OutcomeColumns } from "./rank-query.js";

/** The most kinds with columns: each costs 17 bytes per agent. */
export const KINDS_MAX = 4096;

const RECORDED_OUTCOMES = 1;
const RECORDED_LATENCY = 2;

interface KindColumns extends OutcomeColumns {
  /** Which values of a row are its own and not the prior's. */
  readonly recorded: Uint8Array;
}

/** The columns of every kind. The table sees to it that rows are held and values in range. */
export class KindRecords {
  readonly #kinds = new Map<string, KindColumns>();

  /** The columns of a kind, or undefined when nobody has a record of it. */
  columns(kind: string): OutcomeColumns | undefined {
    return this.#kinds.get(kind);
  }

  get count(): number {
    return this.#kinds.size;
  }

  forget(kind: string): boolean {
    return this.#kinds.delete(kind);
  }

  setOutcomes(kind: string, prior: OutcomeColumns, row: number, alpha: number, beta: number): void {
    const columns = this.#kinds.get(kind) ?? this.#add(kind, prior);
    writeOutcomes(columns, row, alpha, beta);
    columns.recorded[row] = columns.recorded[row]! | RECORDED_OUTCOMES;
  }

  setLatency(kind: string, prior: OutcomeColumns, row: number, latencyMs: number): void {
    const columns = this.#kinds.get(kind) ?? this.#add(kind, prior);
    columns.latencyMs[row] = latencyMs;
    columns.recorded[row] = columns.recorded[row]! | RECORDED_LATENCY;
  }

  /** The prior of a row has changed. */
  follow(prior: OutcomeColumns, row: number): void {
    for (const columns of this.#kinds.values()) {
      const recorded = columns.recorded[row]!;
      if ((recorded & RECORDED_OUTCOMES) === 0)
        writeOutcomes(columns, row, prior.alpha[row]!, prior.beta[row]!);
      if ((recorded & RECORDED_LATENCY) === 0) columns.latencyMs[row] = prior.latencyMs[row]!;
    }
  }

  /** A row has got a new owner: nothing of the old one stays. */
  clear(prior: OutcomeColumns, row: number): void {
    for (const columns of this.#kinds.values()) columns.recorded[row] = 0;
    this.follow(prior, row);
  }

  grow(rows: number): void {
    for (const [kind, old] of this.#kinds) {
      const recorded = new Uint8Array(rows);
      recorded.set(old.recorded);
      this.#kinds.set(kind, { ...grownOutcomes(old, rows), recorded });
    }
  }

  #add(kind: string, prior: OutcomeColumns): KindColumns {
    invariant(
      this.#kinds.size < KINDS_MAX,
      "a table has at most 4096 kinds of task; forget those that are over",
    );
    const rows = prior.success.length;
    const made = { ...grownOutcomes(prior, rows), recorded: new Uint8Array(rows) };
    this.#kinds.set(kind, made);
    return made;
  }
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
export function grownOutcomes(old: OutcomeColumns, rows: number): OutcomeColumns {
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
