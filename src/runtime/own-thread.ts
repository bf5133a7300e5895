// Whether this thread is one of Hive's own. Actors and jobs are imported there, and a program whose main file defines
// them would run once more with each import, and open systems in systems without end.

import { CodedError } from "../base/errors.js";

/** Why on the global object: the program may have loaded another copy of Hive than the one that started the thread. */
const MARK = Symbol.for("hive.ownThread");

/** Says that this thread belongs to a system. */
export function markOwnThread(): void {
  (globalThis as { [MARK]?: true })[MARK] = true;
}

/** Throws `NESTED_SYSTEM` in a thread that belongs to a system. */
export function refuseInOwnThread(): void {
  if ((globalThis as { [MARK]?: true })[MARK] !== true) return;
  throw new CodedError(
    "NESTED_SYSTEM",
    "createSystem ran in a worker thread of a system, which had imported this file for a definition in it: put " +
      "actors and jobs into modules of their own, or open the system only `if (isMainThread)` (node:worker_threads)",
  );
}
