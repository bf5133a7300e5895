// Delimited text to rows: finds the delimiter, recognises a header, lives with ragged rows, names the line of an error.
// The way through: `sniffDelimiter` on the first lines; `readCsv` feeds slices to csv-parse, takes the rows out after
// each slice and hands them to the table.
// What it cannot read is looked at once more by csv-trouble, which names the cell or the quote at fault.
// Why the rows are pulled and not listened to: one slice is then one bounded piece of work, between two pauses.

import { type Options, type Parser, parse } from "csv-parse";
import { badInput } from "../stream/bad-input.js";
import type { Pacer } from "../stream/pacing.js";
import type { DecodedText } from "../stream/text-source.js";
import { findCsvTrouble, ROW_BYTES_MAX, troubleError } from "./csv-trouble.js";
import { columnNames, looksLikeHeader, Table } from "./table.js";
import type { ValueRules } from "./value.js";

const DELIMITERS = [",", "\t", ";", "|"] as const;
/** What of the beginning decides the delimiter. */
const SNIFF_CHARS = 16_384;
const SNIFF_LINES = 100;
const RAGGED_SHOWN = 5;

export interface Ragged {
  short: number;
  long: number;
  first_rows: number[];
}

export interface CsvTable {
  readonly table: Table;
  readonly header: boolean;
  readonly ragged: Ragged;
}

/** How often `delimiter` stands outside quotes in each of the first lines. */
function countsPerLine(head: string, delimiter: string): number[] {
  const counts: number[] = [];
  let count = 0;
  let quoted = false;
  let filled = false;
  for (const character of head) {
    if (character === '"') quoted = !quoted;
    else if (character === delimiter && !quoted) count += 1;
    if (character === "\n" && !quoted) {
      if (filled) counts.push(count);
      if (counts.length === SNIFF_LINES) return counts;
      count = 0;
      filled = false;
    } else if (character > " " || character === delimiter) filled = true;
  }
  if (filled && counts.length === 0) counts.push(count);
  return counts;
}

/** The delimiter that divides most lines into the same number of cells; a comma when none divides anything. */
export function sniffDelimiter(head: string): string {
  let best: string = DELIMITERS[0];
  let bestScore = 0;
  for (const delimiter of DELIMITERS) {
    const counts = countsPerLine(head.slice(0, SNIFF_CHARS), delimiter);
    const times = new Map<number, number>();
    for (const count of counts) times.set(count, (times.get(count) ?? 0) + 1);
    times.delete(0);
    const [cells, lines] = [...times].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [0, 0];
    const score = (lines / Math.max(1, counts.length)) * (1 + Math.min(cells, 20) / 100);
    if (lines > 0 && score > bestScore) [best, bestScore] = [delimiter, score];
  }
  return best;
}

interface CsvError extends Error {
  readonly code?: string;
  readonly lines?: number;
  readonly column?: number | string;
}

const ADVICE: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quote is opened and never closed",
  CSV_MAX_RECORD_SIZE: `a row is longer than ${ROW_BYTES_MAX} bytes`,
  CSV_INVALID_CLOSING_QUOTE:
    "a closing quote is followed by something other than the delimiter or the end of the line",
};

function toBadInput(error: CsvError, rows: number): Error {
  const what = ADVICE[error.code ?? ""] ?? error.message;
  return badInput(
    "BAD_CSV",
    `The table cannot be read near line ${error.lines ?? "?"}: ${what}. Check the quotes and the delimiter there.`,
    {
      line: error.lines,
      column: error.column,
      rows_read: rows,
      reason: error.code,
    },
  );
}

/** Takes rows: the first two decide about the header, all others go straight to the table. */
class CsvSink {
  readonly table: Table;
  readonly ragged: Ragged = { short: 0, long: 0, first_rows: [] };
  header: boolean | undefined;
  #first: string[] | undefined;
  #width = 0;

