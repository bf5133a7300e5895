// What can go wrong with the store, as stable codes. Everything else that leaves this room is one of these.

import { CodedError } from "../base/errors.js";

export type StoreErrorCode =
  /** No room on the disk. Nothing acknowledged is lost; the journal opens again by itself when there is room. */
  | "STORE_FULL"
  /** The journal takes only what finishes running work, because the disk ran full. */
  | "STORE_READ_ONLY"
  /** A write failed for another reason than room. The process should end; a new one recovers from what is on disk. */
  | "STORE_FAILED"
  /** The data directory cannot be one: a file, not writable, not to be made, somebody else's. */
  | "STORE_DIRECTORY"
  /** Another process holds the data directory. */
  | "STORE_LOCKED"
  /** The file of the store cannot be read. */
  | "STORE_DAMAGED"
  /** More waits to be written than the journal may hold in memory. Try again shortly. */
  | "JOURNAL_FULL"
  /** The entries of one append are larger than a page can be. */
  | "JOURNAL_TOO_LARGE"
  | "JOURNAL_CLOSED"
  /** A page in the middle of the journal is damaged or missing. Never skipped. */
  | "JOURNAL_CORRUPT"
  /** A small file beside the store is not what is kept there. */
  | "STORE_FILE"
  | "BLOB_NOT_FOUND"
  | "BLOB_TOO_LARGE"
  | "BLOB_BAD_ID"
  | "BLOBS_BUSY";

export class StoreError extends CodedError {
  declare readonly code: StoreErrorCode;

  constructor(
    code: StoreErrorCode,
    message: string,
    details: { data?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(code, message, details);
  }
}

// LMDB answers with the numbers of the system; file functions with its names.
const NO_ROOM = new Set<unknown>(["ENOSPC", "EDQUOT", 28, 122, 69]);

/** True for errors that mean "no room left", from LMDB or from the file system. */
export function isNoRoom(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    NO_ROOM.has((error as { code?: unknown }).code) || /no space left|quota exceeded/i.test(error.message)
  );
}

/** The failure of a write to `what` as a coded error with its cause. */
export function writeFailure(what: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  if (isNoRoom(cause)) return noRoom(what, cause);
  return new StoreError("STORE_FAILED", `writing ${what} failed: ${reasonOf(cause)}`, { cause });
}

/** The failure of a write to `what` for want of room. */
export function noRoom(what: string, cause: unknown): StoreError {
  const message = `no room left for ${what}: free some space on its disk (${reasonOf(cause)})`;
  return new StoreError("STORE_FULL", message, { cause });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The file of the store cannot be read, and what to do about it. */
export function damaged(path: string, reason: string, cause?: unknown): StoreError {
  const message =
    `the store ${path} cannot be read: ${reason}. ` +
    "Keep a copy of the data directory, then restore a backup or start with an empty one";
  return new StoreError("STORE_DAMAGED", message, { data: { path }, cause });
}
