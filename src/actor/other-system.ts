// Refs belong to the system that gave them out: two systems in one process number their actors alike, so a ref that
// strays into the other system would mean somebody else there.

import { CodedError } from "../base/errors.js";
import type { Kernel } from "./kernel.js";
import type { ActorRef } from "./ref.js";

/** The ref, if it belongs to the same system as `kernel`. Throws `OTHER_SYSTEM`. */
export function ownRef(kernel: Kernel, ref: ActorRef): ActorRef {
  // What is no ref at all says so itself, where it is used.
  if (ref?.kernel === kernel || ref?.home === undefined || ref.home === kernel.home) return ref;
  throw new CodedError(
    "OTHER_SYSTEM",
    `${ref} belongs to another actor system: call \`tell\` and \`ask\` of the ref itself, and stop or watch it by ` +
      "the system that spawned it",
  );
}
