// A JSON body, made once and before the first attempt: what cannot be written will not be on the next attempt either.

import { JSON_FORM, requireForm } from "../wire/outward.js";
import { refused } from "./errors.js";

/** Throws ENCODE for what JSON cannot hold or would change in silence, with the path to it. */
export function jsonText(value: unknown): string {
  try {
    requireForm(value, JSON_FORM, "");
    return JSON.stringify(value);
  } catch (error) {
    throw refused(error);
  }
}
