// The ways an ask or a spawn can end badly. Each has a code that holds across threads and processes.

import { CodedError, type ErrorRecord, registerError } from "../base/errors.js";

function define(code: string, defaultMessage: string) {
  return class extends CodedError {
    constructor(message: string = defaultMessage, details?: ConstructorParameters<typeof CodedError>[2]) {
      super(code, message, details);
    }
  };
}

/** No answer within the deadline; the actor may still be at it. */
export class AskTimeout extends define(
  "TIMEOUT",
  "no answer in time: raise `timeoutMs`, or look why it is slow",
) {
  override readonly name = "TimeoutError";
}
/** The actor stopped before it answered. */
export class ActorStopped extends define("ACTOR_STOPPED", "the actor stopped before it answered") {
  override readonly name = "ActorStopped";
}
/** There is no such actor (any more). */
export class NoActor extends define("NO_ACTOR", "the actor is gone: look up or spawn a new one") {
  override readonly name = "NoActor";
}
/** The actor has no handler of that name. */
export class NoMethod extends define("NO_METHOD", "the actor has no such method") {
  override readonly name = "NoMethod";
}

const SPACE = 32;

/** Types say so already; a name that came from elsewhere may be anything, also one of the runtime's own. */
export function assertMethod(method: unknown): asserts method is string {
  if (!isMethod(method)) throw wrongMethod(method);
}

export function isMethod(method: unknown): method is string {
  return typeof method === "string" && method.charCodeAt(0) !== SPACE;
}

export function wrongMethod(method: unknown): NoMethod {
  const given = typeof method === "string" ? `"${method}"` : String(method);
  return new NoMethod(`method ${given}: give the name of a method`);
}

/** A stream method was asked or told, or a method that answers once was read as a stream. */
export class WrongCall extends define("WRONG_CALL", "the method is not called this way") {
  override readonly name = "WrongCall";
}
/** The receiver's mailbox is full; back off and try again. */
export class MailboxFull extends define(
  "MAILBOX_FULL",
  "the mailbox is full: slow down, retry later, or raise it",
) {
  override readonly name = "MailboxFull";
}
/** The way to the receiver's thread is full, or too many asks are open. */
export class SystemFull extends define(
  "SYSTEM_FULL",
  "the way to the thread is full: its thread lags; retry later",
) {
  override readonly name = "SystemFull";
}
/** The thread the actor lived on was lost. */
export class ThreadLost extends define("THREAD_LOST", "the actor's thread was lost before it answered") {
  override readonly name = "ThreadLost";
}
/** A context was used after its incarnation ended. */
export class StaleIncarnation extends define(
  "STALE_INCARNATION",
  "this context belongs to an incarnation that has ended: use the one the handler was called with",
) {
  override readonly name = "StaleIncarnation";
}
/** A message could not be set aside: too many are, or the handler has awaited already. */
export class StashError extends define("STASH", "the message could not be set aside") {
  override readonly name = "StashError";
}
/** An ask came back to an actor that waits, in the same chain of asks, for its answer. */
export class AskCycle extends define("ASK_CYCLE", "this chain of asks comes back to one who waits in it") {
  override readonly name = "AskCycle";
}
/** An actor that this one was linked to is gone. */
export class LinkedExit extends define("LINKED_EXIT", "an actor it was linked to is gone") {
  override readonly name = "LinkedExit";
}
/** The asker gave up. */
export class Cancelled extends define("CANCELLED", "the asker cancelled") {
  override readonly name = "Cancelled";
}
/** A sibling, or an actor in the registry, has that name already; `data.holder` is its id in the latter case. */
export class NameTaken extends define(
  "NAME_TAKEN",
  "another actor has that name: choose another or stop it first",
) {
  override readonly name = "NameTaken";
}
/** A supervisor gave up on its children. */
export class IntensityExceeded extends define("INTENSITY_EXCEEDED", "its children failed too often") {
  override readonly name = "IntensityExceeded";
}
/** What an actor fails with when `system.restart` was called for it. */
export class RestartRequested extends define("RESTART_REQUESTED", "a restart was asked for") {
  override readonly name = "RestartRequested";
}
/** The system is shutting down. */
export class SystemStopped extends define("SYSTEM_STOPPED", "the system has shut down") {
  override readonly name = "SystemStopped";
}

// Why at the end: what crosses a thread comes back as the class that people compare with, which is the derived one.
for (const type of [
  AskTimeout,
  AskCycle,
  ActorStopped,
  NoActor,
  NoMethod,
  WrongCall,
  MailboxFull,
  SystemFull,
  ThreadLost,
  StaleIncarnation,
  LinkedExit,
  Cancelled,
  NameTaken,
  IntensityExceeded,
  RestartRequested,
  SystemStopped,
]) {
  registerError(new type().code, (record: ErrorRecord, cause) => {
    return new type(record.message, { cause, ...(record.data ? { data: record.data } : {}) });
  });
}
