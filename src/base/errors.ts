// Errors as values with a stable code. The code is the promise; the class is a convenience.
// Every message says what was given, what was expected and what to do.

export interface ErrorDetails {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error with a stable `code` that survives threads, processes and the wire. */
export class CodedError extends Error {
  readonly code: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.data = details.data ?? {};
  }
}

/** An error that came from another thread or process and whose class is not registered here. */
export class RemoteError extends CodedError {}

/** What an error becomes on the wire. */
export interface ErrorRecord {
  readonly code: string;
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: ErrorRecord;
}

type Reviver = (record: ErrorRecord, cause: unknown) => Error;
const revivers = new Map<string, Reviver>();

/** Lets errors with `code` revive as their own class on this thread. Call it beside the class. */
export function registerError(code: string, revive: Reviver): void {
  revivers.set(code, revive);
}

const CAUSE_DEPTH_MAX = 8;

/** Turns anything thrown into a record that can cross a thread. */
export function errorToRecord(thrown: unknown): ErrorRecord {
  try {
    return recordOf(thrown, 0);
  } catch {
    return { code: THROWN, name: "Error", message: UNSEEN };
  }
}

/** What was thrown, as an error: anything can be thrown, also what throws itself when it is looked at. */
export function asError(thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return coded(thrown);
    return new CodedError(THROWN, `thrown: ${String(thrown)}`, { cause: thrown });
  } catch {
    return new CodedError(THROWN, UNSEEN);
  }
}

/** Gives an error without a code the one that it has where it arrives from elsewhere: it is the same error there. */
export function coded(error: Error): Error {
  try {
    if ((error as { code?: unknown }).code === undefined)
      Object.defineProperty(error, "code", { value: UNCODED, configurable: true, writable: true });
  } catch {
    // Frozen, or not to be looked at: it stays as it is.
  }
  return error;
}

/** The code of an error that was given none, and of what was thrown and is no error. */
const UNCODED = "ERROR";
const THROWN = "THROWN";

const UNSEEN = "thrown: a value that throws when it is looked at";

function recordOf(thrown: unknown, depth: number): ErrorRecord {
  if (!(thrown instanceof Error)) return { code: THROWN, name: "Error", message: String(thrown) };
  return new ThrownRecord(thrown, depth);
}

/**
 * Writes the stack out when somebody asks for it, also on the way to another thread or as JSON.
 * Why: that takes longer than all else about a fault, and a getter in an object of its own nearly as long.
 */
class ThrownRecord implements ErrorRecord {
  readonly #thrown: Error;
  readonly code: string;
  readonly name: string;
  readonly message: string;
  declare readonly data?: Readonly<Record<string, unknown>>;
  declare readonly cause?: ErrorRecord;

  constructor(thrown: Error, depth: number) {
    const { code, data } = thrown as { code?: unknown; data?: unknown };
    this.#thrown = thrown;
    this.code = typeof code === "string" ? code : UNCODED;
    this.name = thrown.name;
    this.message = thrown.message;
    if (typeof data === "object" && data !== null) this.data = data as Record<string, unknown>;
    if (thrown.cause !== undefined && depth < CAUSE_DEPTH_MAX) this.cause = recordOf(thrown.cause, depth + 1);
  }

  get stack(): string | undefined {
    return stackOf(this.#thrown);
  }

  toJSON(): ErrorRecord {
    return { ...this, stack: this.stack };
  }
}

function stackOf(thrown: Error): string | undefined {
  try {
    return thrown.stack;
  } catch {
    return undefined;
  }
}

/** The way back. Classes registered by code revive; others arrive as `RemoteError`. */
export function errorFromRecord(record: ErrorRecord): Error {
  const cause = record.cause === undefined ? undefined : errorFromRecord(record.cause);
  const revive = revivers.get(record.code);
  const error =
    revive?.(record, cause) ??
    new RemoteError(record.code, record.message, { cause, ...(record.data ? { data: record.data } : {}) });
  if (record.stack !== undefined) error.stack = record.stack;
  if (error instanceof RemoteError) error.name = record.name;
  return error;
}
