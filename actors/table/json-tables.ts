// JSON tokens to tables. A document may be a list of objects, a list of lists, an object of lists (columns), NDJSON, or
// any of these inside other objects (GeoJSON features, {"data": […]}): every list of a kind becomes a candidate table,
// and the one with the most cells wins, records before columns before bare lists.
// The way through: `JsonTables.take(token)` keeps a stack of frames; a frame's role says what its children are.
//   search  an object that may hold tables    undecided  a list whose first child will decide
//   rows    a list of rows                    row        an object or list that is one row, or a part of it
//   column  a list that is one column         list       a list inside a row: only its length and a digest are kept
//   ignored what lies too deep to be of use
// Nested objects of a row become columns named with dots: `geometry.type`.

import { badInput } from "../stream/bad-input.js";
import { hashed, hashText } from "../stream/hash.js";
import type { JsonToken } from "./json-text.js";
import { columnNames, looksLikeHeader, Table, type TableForm } from "./table.js";
import type { ValueRules } from "./value.js";

const DEPTH_MAX = 64;
const TABLES_MAX = 8;
/** Parts of a GeoJSON point, by their index. */
const POINT_PARTS = ["longitude", "latitude", "altitude"];

type Role = "search" | "undecided" | "rows" | "row" | "column" | "list" | "ignored";

interface Frame {
  role: Role;
  readonly array: boolean;
  /** Path of the frame from the root of the document, or from the row. */
  readonly path: string;
  key: string;
  index: number;
  table: Table | undefined;
  digest: number;
  /** Holds lists or objects, not only scalars. */
  nested: boolean;
}

type Scalar = { readonly kind: "text" | "number" | "boolean" | "null"; readonly text: string };

export class JsonTables {
  readonly tables: Table[] = [];
  /** Keys of the outermost object, for saying what was found when there is no table. */
  readonly rootKeys: string[] = [];
  rootKind = "nothing";
  readonly #rules: ValueRules;
  readonly #sequence: boolean;
  readonly #stack: Frame[] = [];
  /** The first row of a table of lists, held back until the second shows whether it is a header. */
  readonly #heldRows = new Map<Table, string[][]>();
  #listRow: string[] = [];

  constructor(rules: ValueRules, sequence: boolean) {
    this.#rules = rules;
    this.#sequence = sequence;
  }

  take(token: JsonToken): void {
    switch (token.name) {
      case "startObject":
      case "startArray":
        this.#open(token.name === "startArray");
        break;
      case "endObject":
      case "endArray":
        this.#close();
        break;
      case "keyValue":
        this.#key(token.value);
        break;
      case "stringValue":
        this.#scalar({ kind: "text", text: token.value });
        break;
      case "numberValue":
        this.#scalar({ kind: "number", text: token.value });
        break;
      case "trueValue":
      case "falseValue":
        this.#scalar({ kind: "boolean", text: String(token.value) });
        break;
      case "nullValue":
        this.#scalar({ kind: "null", text: "" });
        break;
      default:
    }
  }

  /** Ends held-back rows. To be called once, after the last token. */
  finish(): void {
    for (const [table, rows] of this.#heldRows) this.#releaseRows(table, rows);
    for (const table of this.tables) if (table.form === "columns") table.rows = Math.max(0, ...table.lengths);
  }

  #key(key: string): void {
    const frame = this.#stack[this.#stack.length - 1] as Frame;
    frame.key = key;
    if (this.#stack.length === 1 && this.rootKeys.length < 20) this.rootKeys.push(key.slice(0, 60));
  }

  #open(array: boolean): void {
    const parent = this.#stack[this.#stack.length - 1];
    if (this.#stack.length === DEPTH_MAX) {
      throw badInput(
        "TOO_DEEP",
        `The JSON text is nested deeper than ${DEPTH_MAX} levels; expected a table.`,
      );
    }
    if (parent === undefined) {
      this.rootKind = array ? "a list" : "an object";
      const rows = this.#sequence
        ? (this.tables[0] ?? this.#newTable("", array ? "lists" : "records"))
        : undefined;
      const role: Role = this.#sequence ? "row" : array ? "undecided" : "search";
      this.#push(role, array, "", rows);
      return;
    }
    parent.index += 1;
    parent.nested = true;
    const path = parent.array ? parent.path : join(parent.path, parent.key);
    if (parent.role === "undecided") this.#decide(parent, array ? "lists" : "records");
    switch (parent.role) {
      case "search":
        this.#push(array ? "undecided" : "search", array, path, undefined);
        break;
      case "rows":
        this.#push("row", array, "", parent.table);
        break;
      case "row":
        this.#push(array || parent.array ? "list" : "row", array, path, parent.table);
        break;
      default:
        this.#push(parent.role === "list" ? "list" : "ignored", array, path, parent.table);
    }
  }

  #push(role: Role, array: boolean, path: string, table: Table | undefined): void {
    this.#stack.push({ role, array, path, key: "", index: 0, table, digest: 0, nested: false });
  }

