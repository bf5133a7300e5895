// Why delimited text could not be read, found by a second look at it: where the quote stands that nobody closes, or
// which cell makes its row longer than rows may be, and how long it is.
// Why a second look: the parser gives up where a row passes the limit, and knows neither where the row began nor where
// it ends. Texts that can be read never come here.

import { badInput } from "../stream/bad-input.js";
import type { Pacer } from "../stream/pacing.js";

/** All cells of a row together. A row longer than this is no row of a table, and would fill the memory. */
export const ROW_BYTES_MAX = 1_048_576;

export interface CsvTrouble {
  readonly kind: "open-quote" | "long-row";
  /** Where the quote opens, or where the longest cell of the row begins. From 1. */
  readonly line: number;
  readonly column: number;
  /** Of that cell, as far as the text goes. */
  readonly cellBytes: number;
  readonly cellLines: number;
  readonly rowBytes: number;
  readonly rowCells: number;
}

interface Cell {
  readonly line: number;
  readonly column: number;
  bytes: number;
  lines: number;
}

/** Of a character in UTF-8; halves of surrogate pairs count two each. */
function utf8Bytes(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800 || (code >= 0xd800 && code <= 0xdfff)) return 2;
  return 3;
}

/** Follows quotes and cells as the parser does when quotes are relaxed, and keeps nothing of the text. */
class CsvScan {
  trouble: CsvTrouble | undefined;
  readonly #delimiter: string;
  readonly #lineEnd: string;
  #line = 1;
  #quote: "none" | "open" | "perhaps-closed" = "none";
  #cell: Cell = { line: 1, column: 1, bytes: 0, lines: 1 };
  #longest = this.#cell;
  #rowBytes = 0;

  constructor(delimiter: string, head: string) {
    this.#delimiter = delimiter;
    this.#lineEnd = /\r\n?|\n/.exec(head)?.[0] === "\r" ? "\r" : "\n";
  }

  take(slice: string): void {
    for (let index = 0; index < slice.length && this.trouble === undefined; index += 1) {
      this.#character(slice[index] as string, slice.charCodeAt(index));
    }
  }

  finish(): void {
    if (this.trouble !== undefined) return;
    const { line, column, bytes, lines } = this.#cell;
    if (this.#quote !== "open") return this.#endRow();
    const row = { rowBytes: this.#rowBytes + bytes, rowCells: column };
    this.trouble = { kind: "open-quote", line, column, cellBytes: bytes, cellLines: lines, ...row };
  }

  #character(character: string, code: number): void {
    const cell = this.#cell;
    if (character === this.#lineEnd) this.#line += 1;
    if (this.#quote === "perhaps-closed") {
      // Doubled, it belongs to the text and the cell goes on; else the cell goes on without quotes until it ends.
      this.#quote = character === '"' ? "open" : "none";
    } else if (character === '"') {
      if (this.#quote === "open") this.#quote = "perhaps-closed";
      else if (cell.bytes === 0) this.#quote = "open";
      else cell.bytes += 1;
      return;
    }
    if (this.#quote === "open") {
      cell.bytes += utf8Bytes(code);
      if (character === this.#lineEnd) cell.lines += 1;
    } else if (character === this.#delimiter) {
      this.#endCell();
      this.#cell = { line: this.#line, column: cell.column + 1, bytes: 0, lines: 1 };
    } else if (character === this.#lineEnd) this.#endRow();
    else if (character !== "\r") cell.bytes += utf8Bytes(code);
  }

  #endCell(): void {
    this.#rowBytes += this.#cell.bytes;
    if (this.#cell.bytes > this.#longest.bytes) this.#longest = this.#cell;
  }

  #endRow(): void {
    this.#endCell();
    if (this.#rowBytes > ROW_BYTES_MAX) {
      const { line, column, bytes, lines } = this.#longest;
      const row = { rowBytes: this.#rowBytes, rowCells: this.#cell.column };
      this.trouble = { kind: "long-row", line, column, cellBytes: bytes, cellLines: lines, ...row };
    }
    this.#cell = { line: this.#line, column: 1, bytes: 0, lines: 1 };
    this.#longest = this.#cell;
    this.#rowBytes = 0;
  }
}

/** The first row that is too long, else the quote that is open at the end; undefined where there is neither. */
export async function findCsvTrouble(
  slices: AsyncIterable<string>,
  delimiter: string,
  head: string,
  pacer: Pacer,
): Promise<CsvTrouble | undefined> {
  const scan = new CsvScan(delimiter, head);
  for await (const slice of slices) {
    scan.take(slice);
    if (scan.trouble !== undefined) break;
    await pacer.step(slice.length);
  }
  scan.finish();
  return scan.trouble;
}

const count = (value: number): string => value.toLocaleString("en");

/** One sentence on what is wrong, one on what to do. */
function describe(trouble: CsvTrouble): string {
  const { kind, line, column, cellBytes, cellLines, rowBytes, rowCells } = trouble;
  const limit = `${count(ROW_BYTES_MAX)} bytes are the most for a row, all its cells together`;
  if (kind === "open-quote") {
    return (
      `a quote opens in line ${line}, column ${column}, and is never closed. Close it, or double it ("") where it ` +
      "belongs to the text."
    );
  }
  if (cellBytes <= ROW_BYTES_MAX) {
    return (
      `the row with line ${line} has ${count(rowBytes)} bytes in ${count(rowCells)} cells; ${limit}. Leave columns ` +
      "out, or check the delimiter."
    );
  }
  const spread =
    cellLines === 1
      ? ""
      : ` It runs over ${count(cellLines)} lines: if it should not, look for a quote too many where it begins.`;
  return (
    `the cell in line ${line}, column ${column}, has ${count(cellBytes)} bytes; ${limit}. Shorten the cell or leave ` +
    `its column out.${spread}`
  );
}

/** The refusal of a table for its trouble. */
export function troubleError(trouble: CsvTrouble, rowsRead: number, reason: string): Error {
  return badInput("BAD_CSV", `The table cannot be read: ${describe(trouble)}`, {
    line: trouble.line,
    column: trouble.column,
    cell_bytes: trouble.cellBytes,
    row_bytes: trouble.rowBytes,
    limit_bytes: ROW_BYTES_MAX,
    rows_read: rowsRead,
    reason,
  });
}
