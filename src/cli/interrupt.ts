// Ctrl-C and SIGTERM as an AbortSignal, for commands that have something to put away before they go.

import { setMaxListeners } from "node:events";

export interface Interrupt {
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Gives the signals their default meaning back. */
  release(): void;
}

/** Listens from now on. A second signal, after `release`, ends the process as usual. */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  // Every request in progress listens; their number is bounded elsewhere.
  setMaxListeners(0, controller.signal);
  const interrupt = (): void => controller.abort(new Error("interrupted"));
  const release = (): void => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return { signal: controller.signal, release };
}
