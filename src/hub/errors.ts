// What the hub answers instead of doing something. Codes are the promise; the gateway maps them to statuses.

import type { ErrorDetails } from "../base/errors.js";
import { CodedError } from "../base/errors.js";

export type HubErrorCode =
  | "VALIDATION_ERROR"
  | "NO_DEFINITION"
  | "AGENT_NOT_FOUND"
  | "TASK_NOT_FOUND"
  | "CONFLICT"
  | "IDEMPOTENCY_KEY_REUSED"
  | "IDEMPOTENCY_KEY_IN_FLIGHT"
  | "QUEUE_FULL"
  | "READ_ONLY"
  | "DRAINING"
  | "PAYLOAD_TOO_LARGE";

/** A field that does not pass, as `data.field_errors` of a `VALIDATION_ERROR` lists them. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
  readonly value?: unknown;
}

/** An expected refusal by the hub. */
export class HubError extends CodedError {
  declare readonly code: HubErrorCode;

  constructor(code: HubErrorCode, message: string, details?: ErrorDetails) {
    super(code, message, details);
  }
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly input?: unknown;
}

/** Longest value that a field error repeats; more would only echo the body back. */
const VALUE_CHARS_MAX = 200;

/** Every bad field of a failed parse, by its dotted path. */
export function fieldErrors(issues: readonly Issue[], given: unknown): readonly FieldError[] {
  return issues.map((issue) => {
    const value = issue.path.reduce<unknown>(
      (inner, key) => (typeof inner === "object" && inner !== null ? (inner as never)[key] : undefined),
      given,
    );
    const field = issue.path.map(String).join(".");
    const text = typeof value === "string" ? value.slice(0, VALUE_CHARS_MAX) : value;
    return { field, message: issue.message, ...(isScalar(text) ? { value: text } : {}) };
  });
}

function isScalar(value: unknown): boolean {
  return value !== undefined && (typeof value !== "object" || value === null);
}

/** A `VALIDATION_ERROR` over one or more fields. */
export function validationError(fields: readonly FieldError[]): HubError {
  const names = fields.map((one) => `${one.field || "body"}: ${one.message}`).join("; ");
  return new HubError("VALIDATION_ERROR", `the request does not validate: ${names}`, {
    data: { field_errors: fields },
  });
}

export function taskNotFound(id: string): HubError {
  return new HubError("TASK_NOT_FOUND", `no task has the id "${id}"; GET /api/tasks lists them`, {
    data: { task_id: id },
  });
}

export function agentNotFound(id: string): HubError {
  return new HubError("AGENT_NOT_FOUND", `no agent has the id or name "${id}"; GET /api/agents lists them`, {
    data: { agent: id },
  });
}
