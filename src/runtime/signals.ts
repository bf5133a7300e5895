// SIGTERM and SIGINT for programs that leave them to the system.

/** Ctrl-C on a terminal reaches every process of the program at once, and some pass it on: that is one, not two. */
const SECOND_AFTER_MS = 500;
/** What a shell reports for a process that SIGINT ended. */
const INTERRUPTED = 130;

/** Calls `stop` at the first signal; a second SIGINT ends the process. Returns the way to stop listening. */
export function onSignals(stop: () => void): () => void {
  let firstMs: number | undefined;
  const terminate = (): void => {
    firstMs ??= performance.now();
    stop();
  };
  const interrupt = (): void => {
    if (firstMs !== undefined && performance.now() - firstMs >= SECOND_AFTER_MS) process.exit(INTERRUPTED);
    terminate();
  };
  process.on("SIGTERM", terminate);
  process.on("SIGINT", interrupt);
  return () => {
    process.off("SIGTERM", terminate);
    process.off("SIGINT", interrupt);
  };
}
