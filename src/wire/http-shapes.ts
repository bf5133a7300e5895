// What every HTTP answer looks like: the envelope, the error body and the status of each error code.
// Browser-safe: the gateway writes these, the client reads them.
// Why one table of codes: a code is a promise to programs; its status must not depend on the route that raised it.

import type { z } from "zod";
import { CodedError } from "../base/errors.js";
import { unknownField } from "./unknown-field.js";

/** One bad field of a request. */
export interface FieldError {
  /** Where it stands, for example `required_capabilities.0.name`; empty for the body itself. */
  readonly field: string;
  readonly message: string;
  /** What was given, shortened; absent when nothing was. */
  readonly value?: unknown;
}

export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly field_errors?: readonly FieldError[];
}

/** The envelope of every answer under `/api/`. Exactly one of `data` and `error` is not null. */
export interface Envelope<T = unknown> {
  readonly success: boolean;
  readonly data: T | null;
  readonly error: ErrorBody | null;
  readonly timestamp: string;
  readonly request_id: string;
}

/** HTTP status by error code. A code that is not listed is answered with 500. */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  BAD_REQUEST: 400,
  VALIDATION_ERROR: 400,
  NO_DEFINITION: 400,
  BLOB_BAD_ID: 400,
  BAD_MESSAGE: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  AGENT_NOT_FOUND: 404,
  TASK_NOT_FOUND: 404,
  BLOB_NOT_FOUND: 404,
  THREAD_NOT_FOUND: 404,
  NO_ACTOR: 404,
  NO_METHOD: 404,
  WRONG_CALL: 400,
  METHOD_NOT_ALLOWED: 405,
  CANCELLED: 408,
  CONFLICT: 409,
  IDEMPOTENCY_KEY_IN_FLIGHT: 409,
  STALE_INCARNATION: 409,
  ACTOR_STOPPED: 410,
  EVENTS_GONE: 410,
  PAYLOAD_TOO_LARGE: 413,
  BLOB_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RANGE_NOT_SATISFIABLE: 416,
  IDEMPOTENCY_KEY_REUSED: 422,
  UPGRADE_REQUIRED: 426,
  RATE_LIMIT_EXCEEDED: 429,
  INTERNAL: 500,
  QUEUE_FULL: 503,
  MAILBOX_FULL: 503,
  SYSTEM_FULL: 503,
  THREAD_LOST: 503,
  SYSTEM_STOPPED: 503,
  BLOBS_BUSY: 503,
  STORE_FULL: 503,
  STORE_READ_ONLY: 503,
  JOURNAL_FULL: 503,
  JOURNAL_CLOSED: 503,
  STORE_FAILED: 503,
  READ_ONLY: 503,
  DRAINING: 503,
  TOO_MANY_SOCKETS: 503,
  TIMEOUT: 504,
};

/** The status that answers an error with `code`, or undefined when the code is not one of the public ones. */
export function statusOfCode(code: string): number | undefined {
  return Object.hasOwn(STATUS_BY_CODE, code) ? STATUS_BY_CODE[code] : undefined;
}

/** A refusal that a caller can do something about; the gateway answers it with the status of its code. */
export class RequestError extends CodedError {
  readonly fieldErrors: readonly FieldError[];

  constructor(
    code: string,
    message: string,
    details: { data?: Readonly<Record<string, unknown>>; fieldErrors?: readonly FieldError[] } = {},
  ) {
    super(code, message, details.data === undefined ? {} : { data: details.data });
    this.fieldErrors = details.fieldErrors ?? [];
  }
}

/** How much of a wrong value, or of the name of a wrong field, is repeated to the caller. */
const VALUE_CHARS_MAX = 100;
/** Why bounded: a body may hold a hundred thousand bad fields, and its refusal would be a hundred times as large. */
const FIELD_ERRORS_MAX = 100;
const TOLD_FIELDS_MAX = 5;

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let here = input;
  for (const key of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[key];
  }
  return here;
}

function shortText(text: string): string {
  return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}…` : text;
}

function shorten(value: unknown): unknown {
  if (typeof value === "string") return shortText(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : value;
}

/** The complaints of zod about `input` as field errors, in the order of the fields, up to a hundred. */
export function fieldErrors(error: z.ZodError, input: unknown, schema: z.ZodType): FieldError[] {
  const errors: FieldError[] = [];
  for (const issue of error.issues) {
    const isUnknown = issue.code === "unrecognized_keys";
    const paths = isUnknown ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of paths) {
      if (errors.length === FIELD_ERRORS_MAX) return errors;
      const value = shorten(valueAt(input, path));
      const field = shortText(path.map(String).join("."));
      const message = isUnknown ? unknownField(schema, path, input) : issue.message;
      errors.push({ field, message, ...(value === undefined ? {} : { value }) });
    }
  }
  return errors;
}

/** Field errors in one line for people: the first few. */
export function tellFields(errors: readonly FieldError[]): string {
  const told = errors
    .slice(0, TOLD_FIELDS_MAX)
    .map(({ field, message }) => (field === "" ? message : `${field}: ${message}`));
  const more = errors.length - told.length;
  return told.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

/** Reads `input` as `schema` says, or throws VALIDATION_ERROR with the bad fields. */
export function readShape<S extends z.ZodType>(schema: S, input: unknown, what: string): z.output<S> {
  const outcome = schema.safeParse(input);
  if (outcome.success) return outcome.data;
  const errors = fieldErrors(outcome.error, input, schema);
  throw new RequestError("VALIDATION_ERROR", `${what} is not valid: ${tellFields(errors)}`, {
    fieldErrors: errors,
  });
}
