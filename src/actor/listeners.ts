// Functions of the system's user that only listen: to an actor's end, a topic, a service, the events of the system.

import { isThenable } from "./cell.js";
import type { Kernel } from "./kernel.js";

/** Calls one in nobody's name; what it throws, or rejects with later, is logged and harms nobody else. */
export function callListener<T>(
  kernel: Kernel,
  listener: (value: T) => unknown,
  value: T,
  what: string,
): void {
  const { current, fork } = kernel;
  const failed = (error: unknown): void =>
    kernel.ports.log.log("error", "a subscriber's function failed", { what, error: textOf(error) });
  kernel.current = undefined;
  kernel.fork = undefined;
  try {
    const answer = listener(value);
    if (isThenable(answer)) answer.then(undefined, failed);
  } catch (error) {
    failed(error);
  } finally {
    kernel.current = current;
    kernel.fork = fork;
  }
}

/** Anything can be thrown, also what has no text. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "something that is no text";
  }
}
