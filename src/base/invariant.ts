// A broken invariant is a bug in Hive, never a user's mistake: it throws and nothing catches it on purpose.

/** Thrown when Hive itself is wrong. Please report it. */
export class BugError extends Error {
  readonly code = "BUG";
  override readonly name = "BugError";
}

/** Throws a `BugError` unless `holds`. `what` says what should have been true. */
export function invariant(holds: unknown, what: string): asserts holds {
  if (!holds) throw new BugError(`invariant broken: ${what}`);
}

/** The default branch of a switch over a closed union. */
export function unreachable(value: never): never {
  throw new BugError(`unreachable case: ${JSON.stringify(value)}`);
}
