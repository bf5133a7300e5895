// What a caller gave, looked at before it becomes part of an address or a body: an empty id would name the whole list.

import { refuseUnknown } from "../base/options.js";
import { ClientError, refused } from "./errors.js";

function wrong(field: string, given: unknown, message: string): ClientError {
  const shown = typeof given === "string" ? JSON.stringify(given) : String(given);
  return new ClientError("VALIDATION_ERROR", `${field}: ${shown} ${message}.`, {
    fieldErrors: [{ field, message, ...(given === undefined ? {} : { value: given }) }],
  });
}

/** An id as a part of a path. Throws VALIDATION_ERROR. */
export function idSegment(field: string, id: string): string {
  // Why the dots: they are steps in a path, whatever is done to their letters.
  if (typeof id !== "string" || id === "" || id === "." || id === "..")
    throw wrong(field, id, "is no id; give the text that the hub answered");
  return encodeURIComponent(id);
}

/** The fields of something to be made. Throws VALIDATION_ERROR. */
export function requireFields<T extends object>(what: string, given: T, example: string): T {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return given;
  throw wrong(what, given, `is no object; give its fields, such as ${example}`);
}

/** Throws OPTIONS for an option that `what` does not know. */
export function requireKnown(what: string, options: object, known: readonly string[]): void {
  try {
    refuseUnknown(what, options, known);
  } catch (error) {
    throw refused(error);
  }
}