  /** The first child of a list decides what the list is. */
  #decide(frame: Frame, form: TableForm): void {
    const above = this.#stack[this.#stack.indexOf(frame) - 1];
    const isColumn = form === "columns" && above !== undefined && !above.array;
    const path = isColumn ? above.path : frame.path;
    const known = isColumn
      ? this.tables.find((table) => table.form === "columns" && table.path === path)
      : undefined;
    frame.table = known ?? this.#newTable(path, isColumn ? "columns" : form === "columns" ? "records" : form);
    frame.role = frame.table === undefined ? "ignored" : isColumn ? "column" : "rows";
    if (isColumn) frame.key = above.key;
  }

  #newTable(path: string, form: TableForm): Table | undefined {
    if (this.tables.length === TABLES_MAX) return undefined;
    const table = new Table(path, form, this.#rules);
    this.tables.push(table);
    return table;
  }

  #close(): void {
    const frame = this.#stack.pop() as Frame;
    const parent = this.#stack[this.#stack.length - 1];
    const isWholeRow = parent === undefined ? this.#sequence : parent.role === "rows";
    if (frame.role === "row" && isWholeRow && frame.table !== undefined) {
      if (frame.array) this.#endListRow(frame.table);
      else frame.table.endRow();
      return;
    }
    if (frame.role !== "list" || parent === undefined || frame.table === undefined) return;
    if (parent.role === "list") {
      parent.digest = mix(parent.digest, frame.digest);
    } else if (parent.array) {
      this.#listRow.push(`list of ${frame.index}`);
    } else if (!isPoint(frame)) {
      const column = frame.table.column(frame.path);
      frame.table.value(column, "list", frame.index, String(frame.digest));
    }
  }

  #scalar(scalar: Scalar): void {
    const frame = this.#stack[this.#stack.length - 1];
    if (frame === undefined) {
      this.rootKind = `a single ${scalar.kind}`;
      return;
    }
    if (frame.role === "undecided") this.#decide(frame, "columns");
    frame.index += 1;
    const { table } = frame;
    if (table === undefined) return;
    switch (frame.role) {
      case "row":
        if (frame.array) this.#listRow.push(scalar.text);
        else give(table, table.column(join(frame.path, frame.key)), scalar);
        break;
      case "column":
        give(table, table.column(frame.key), scalar);
        break;
      case "rows":
        give(table, table.column("value"), scalar);
        table.endRow();
        break;
      case "list":
        this.#listItem(frame, table, scalar);
        break;
      default:
    }
  }

  #listItem(frame: Frame, table: Table, scalar: Scalar): void {
    hashText(scalar.text);
    frame.digest = mix(frame.digest, hashed[0] as number);
    const part = POINT_PARTS[frame.index - 1];
    const parent = this.#stack[this.#stack.length - 2];
    if (part === undefined || scalar.kind !== "number" || !isPoint(frame) || parent?.role !== "row") return;
    const name = frame.path.replace(/coordinates$/, part);
    give(table, table.column(name), scalar);
  }

  #endListRow(table: Table): void {
    const cells = this.#listRow;
    this.#listRow = [];
    const held = this.#heldRows.get(table);
    if (held === undefined && table.rows === 0) {
      this.#heldRows.set(table, [cells]);
      return;
    }
    if (held === undefined) {
      this.#giveListRow(table, cells);
      return;
    }
    held.push(cells);
    this.#releaseRows(table, held);
  }

  #releaseRows(table: Table, rows: string[][]): void {
    this.#heldRows.delete(table);
    const [first, second] = rows;
    if (first === undefined) return;
    const header = looksLikeHeader(first, second ?? [], this.#rules);
    for (const name of columnNames(header ? first : first.map(() => ""))) table.column(name);
    if (!header) this.#giveListRow(table, first);
    if (second !== undefined) this.#giveListRow(table, second);
  }

  #giveListRow(table: Table, cells: readonly string[]): void {
    for (let index = 0; index < cells.length; index += 1) {
      if (index >= table.columns.length) table.column(`column_${index + 1}`);
      table.text(index, cells[index] as string);
    }
    table.endRow();
  }
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/** A list that GeoJSON means as one point: two or three numbers under `coordinates`. */
function isPoint(frame: Frame): boolean {
  return (
    /(^|\.)coordinates$/.test(frame.path) && frame.array && !frame.nested && frame.index <= POINT_PARTS.length
  );
}

function mix(digest: number, value: number): number {
  return (Math.imul(digest ^ value, 0x9e3779b1) ^ (digest >>> 15)) >>> 0;
}

function give(table: Table, column: number, scalar: Scalar): void {
  if (scalar.kind === "null") table.missing(column);
  else if (scalar.kind === "text") table.text(column, scalar.text);
  else if (scalar.kind === "boolean")
    table.value(column, "boolean", scalar.text === "true" ? 1 : 0, scalar.text);
  else table.value(column, "number", Number(scalar.text), scalar.text);
}
