// Facts about a system, as they happen, for whoever watches.

import type { SystemEvent } from "../actor/control-message.js";
import { type ListenOptions, listening } from "../base/listening.js";

type Watcher = (event: SystemEvent) => void;

/** Facts about the system, as they happen: faults, restarts, drops, long turns, lost threads. */
export class SystemEvents {
  readonly #watchers = new Set<Watcher>();
  readonly #call: (watcher: Watcher, event: SystemEvent) => void;

  /** @internal It is `system.events`. */
  constructor(call: (watcher: Watcher, event: SystemEvent) => void) {
    this.#call = call;
  }

  /** Calls `heard` for each event. What it throws is logged. Returns the way to end it. */
  subscribe(heard: (event: SystemEvent) => void, options: ListenOptions = {}): () => void {
    return listening("events.subscribe", options, () => {
      const watcher: Watcher = (event) => heard(event);
      this.#watchers.add(watcher);
      return () => void this.#watchers.delete(watcher);
    });
  }

  /** @internal */
  emit(event: SystemEvent): void {
    for (const watcher of this.#watchers) this.#call(watcher, event);
  }
}
