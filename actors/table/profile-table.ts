// A table as a stream of bytes in, its profile out. This file is the way through:
// `text-source` (decode) > `format` (CSV, JSON, NDJSON) > `csv-rows` or `json-text` + `json-tables` (cells)
// > `table` (rows) > `column` and `correlation` (statistics) > `finding` (one sentence).
// Memory does not depend on the length of the input: every part states its bound in its head comment.

import { badInput } from "../stream/bad-input.js";
import type { Pacer } from "../stream/pacing.js";
import { type DecodedText, decodeText } from "../stream/text-source.js";
import { readCsv, sniffDelimiter } from "./csv-rows.js";
import { findFact } from "./finding.js";
import { sniffFormat } from "./format.js";
import { JsonTables } from "./json-tables.js";
import { readTokens } from "./json-text.js";
import type { TableProfile } from "./shapes.js";
import type { Table, TableForm } from "./table.js";
import type { ValueRules } from "./value.js";

export interface TableOptions {
  readonly mediaType?: string | undefined;
  /** One character; found from the first lines when absent. */
  readonly delimiter?: string | undefined;
  /** Whether the first row names the columns; found from the first two rows when absent. */
  readonly header?: boolean | undefined;
  readonly maxCategories?: number | undefined;
  readonly histogram?: boolean | undefined;
  /** Further spellings of "no value". */
  readonly missingValues?: readonly string[] | undefined;
}

const MAX_CATEGORIES = 5;

interface ReadTable {
  readonly table: Table;
  readonly others: readonly Table[];
  readonly format: TableProfile["format"];
  readonly ragged?: NonNullable<TableProfile["ragged"]>;
}

async function readCsvTable(
  text: DecodedText,
  open: () => AsyncIterable<Uint8Array>,
  options: TableOptions,
  rules: Omit<ValueRules, "decimalComma">,
  pacer: Pacer,
): Promise<ReadTable> {
  const isTabbed = /tab-separated/.test(options.mediaType ?? "");
  const delimiter = options.delimiter ?? (isTabbed ? "\t" : sniffDelimiter(text.head));
  const csv = await readCsv(
    { text, again: () => decodeText(open(), pacer) },
    delimiter,
    options.header,
    { ...rules, decimalComma: delimiter === ";" },
    pacer,
  );
  return {
    table: csv.table,
    others: [],
    format: { kind: "csv", encoding: text.encoding, delimiter, header: csv.header },
    ...(csv.ragged.short + csv.ragged.long > 0 ? { ragged: csv.ragged } : {}),
  };
}

const FORM_WEIGHT: Readonly<Record<TableForm, number>> = { records: 3, columns: 2, lists: 1 };

/** Records before columns before bare lists; among equals the one with the most cells. */
function better(a: Table, b: Table): number {
  return FORM_WEIGHT[b.form] - FORM_WEIGHT[a.form] || b.rows * b.columnsTotal - a.rows * a.columnsTotal;
}

async function readJsonTable(
  text: DecodedText,
  kind: "json" | "ndjson",
  open: () => AsyncIterable<Uint8Array>,
  rules: Omit<ValueRules, "decimalComma">,
  pacer: Pacer,
): Promise<ReadTable> {
  const sequence = kind === "ndjson";
  const reader = new JsonTables({ ...rules, decimalComma: false }, sequence);
  const again = async (): Promise<AsyncIterable<string>> => (await decodeText(open(), pacer)).slices;
  await readTokens({ slices: text.slices, again, sequence }, (token) => reader.take(token), pacer);
  reader.finish();
  const candidates = reader.tables.filter((table) => table.rows > 0 && table.columnsTotal > 0).sort(better);
  const [table, ...others] = candidates;
  if (table === undefined) {
    const keys = reader.rootKeys.length === 0 ? "" : ` with the keys ${reader.rootKeys.join(", ")}`;
    throw badInput(
      "NOT_A_TABLE",
      `The JSON text is ${reader.rootKind}${keys} and holds no rows; expected a list of objects, a list of lists, ` +
        "an object of lists, or one of these inside an object.",
      { found: reader.rootKind, keys: reader.rootKeys },
    );
  }
  const format = { kind, encoding: text.encoding, ...(table.path === "" ? {} : { table: table.path }) };
  return { table, others, format };
}

/** Profiles one table. `open` starts the input from its beginning; it is called again only to explain an error. */
export async function profileTable(
  open: () => AsyncIterable<Uint8Array>,
  options: TableOptions,
  pacer: Pacer,
): Promise<TableProfile> {
  pacer.enter("reading", 0, 0.95);
  const text = await decodeText(open(), pacer);
  await pacer.step(0);
  const rules = {
    missing: new Set((options.missingValues ?? []).map((value) => value.trim().toLowerCase())),
  };
  const kind = options.delimiter === undefined ? sniffFormat(text.head, options.mediaType) : "csv";
  const read =
    kind === "csv"
      ? await readCsvTable(text, open, options, rules, pacer)
      : await readJsonTable(text, kind, open, rules, pacer);
  if (read.table.columnsTotal === 0) {
    throw badInput("NOT_A_TABLE", "The input holds no row; expected a header and rows.");
  }
  return summarise(read, options, pacer);
}

async function summarise(read: ReadTable, options: TableOptions, pacer: Pacer): Promise<TableProfile> {
  const { table } = read;
  pacer.enter("summarising", 0.95, 1);
  const columnOptions = {
    maxCategories: options.maxCategories ?? MAX_CATEGORIES,
    histogram: options.histogram ?? false,
  };
  const all = await table.profileColumns(columnOptions, pacer);
  const correlations = await table.correlations(all, pacer);
  const isFull = (index: number): boolean => table.form !== "columns" || table.lengths[index] === table.rows;
  const columns = all.filter((_, index) => isFull(index));
  const left = all.flatMap(({ name }, index) =>
    isFull(index) ? [] : [`${name} (${table.lengths[index] ?? 0})`],
  );
  const notes = table.notes();
  if (left.length > 0) {
    notes.push(`lists of another length than ${table.rows} were left out: ${left.slice(0, 10).join(", ")}`);
  }
  const names = new Set(columns.map(({ name }) => name));
  const profile = {
    rows: table.rows,
    columns_total: table.columnsTotal - left.length,
    columns,
    duplicate_rows: table.duplicateRows(),
    correlations: correlations.filter(({ a, b }) => names.has(a) && names.has(b)),
  };
  return {
    finding: findFact(profile),
    format: read.format,
    bytes: pacer.bytesRead,
    ...profile,
    ...(read.ragged === undefined ? {} : { ragged: read.ragged }),
    other_tables: read.others.map(({ path, rows, columnsTotal }) => ({
      table: path,
      rows,
      columns: columnsTotal,
    })),
    notes,
  };
}
