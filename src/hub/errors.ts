// What the hub answers instead of doing something. Codes are the promise; the gateway maps them to statuses.

import type { ErrorDetails } from "../base/errors.js";
import { CodedError } from "../base/errors.js";
import { type FieldError, tellFields } from "../wire/http-shapes.js";
import { unknownAgent } from "../wire/unknown-field.js";

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

/** An expected refusal by the hub. */
export class HubError extends CodedError {
  declare readonly code: HubErrorCode;

  constructor(code: HubErrorCode, message: string, details?: ErrorDetails) {
    super(code, message, details);
  }
}

/** A `VALIDATION_ERROR` over one or more fields. */
export function validationError(fields: readonly FieldError[]): HubError {
  return new HubError("VALIDATION_ERROR", `the request does not validate: ${tellFields(fields)}`, {
    data: { field_errors: fields },
  });
}

export function taskNotFound(id: string): HubError {
  return new HubError("TASK_NOT_FOUND", `no task has the id "${id}"; GET /api/tasks lists them`, {
    data: { task_id: id },
  });
}

/** `known` are the names that would have done. */
export function agentNotFound(id: string, known: readonly string[]): HubError {
  return new HubError("AGENT_NOT_FOUND", unknownAgent(id, known), { data: { agent: id } });
}
