// Options that are checked: what is unknown or out of range is refused with what was expected. Browser-safe.

import { CodedError } from "./errors.js";

/** The first key of `options` that means nothing. */
export function unknownOption(options: object, known: readonly string[]): string | undefined {
  for (const key in options) if (!known.includes(key)) return key;
  return undefined;
}

export function wrongOption(what: string, unknown: string, known: readonly string[]): CodedError {
  return new CodedError("OPTIONS", `${what} knows no ${unknown}; it takes ${known.join(", ")}`);
}

/** Why: an option with a typing error would otherwise be one that was never given. */
export function refuseUnknown(what: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw wrongOption(what, unknown.join(", "), known);
}

export function refuse(name: string, given: unknown, expected: string): never {
  throw new CodedError("OPTIONS", `${name}: ${String(given)}; give ${expected}`);
}

export function inRange(name: string, given: number, least: number, most: number): number {
  if (typeof given === "number" && given >= least && given <= most) return given;
  return refuse(name, given, `a number from ${least} to ${most}`);
}
