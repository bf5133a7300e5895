// Facts about a system, as they happen, for whoever watches.

import type { SystemEvent } from "../actor/control-message.js";

type Watcher = (event: SystemEvent) => void;

/** Facts about the system, as they happen: faults, restarts, drops, long turns, lost threads. */
export class SystemEvents {
  readonly #watchers = new Set<Watcher>();
  readonly #call: (watcher: Watcher, event: SystemEvent) => void;

  /** @internal It is `system.events`. */
  constructor(call: (watcher: Watcher, event: SystemEvent) => void) {
    this.#call = call;
  }

  /** Calls `watcher` for each event until the returned function is called. What it throws is logged. */
  subscribe(watcher: (event: SystemEvent) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** @internal */
  emit(event: SystemEvent): void {
    for (const watcher of this.#watchers) this.#call(watcher, event);
  }
}
