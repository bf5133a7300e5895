// What went wrong, as a client program sees it: the hub's own code and words, or one of ours.

import { CodedError } from "../base/errors.js";
import { limitOf, wrongTimeout } from "../base/time-limit.js";
import type { ErrorBody, FieldError, RequestError } from "../wire/http-shapes.js";

/**
 * Codes of the hub (`TASK_NOT_FOUND`, `VALIDATION_ERROR`, …) and those of the client: `CONNECTION_LOST` (the hub could
 * not be reached, or went away in the middle), `TIMEOUT`, `CANCELLED` (your AbortSignal, or the client was closed),
 * `BAD_ANSWER`, `BAD_URL`, `OPTIONS` (an option that cannot be meant), `ENCODE` (what would not arrive as it is).
 */
export class ClientError extends CodedError {
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  readonly fieldErrors: readonly FieldError[];
  /** Names the request in the hub's log. */
  readonly requestId: string | undefined;

  constructor(
    code: string,
    message: string,
    details: {
      status?: number;
      fieldErrors?: readonly FieldError[];
      requestId?: string;
      data?: Readonly<Record<string, unknown>>;
      cause?: unknown;
    } = {},
  ) {
    super(code, message, {
      cause: details.cause,
      ...(details.data === undefined ? {} : { data: details.data }),
    });
    this.status = details.status;
    this.fieldErrors = details.fieldErrors ?? [];
    this.requestId = details.requestId;
  }
}

/** An error that the hub answered. */
export function answeredError(body: ErrorBody, status?: number, requestId?: string): ClientError {
  return new ClientError(body.code, body.message, {
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(body.field_errors === undefined ? {} : { fieldErrors: body.field_errors }),
    ...(body.details === undefined ? {} : { data: body.details }),
  });
}

/** What was refused before anything was sent. */
export function refused(thrown: unknown): ClientError {
  if (thrown instanceof ClientError) return thrown;
  const { code = "ENCODE", message, data, fieldErrors } = thrown as Partial<RequestError> & Error;
  return new ClientError(code, message, {
    cause: thrown,
    ...(data === undefined ? {} : { data }),
    ...(fieldErrors === undefined ? {} : { fieldErrors }),
  });
}

/** Milliseconds until somebody gives up, 0 for never. Throws OPTIONS. */
export function timeLimit(given: unknown, defaultMs: number, option?: string): number {
  const limitMs = limitOf(given, defaultMs);
  if (limitMs === undefined) throw refused(wrongTimeout(given, option));
  return limitMs;
}

/** What an aborted signal becomes. */
export function cancelled(signal: AbortSignal): ClientError {
  return new ClientError("CANCELLED", "The call was cancelled by its signal.", { cause: signal.reason });
}

/** What a call of a client becomes that is closed before the call or during it. */
export function clientClosed(): ClientError {
  return new ClientError("CANCELLED", "The client is closed; connect anew to go on.");
}

/** The hub cannot be reached, or went away before it answered. */
export function connectionLost(message: string, cause?: unknown): ClientError {
  return new ClientError("CONNECTION_LOST", message, { cause });
}

/** Why a socket was closed, where the other end said so. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
  /** The hub's last word about the connection itself. */
  readonly complaint?: ErrorBody | undefined;
}

/** The socket went away while something was in flight: `what` says what that means. */
export function socketLost({ code, reason, complaint }: Closing, what: string): ClientError {
  const words = [reason, complaint && `${complaint.code}: ${complaint.message}`].filter(Boolean);
  const why = words.length === 0 ? "" : ` The hub closed it with ${code}: ${words.join("; ")}`;
  return new ClientError("CONNECTION_LOST", what + why, {
    data: { close_code: code, close_reason: reason },
    ...(complaint === undefined ? {} : { cause: answeredError(complaint) }),
  });
}
