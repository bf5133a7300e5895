// Listening as everybody offers it who can be listened to: a function that is called, a signal if wished, and the way
// to end it as the answer. Browser-safe.

import { wrongOptions } from "./options.js";

/** Of everything that calls a function of the user's from now on. */
export interface ListenOptions {
  /** Ends it, as the function that is returned does. One that has fired already: nothing begins. */
  readonly signal?: AbortSignal;
}

export const LISTEN_OPTIONS: readonly string[] = ["signal"];

/**
 * Begins to listen, and gives the way to end it; twice is fine. `begin` gets what to call when nothing more will come.
 * Throws `OPTIONS`.
 */
export function listening(
  what: string,
  options: ListenOptions,
  begin: (over: () => void) => () => void,
): () => void {
  const wrong = wrongOptions(what, options, LISTEN_OPTIONS);
  if (wrong !== undefined) throw wrong;
  const { signal } = options;
  if (signal === undefined) return begin(() => undefined);
  if (signal.aborted) return () => undefined;
  const over = (): void => signal.removeEventListener("abort", stop);
  const end = begin(over);
  const stop = (): void => {
    over();
    end();
  };
  signal.addEventListener("abort", stop, { once: true });
  return stop;
}
