// Which kind of table a text holds: by its media type where that says so, and by its first characters.
// Why the text may overrule the media type: JSON sent as text/csv is a mistake that costs a person an hour to see.

import { badInput } from "../stream/bad-input.js";

export type TableFormat = "csv" | "json" | "ndjson";

const BY_MEDIA_TYPE: Readonly<Record<string, TableFormat>> = {
  "text/csv": "csv",
  "text/tab-separated-values": "csv",
  "application/json": "json",
  "application/geo+json": "json",
  "application/x-ndjson": "ndjson",
  "application/jsonl": "ndjson",
};

/** Media types that `profileTable` reads. */
export const TABLE_MEDIA_TYPES = Object.keys(BY_MEDIA_TYPE);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Two values on lines of their own are a sequence; one value over several lines is a document. */
function isSequence(head: string): boolean {
  const [first, second] = head.trimStart().split(/\r?\n/, 2);
  if (first === undefined || second === undefined) return false;
  return /^\s*[[{]/.test(second) && isJson(first);
}

/** Finds the format of a text that begins with `head`. */
export function sniffFormat(head: string, mediaType: string | undefined): TableFormat {
  const stated = BY_MEDIA_TYPE[(mediaType ?? "").split(";")[0]?.trim().toLowerCase() ?? ""];
  const first = head.trimStart()[0];
  if (first === undefined) {
    throw badInput("EMPTY_INPUT", "The input holds only white space; expected a table in CSV or JSON.");
  }
  const looksLikeJson = first === "[" || first === "{";
  if (stated === "ndjson" || (looksLikeJson && isSequence(head))) return "ndjson";
  if (looksLikeJson && (stated === "json" || /^\s*(\[\s*[[{"\d\-tfn\]]|\{\s*["}])/.test(head))) return "json";
  if (stated === "json") {
    const start = JSON.stringify(head.trimStart().slice(0, 20));
    throw badInput("BAD_JSON", `The input is said to be JSON but begins with ${start}; expected [ or {.`, {
      line: 1,
    });
  }
  return "csv";
}
