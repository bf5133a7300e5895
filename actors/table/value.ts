// What one cell is: missing, a number, a boolean, a date or text. Decided by its writing alone, cell by cell; a column
// draws its conclusion from the counts.
// Why "None" and "unknown" are not missing: in real tables they are answers ("damage: None").
// Why digits with leading zeros are text: they are codes (postal codes, article numbers), and 00501 is not 501. The
// same holds for digits beyond 2^53, which a number would silently change.

import { type DateReading, readDate } from "./dates.js";

export type ValueKind = "missing" | "integer" | "number" | "boolean" | "date" | "text" | "list";

/** Spellings of "no value" beside the empty cell. */
const MISSING = new Set(["na", "n/a", "#n/a", "null", "nan", "nil", "-", "--", "?"]);
const LONGEST_MISSING_CHARS = 4;
const PLAIN_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const GROUPED_NUMBER = /^\(?[+-]?[$€£]?\s?[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\s?%?\)?$/;
const COMMA_NUMBER = /^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?\s?[€%]?$/;
const LONGEST_NUMBER_CHARS = 40;

/** The verdict on one cell; reused from cell to cell, so that reading a table allocates nothing for it. */
export interface Reading extends DateReading {
  kind: ValueKind;
  /** The value of a number, the milliseconds of a date (month first), 0 or 1 of a boolean, the length of a list. */
  number: number;
  /** Digits that are no quantity: text, and the whole column is one of codes. */
  code: boolean;
}

export interface ValueRules {
  /** Read 3,14 as a number, as tables separated by semicolons write it. */
  readonly decimalComma: boolean;
  /** Further spellings of "no value", in lower case. */
  readonly missing: ReadonlySet<string>;
}

export function emptyReading(): Reading {
  return {
    kind: "missing",
    number: Number.NaN,
    code: false,
    monthFirstMs: Number.NaN,
    dayFirstMs: Number.NaN,
  };
}

function isMissing(text: string, rules: ValueRules): boolean {
  if (text.length === 0) return true;
  if (text.length <= LONGEST_MISSING_CHARS && MISSING.has(text.toLowerCase())) return true;
  return rules.missing.size > 0 && rules.missing.has(text.toLowerCase());
}

/** Whether a text can be a number at all, by its first character: a digit, sign, point, currency or bracket. */
function mayBeNumber(code: number): boolean {
  return (
    (code >= 48 && code <= 57) || (code >= 40 && code <= 46) || code === 36 || code === 163 || code === 8364
  );
}

/** Reads `text` as a number; NaN when it is none. */
function readNumber(text: string, rules: ValueRules): number {
  if (text.length > LONGEST_NUMBER_CHARS) return Number.NaN;
  if (PLAIN_NUMBER.test(text)) return Number(text);
  if (rules.decimalComma && COMMA_NUMBER.test(text)) {
    return Number(
      text
        .replaceAll(".", "")
        .replace(",", ".")
        .replace(/[€%\s]/g, ""),
    );
  }
  if (!GROUPED_NUMBER.test(text)) return Number.NaN;
  const bracketed = text.startsWith("(");
  if (bracketed !== text.endsWith(")")) return Number.NaN;
  const value = Number(text.replace(/[,$€£%()\s]/g, ""));
  return bracketed ? -value : value;
}

/** Reads a written cell into `reading`. The text is expected without white space around it. */
export function readText(text: string, rules: ValueRules, reading: Reading): void {
  reading.code = false;
  reading.number = Number.NaN;
  if (isMissing(text, rules)) {
    reading.kind = "missing";
    return;
  }
  const first = text.charCodeAt(0);
  reading.kind = "text";
  if (mayBeNumber(first)) {
    const value = readNumber(text, rules);
    if (Number.isFinite(value)) {
      reading.code = isCode(text, first, value);
      reading.kind = reading.code
        ? "text"
        : Number.isInteger(value) && isWholeWriting(text)
          ? "integer"
          : "number";
      reading.number = value;
      return;
    }
  }
  if (text.length <= 5 && readBoolean(text, reading)) return;
  if (readDate(text, reading)) {
    reading.kind = "date";
    reading.number = reading.monthFirstMs;
  }
}

/** Leading zeros (also in 0E8, which is an airport and not 0), or more digits than a number can hold exactly. */
function isCode(text: string, first: number, value: number): boolean {
  if (first === 48) return /^0[\deE]\w*$/.test(text);
  return text.length > 15 && !Number.isSafeInteger(value) && /^\d+$/.test(text);
}

/** "3" is written as a whole number; "3.0" and "3e0" are written as measurements. */
function isWholeWriting(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 46 || code === 101 || code === 69 || code === 37) return false;
  }
  return true;
}

function readBoolean(text: string, reading: Reading): boolean {
  const word = text.toLowerCase();
  const truth = word === "true" || word === "yes";
  if (!truth && word !== "false" && word !== "no") return false;
  reading.kind = "boolean";
  reading.number = truth ? 1 : 0;
  return true;
}
