// A table while it is read: columns by name, the row in hand, correlations and repeated rows.
// The way through: a reader opens columns (`column`), gives cells (`text`, `number`, …) and closes each row (`endRow`);
// a reader of whole columns gives each column's cells in order. `profileColumns` and `correlations` end it.
// What is bounded: 256 columns, 131,072 remembered rows for finding repeats, and what `column` and `correlation` say.

import { detached } from "../stream/detached.js";
import { hashed } from "../stream/hash.js";
import type { Pacer } from "../stream/pacing.js";
import { Column, type ProfileOptions } from "./column.js";
import { ColumnSamples, RowCorrelations } from "./correlation.js";
import { tidy } from "./figures.js";
import type { ColumnProfile, Correlation } from "./shapes.js";
import { emptyReading, readText, type ValueRules } from "./value.js";

/** Columns profiled per table; more are counted and named in a note. */
export const COLUMNS_MAX = 256;
const NAME_CHARS = 200;
const REMEMBERED_ROWS = 131_072;
/** Cells longer than this are judged by their beginning. */
const CELL_CHARS = 65_536;

/** How a JSON table was written; CSV tables are records. */
export type TableForm = "records" | "columns" | "lists";

export class Table {
  readonly path: string;
  readonly form: TableForm;
  readonly rules: ValueRules;
  readonly columns: Column[] = [];
  /** Different columns met, also those beyond the bound. */
  columnsTotal = 0;
  rows = 0;
  /** Cells of each column so far, in a table read column by column. */
  readonly lengths: number[] = [];
  readonly #names = new Map<string, number>();
  readonly #reading = emptyReading();
  readonly #rowPairs = new RowCorrelations();
  readonly #samples = new ColumnSamples();
  #rowHashes: Set<number> | undefined = new Set();
  #rowA = 0;
  #rowB = 0;

  constructor(path: string, form: TableForm, rules: ValueRules) {
    this.path = path;
    this.form = form;
    this.rules = rules;
  }

  /** The index of the column `name`, opened when it is new; −1 beyond the bound. */
  column(name: string): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    this.columnsTotal += 1;
    if (this.columns.length === COLUMNS_MAX) return -1;
    const kept = detached(name.slice(0, NAME_CHARS));
    this.#names.set(kept, this.columns.length);
    return this.columns.push(new Column(kept)) - 1;
  }

  /** A written cell of the current row. */
  text(index: number, cell: string): void {
    if (index < 0 || index >= this.columns.length) return;
    const text = (cell.length > CELL_CHARS ? cell.slice(0, CELL_CHARS) : cell).trim();
    readText(text, this.rules, this.#reading);
    this.#take(index, text);
  }

  /** A cell whose kind is known: JSON numbers (with their writing), booleans and lists (by length and digest). */
  value(index: number, kind: "number" | "boolean" | "list", value: number, writing: string): void {
    if (index < 0) return;
    const reading = this.#reading;
    reading.code = false;
    reading.number = value;
    reading.kind = kind === "number" && Number.isInteger(value) && !/[.eE]/.test(writing) ? "integer" : kind;
    this.#take(index, writing);
  }

  /** A cell without a value. Only tables read column by column need to hear of it. */
  missing(index: number): void {
    if (index >= 0 && this.form === "columns") this.lengths[index] = (this.lengths[index] ?? 0) + 1;
  }

  #take(index: number, text: string): void {
    const { kind } = this.#reading;
    if (kind === "missing") {
      this.missing(index);
      return;
    }
    const column = this.columns[index] as Column;
    const isNumber = kind === "integer" || kind === "number";
    if (this.form === "columns") {
      const row = this.lengths[index] ?? 0;
      this.lengths[index] = row + 1;
      column.add(this.#reading, text, row + 1);
      if (isNumber) this.#samples.add(index, row, this.#reading.number);
      return;
    }
    column.add(this.#reading, text, this.rows + 1);
    if (isNumber) this.#rowPairs.add(index, this.#reading.number);
    // Sums of mixed hashes: the order in which a JSON object names its keys does not matter.
    this.#rowA =
      (this.#rowA + Math.imul((hashed[0] as number) ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b)) | 0;
    this.#rowB =
      (this.#rowB + Math.imul((hashed[1] as number) ^ Math.imul(index + 1, 0xc2b2ae35), 0x27d4eb2f)) | 0;
  }

  endRow(): void {
    this.rows += 1;
    this.#rowPairs.endRow();
    if (this.#rowHashes !== undefined) {
      this.#rowHashes.add((this.#rowA & 0x1f_ffff) * 0x1_0000_0000 + (this.#rowB >>> 0));
      if (this.rows > REMEMBERED_ROWS) this.#rowHashes = undefined;
    }
    this.#rowA = 0;
    this.#rowB = 0;
  }

  /** Rows that repeat an earlier one; null when there were too many rows to remember, or columns came one by one. */
  duplicateRows(): number | null {
    return this.#rowHashes === undefined || this.form === "columns" ? null : this.rows - this.#rowHashes.size;
  }

  async profileColumns(options: ProfileOptions, pacer: Pacer): Promise<ColumnProfile[]> {
    const profiles: ColumnProfile[] = [];
    for (const column of this.columns) {
      profiles.push(column.profile(this.rows, options));
      await pacer.step(1, profiles.length / this.columns.length);
    }
    return profiles;
  }

  /** The strongest correlations between columns whose type is numeric. */
  async correlations(profiles: readonly ColumnProfile[], pacer: Pacer): Promise<Correlation[]> {
    const pairs = this.form === "columns" ? await this.#samples.strongest(pacer) : this.#rowPairs.strongest();
    const isNumeric = (index: number): boolean => /^(integer|number)$/.test(profiles[index]?.type ?? "");
    return pairs
      .filter(({ a, b }) => isNumeric(a) && isNumeric(b))
      .map(({ a, b, r, n }) => ({ a: this.#name(a), b: this.#name(b), r: tidy(r), n }));
  }

  #name(index: number): string {
    return this.columns[index]?.name ?? "";
  }

  /** What a reader should know about how the figures came about. */
  notes(): string[] {
    const notes: string[] = [];
    const left = this.columnsTotal - this.columns.length;
    if (left > 0) notes.push(`${left} columns beyond the first ${COLUMNS_MAX} were not profiled`);
    if (this.#rowPairs.left.size > 0)
      notes.push(`${this.#rowPairs.left.size} numeric columns took no part in correlations`);
    if (this.#samples.sampled) notes.push("correlations come from a uniform sample of rows");
    return notes;
  }
}

/** Names for the cells of a header: empty ones by position, repeated ones numbered. */
export function columnNames(header: readonly string[]): string[] {
  const used = new Set<string>();
  return header.map((cell, index) => {
    const base = cell.trim() || `column_${index + 1}`;
    let name = base;
    for (let copy = 2; used.has(name); copy += 1) name = `${base}_${copy}`;
    used.add(name);
    return name;
  });
}

/** Whether the first row names the columns: texts only, or texts above cells that are numbers or dates. */
export function looksLikeHeader(
  first: readonly string[],
  second: readonly string[],
  rules: ValueRules,
): boolean {
  const kind = (cell: string | undefined): string => {
    const reading = emptyReading();
    readText((cell ?? "").trim(), rules, reading);
    return reading.kind;
  };
  const kinds = first.map(kind);
  if (!kinds.includes("text")) return false;
  if (kinds.every((cell) => cell === "text" || cell === "missing")) return true;
  return kinds.some((cell, index) => cell === "text" && /^(integer|number|date)$/.test(kind(second[index])));
}
