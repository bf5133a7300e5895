// What options take, read from their text. What cannot be read is a usage error that names the option, what was given
// and what is expected; it is checked here, so that a slip needs no hub to be told.

import { readFileSync } from "node:fs";
import { TASK_LIMITS } from "../wire/task-shapes.js";
import { parseSeconds } from "./durations.js";
import { CommandError, EXIT } from "./exit-codes.js";

export const SORT_ORDERS = ["desc", "asc"];

/** One of a few words. */
export function readChoice(
  flag: string,
  given: string | undefined,
  choices: readonly string[],
): string | undefined {
  if (given === undefined || choices.includes(given)) return given;
  throw misread(flag, given, `one of ${choices.join(", ")}`);
}

/** A number. */
export function readNumber(flag: string, given: string): number {
  const value = Number(given);
  if (given.trim() !== "" && Number.isFinite(value)) return value;
  throw misread(flag, given, "a number");
}

/** A whole number from `least` to `most`. */
export function readWhole(flag: string, given: string, least: number, most?: number): number;
export function readWhole(
  flag: string,
  given: string | undefined,
  least: number,
  most?: number,
): number | undefined;
export function readWhole(
  flag: string,
  given: string | undefined,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (given === undefined) return undefined;
  const value = /^-?\d+$/.test(given.trim()) ? Number(given) : Number.NaN;
  if (value >= least && value <= most) return value;
  const upTo = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw misread(flag, given, `a whole number ${upTo}`);
}

/** `--limit` and `--offset` of a list. */
export function readPage(options: { readonly limit?: string; readonly offset?: string }): {
  limit: number | undefined;
  offset: number | undefined;
} {
  return {
    limit: readWhole("--limit", options.limit, 1, TASK_LIMITS.pageSize),
    offset: readWhole("--offset", options.offset, 0),
  };
}

/** A length of time, in seconds. */
export function readSeconds(flag: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const seconds = parseSeconds(given);
  if (seconds !== undefined) return seconds;
  throw misread(flag, given, "a time such as 90s, 5m or 12h");
}

/** `name:number:number`, the numbers under `fields`; what is left out is not there. */
export function readParts(
  flag: string,
  given: string,
  fields: readonly string[],
): Record<string, string | number> {
  const [name = "", ...numbers] = given.split(":");
  if (numbers.length > fields.length) throw misread(flag, given, `name:${fields.join(":")}`);
  const read = numbers.map((text, index) => [fields[index] as string, readNumber(flag, text)] as const);
  return { name, ...Object.fromEntries(read) };
}

/** A JSON object, or the one in the file behind an `@`. */
export function readJsonObject(flag: string, given: string | undefined): Record<string, unknown> | undefined {
  if (given === undefined) return undefined;
  const isFile = given.startsWith("@");
  const text = isFile ? readText(flag, given.slice(1)) : given;
  const source = isFile ? `the file ${given.slice(1)} of ${flag}` : flag;
  const expected = "expected a JSON object, or @file with one in it";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw usage(`${source} is not JSON (${(cause as Error).message}); ${expected}`, cause);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  const kind = Array.isArray(value) ? "an array" : JSON.stringify(value).slice(0, 80);
  throw usage(`${source} is ${kind}; ${expected}`);
}

function readText(flag: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const advice = "name a file that can be read, or give the JSON itself without the @";
    throw usage(
      `${flag} names the file ${JSON.stringify(file)}, which cannot be read (${why}); ${advice}`,
      cause,
    );
  }
}

function misread(flag: string, given: string, expected: string): CommandError {
  return usage(`${flag} is ${JSON.stringify(given)}; expected ${expected}`);
}

function usage(message: string, cause?: unknown): CommandError {
  return new CommandError("USAGE", message, EXIT.usage, cause === undefined ? {} : { cause });
}
