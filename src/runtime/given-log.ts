// The log that a system was given, as the system uses it: one that fails takes nothing down with it.
// Why nothing is said of a failure: the log is where it would be said.

import { isThenable } from "../actor/cell.js";
import type { Log } from "../base/ports.js";

export function unfailing(given: Log): Log {
  return {
    log(level, message, fields) {
      try {
        const written: unknown = given.log(level, message, fields);
        if (isThenable(written)) written.then(undefined, () => undefined);
      } catch {
        // See above.
      }
    },
  };
}