  constructor(rules: ValueRules, header: boolean | undefined) {
    this.table = new Table("", "records", rules);
    this.header = header;
  }

  row(cells: string[]): void {
    if (this.#width > 0) {
      this.#data(cells);
      return;
    }
    if (this.#first === undefined && this.header === undefined) {
      this.#first = cells;
      return;
    }
    this.#begin(this.#first ?? cells, cells);
  }

  /** Settles what the first row is; to be called at the end too, for tables of one row. */
  finish(): void {
    if (this.#width === 0 && this.#first !== undefined) this.#begin(this.#first, undefined);
  }

  #begin(first: string[], second: string[] | undefined): void {
    this.header ??= looksLikeHeader(first, second ?? [], this.table.rules);
    this.#width = first.length;
    const names = columnNames(this.header ? first : first.map(() => ""));
    for (const name of names) this.table.column(name);
    if (!this.header) this.#data(first);
    if (second !== undefined && second !== first) this.#data(second);
  }

  #data(cells: readonly string[]): void {
    const { table } = this;
    if (cells.length !== this.#width) this.#noteRagged(cells.length);
    for (let index = 0; index < cells.length; index += 1) table.text(index, cells[index] as string);
    table.endRow();
  }

  #noteRagged(cells: number): void {
    const { ragged } = this;
    if (cells < this.#width) ragged.short += 1;
    else ragged.long += 1;
    if (ragged.first_rows.length < RAGGED_SHOWN) ragged.first_rows.push(this.table.rows + 1);
  }
}

function openParser(delimiter: string): Parser {
  const options: Options = {
    delimiter,
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: ROW_BYTES_MAX,
  };
  return parse(options);
}

/** What the parser may be wrong about: it says where it gave up, not where the trouble begins. */
const LOOK_AGAIN = new Set(["CSV_MAX_RECORD_SIZE", "CSV_QUOTE_NOT_CLOSED"]);

async function explain(
  failure: CsvError,
  source: CsvSource,
  delimiter: string,
  rows: number,
  pacer: Pacer,
): Promise<Error> {
  const { code } = failure;
  if (code === undefined || !LOOK_AGAIN.has(code)) return toBadInput(failure, rows);
  const { head, slices } = await source.again();
  const trouble = await findCsvTrouble(slices, delimiter, head, pacer);
  return trouble === undefined ? toBadInput(failure, rows) : troubleError(trouble, rows, code);
}

export interface CsvSource {
  readonly text: DecodedText;
  /** The same text from its beginning; asked for only when it cannot be read. */
  readonly again: () => Promise<DecodedText>;
}

/** Reads delimited text into a table. `header` undefined: decided by the first two rows. */
export async function readCsv(
  source: CsvSource,
  delimiter: string,
  header: boolean | undefined,
  rules: ValueRules,
  pacer: Pacer,
): Promise<CsvTable> {
  const parser = openParser(delimiter);
  const sink = new CsvSink(rules, header);
  let failure: Error | undefined;
  parser.on("error", (error) => {
    failure = error;
  });
  const takeRows = (): void => {
    for (let row = parser.read(); row !== null; row = parser.read()) sink.row(row as string[]);
  };
  try {
    for await (const slice of source.text.slices) {
      const written = new Promise<void>((resolve) => parser.write(slice, () => resolve()));
      takeRows();
      await written;
      takeRows();
      if (failure !== undefined) break;
      await pacer.step(slice.length);
    }
    if (failure === undefined) {
      const ended = new Promise<void>((resolve) =>
        parser.once("end", resolve).once("error", () => resolve()),
      );
      parser.end();
      parser.on("readable", takeRows);
      takeRows();
      await ended;
    }
  } finally {
    parser.destroy();
  }
  if (failure !== undefined) throw await explain(failure, source, delimiter, sink.table.rows, pacer);
  sink.finish();
  return { table: sink.table, header: sink.header ?? false, ragged: sink.ragged };
}
