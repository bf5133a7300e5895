// Facts about a system, as they happen, for whoever watches.

import type { SystemEvent } from "../actor/control-message.js";

/** Facts about the system, as they happen: faults, restarts, drops, long turns, lost threads. */
export class SystemEvents {
  readonly #watchers = new Set<(event: SystemEvent) => void>();

  /** Calls `watcher` for each event until the returned function is called. */
  subscribe(watcher: (event: SystemEvent) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  emit(event: SystemEvent): void {
    for (const watcher of this.#watchers) watcher(event);
  }
}
