// What commands write: tables and sentences for people, one JSON document for machines, never both. With `--json`
// stdout carries nothing but that document, errors included.

import { redactText } from "../base/redact.js";
import { CommandError, EXIT } from "./exit-codes.js";

export interface OutputOptions {
  readonly json?: boolean;
}

/** Writes the result of a command: `value` for machines, `render(value)` for people. */
export function emit<T>(options: OutputOptions, value: T, render: (value: T) => string): void {
  const text = options.json ? JSON.stringify(value) : render(value);
  if (text !== "") process.stdout.write(`${text}\n`);
}

/**
 * A reader that has seen enough and closes the pipe, as `| head` does, ends neither a command nor a hub. Output that
 * cannot be written for another reason makes the command fail.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      if (code === "EPIPE" || stream === process.stderr) return;
      remark(`hive: the output cannot be written (${message})`);
      process.once("exit", () => {
        process.exitCode ||= EXIT.failed;
      });
    });
  }
}

/** A remark for the person that is no result: stderr, so that a pipe carries only results. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Writes why a command failed and returns its exit code. */
export function emitError(options: OutputOptions, error: unknown): number {
  const {
    code = "ERROR",
    message = String(error),
    data,
    fieldErrors,
  } = error as {
    code?: string;
    message?: string;
    data?: unknown;
    fieldErrors?: unknown;
  };
  // What the hub finds wrong with the arguments is as wrong as what is found here.
  const failed = code === "VALIDATION_ERROR" ? EXIT.usage : EXIT.failed;
  const exitCode = error instanceof CommandError ? error.exitCode : failed;
  const text = redactText(message);
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ error: { code, message: text, data, field_errors: fieldErrors } })}\n`,
    );
  else remark(`hive: ${text}`);
  return exitCode;
}

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly align?: "right";
  /** Cells longer than this are cut. */
  readonly widthMax?: number;
}

const GAP = "  ";

/** A plain text table. On a terminal the last column takes what is left of the line. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) =>
    columns.map((column) => cut(oneLine(column.cell(row)), column.widthMax ?? Number.POSITIVE_INFINITY)),
  );
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  // A terminal that does not know its width says 0.
  const lineWidth = (process.stdout.isTTY && process.stdout.columns) || Number.POSITIVE_INFINITY;
  const line = (texts: readonly string[]): string => {
    const padded = texts.map((text, index) => {
      const width = widths[index] ?? 0;
      return columns[index]?.align === "right" ? text.padStart(width) : text.padEnd(width);
    });
    return cut(padded.join(GAP).trimEnd(), lineWidth);
  };
  const rule = widths.map((width) => "─".repeat(width));
  const titles = columns.map((column) => column.title);
  return [line(titles), cut(rule.join(GAP), lineWidth), ...cells.map(line)].join("\n");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
