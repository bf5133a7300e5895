// Options that are checked: what is unknown is refused with what was expected. Browser-safe.

import { CodedError } from "./errors.js";

/** The first key of `options` that means nothing. */
export function unknownOption(options: object, known: readonly string[]): string | undefined {
  for (const key in options) if (!known.includes(key)) return key;
  return undefined;
}

export function wrongOption(what: string, unknown: string, known: readonly string[]): CodedError {
  return new CodedError("OPTIONS", `${what} knows no ${unknown}; it takes ${known.join(", ")}`);
}
