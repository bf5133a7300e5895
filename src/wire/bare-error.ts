// Errors that cannot travel as they are, because of their data or their length: what is left of them travels all the
// same. Why: a failure that cannot be told of would be one more, and of somebody who did nothing wrong. Browser-safe.

import type { ErrorRecord } from "../base/errors.js";

/** Of a message or a stack that is too long, so much is kept. */
const TEXT_CHARS_MAX = 16 * 1024;

/** The error without its data, and `why` in its place. */
export function bareError(error: ErrorRecord, why: string): ErrorRecord {
  const { code, name, message, stack, cause } = error;
  return {
    code: text(code),
    name: text(name),
    message: text(message),
    ...(stack === undefined ? {} : { stack: text(stack) }),
    data: { left_out: text(why) },
    ...(cause === undefined ? {} : { cause: bareError(cause, why) }),
  };
}

/** A message of the runtime in which errors are as `bareError` makes them, wherever they stand. */
export function withBareErrors<Message>(message: Message, why: string): Message {
  if (typeof message !== "object" || message === null || Array.isArray(message)) return message;
  if (isErrorRecord(message)) return bareError(message, why) as Message;
  const fields = Object.entries(message).map(([key, value]) => [key, withBareErrors<unknown>(value, why)]);
  return Object.fromEntries(fields) as Message;
}

function isErrorRecord(value: object): value is ErrorRecord {
  return "code" in value && "name" in value && "message" in value;
}

function text(given: unknown): string {
  const whole = typeof given === "string" ? given : `(${typeof given})`;
  return whole.length > TEXT_CHARS_MAX ? `${whole.slice(0, TEXT_CHARS_MAX)}…` : whole;
}
