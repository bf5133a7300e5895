// Options that are checked: what is unknown or out of range is refused with what was expected. Browser-safe.

import { CodedError } from "./errors.js";
import { isObject, show } from "./show.js";

/** The first key of `options` that means nothing. */
export function unknownOption(options: object, known: readonly string[]): string | undefined {
  for (const key in options) if (!known.includes(key)) return key;
  return undefined;
}

export function wrongOption(what: string, unknown: string, known: readonly string[]): CodedError {
  return new CodedError("OPTIONS", `${what} knows no ${unknown}; it takes ${known.join(", ")}`);
}

/** What is wrong with the options of an ask or a stream, their times aside. */
export function wrongOptions(
  what: string,
  options: { readonly signal?: unknown },
  known: readonly string[],
): CodedError | undefined {
  if (!isObject(options)) {
    const expected = `an object of options, or nothing; it takes ${known.join(", ")}`;
    return new CodedError("OPTIONS", `${what} was given ${show(options)} as options; give ${expected}`);
  }
  const unknown = unknownOption(options, known);
  if (unknown !== undefined) return wrongOption(what, unknown, known);
  const { signal } = options;
  if (signal === undefined || signal instanceof AbortSignal) return undefined;
  return new CodedError("OPTIONS", `signal: ${show(signal)}; give the signal of an AbortController`);
}

/** Why: an option with a typing error would otherwise be one that was never given. */
export function refuseUnknown(what: string, given: object, known: readonly string[]): void {
  if (!isObject(given)) refuse(what, given, `an object; it takes ${known.join(", ")}`);
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw wrongOption(what, unknown.join(", "), known);
}

export function refuse(name: string, given: unknown, expected: string): never {
  throw new CodedError(
    "OPTIONS",
    `${name}: ${typeof given === "string" ? given : show(given)}; give ${expected}`,
  );
}

export function inRange(name: string, given: number, least: number, most: number): number {
  if (typeof given === "number" && given >= least && given <= most) return given;
  return refuse(name, given, `a number from ${least} to ${most}`);
}
