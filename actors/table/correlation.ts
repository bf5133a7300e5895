// Pearson correlations between numeric columns, in one pass.
// The way through: rows are fed whole (`RowCorrelations`), or columns one after the other (`ColumnSamples`, for JSON
// that lists its columns as arrays), where the same rows are picked from every column by a hash of their number.
// What is bounded: pairs among the first 32 numeric columns (24 KiB of sums); 8,192 sampled rows per column.

import { hashIndex } from "../stream/hash.js";
import type { Pacer } from "../stream/pacing.js";
import { addPair, PAIR_WORDS, pearson } from "./moments.js";

/** Numeric columns that take part; 496 pairs cost about 2 µs per row. */
export const CORRELATED_COLUMNS = 32;
const SAMPLED_ROWS = 8192;
const SHOWN_PAIRS = 10;
/** Fewer common rows than this say nothing. */
const LEAST_ROWS = 8;

export interface ColumnPair {
  readonly a: number;
  readonly b: number;
  readonly r: number;
  readonly n: number;
}

function pairAt(a: number, b: number): number {
  return ((b * (b - 1)) / 2 + a) * PAIR_WORDS;
}

function strongest(columns: readonly number[], sums: Float64Array): ColumnPair[] {
  const pairs: ColumnPair[] = [];
  for (let b = 1; b < columns.length; b += 1) {
    for (let a = 0; a < b; a += 1) {
      const at = pairAt(a, b);
      const r = pearson(sums, at);
      const n = sums[at] as number;
      if (r !== undefined && n >= LEAST_ROWS)
        pairs.push({ a: columns[a] as number, b: columns[b] as number, r, n });
    }
  }
  return pairs.sort((x, y) => Math.abs(y.r) - Math.abs(x.r)).slice(0, SHOWN_PAIRS);
}

function newSums(): Float64Array {
  return new Float64Array(((CORRELATED_COLUMNS * (CORRELATED_COLUMNS - 1)) / 2) * PAIR_WORDS);
}

export class RowCorrelations {
  readonly #columns: number[] = [];
  readonly #slots = new Map<number, number>();
  readonly #sums = newSums();
  readonly #row = new Float64Array(CORRELATED_COLUMNS).fill(Number.NaN);

  /** Numeric columns that came too late to take part. */
  readonly left = new Set<number>();

  add(column: number, value: number): void {
    let slot = this.#slots.get(column);
    if (slot === undefined) {
      if (this.#columns.length === CORRELATED_COLUMNS) {
        this.left.add(column);
        return;
      }
      slot = this.#columns.push(column) - 1;
      this.#slots.set(column, slot);
    }
    this.#row[slot] = value;
  }

  endRow(): void {
    const row = this.#row;
    const width = this.#columns.length;
    for (let b = 1; b < width; b += 1) {
      const y = row[b] as number;
      if (Number.isNaN(y)) continue;
      for (let a = 0; a < b; a += 1) {
        const x = row[a] as number;
        if (!Number.isNaN(x)) addPair(this.#sums, pairAt(a, b), x, y);
      }
    }
    row.fill(Number.NaN, 0, width);
  }

  strongest(): ColumnPair[] {
    return strongest(this.#columns, this.#sums);
  }
}

/** A sample of one column: the rows whose hash lies below a threshold that halves whenever the sample is full. */
class ColumnSample {
  threshold = 0x1_0000_0000;
  readonly values = new Map<number, number>();

  add(row: number, value: number): void {
    if (hashIndex(row) >= this.threshold) return;
    this.values.set(row, value);
    while (this.values.size > SAMPLED_ROWS) {
      this.threshold /= 2;
      for (const kept of this.values.keys()) if (hashIndex(kept) >= this.threshold) this.values.delete(kept);
    }
  }
}

export class ColumnSamples {
  readonly #samples = new Map<number, ColumnSample>();

  add(column: number, row: number, value: number): void {
    let sample = this.#samples.get(column);
    if (sample === undefined) {
      if (this.#samples.size === CORRELATED_COLUMNS) return;
      sample = new ColumnSample();
      this.#samples.set(column, sample);
    }
    sample.add(row, value);
  }

  /** True when some column is known only by a sample of its rows. */
  get sampled(): boolean {
    return (
      this.#samples.size > 1 && [...this.#samples.values()].some((sample) => sample.threshold < 0x1_0000_0000)
    );
  }

  async strongest(pacer: Pacer): Promise<ColumnPair[]> {
    const columns = [...this.#samples.keys()];
    const samples = [...this.#samples.values()];
    const sums = newSums();
    for (let b = 1; b < samples.length; b += 1) {
      for (let a = 0; a < b; a += 1) {
        const x = (samples[a] as ColumnSample).values;
        const y = (samples[b] as ColumnSample).values;
        for (const [row, value] of y) {
          const other = x.get(row);
          if (other !== undefined) addPair(sums, pairAt(a, b), other, value);
        }
        await pacer.step(y.size);
      }
    }
    return strongest(columns, sums);
  }
}
