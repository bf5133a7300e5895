// Faults of actors in the log: each with its stack while they are few, only their number once they flood.
// Why: an actor that fails is its supervisor's affair, but its author must be able to find the stack somewhere.

import type { SystemEvent } from "../actor/control-message.js";
import type { Clock, Log } from "../base/ports.js";

const ONE_STOPPED = "an actor is stopped for good: its supervisor gave it up";
const ALL_STOPPED = "a supervisor gave up: its children are stopped, then it fails itself";
/** Lines about faults per second; the rest is counted. */
const LINES_PER_SECOND = 10;

export class FaultLog {
  readonly #log: Log;
  readonly #clock: Clock;
  #sinceMs = 0;
  #lines = 0;
  #untold = 0;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  note(event: SystemEvent): void {
    if (event.type === "actor-fault") {
      const { path, thread, error } = event;
      this.#write("warn", "an actor failed", () => ({
        actor: path,
        thread,
        error: error.stack ?? error.message,
      }));
    } else if (event.type === "supervisor-gave-up") {
      const { path, child, thread } = event;
      const error = event.error.message;
      if (event.stopped === "child")
        this.#write("warn", ONE_STOPPED, () => ({ actor: child, thread, error }));
      else this.#write("warn", ALL_STOPPED, () => ({ actor: path, child, thread, error }));
    } else if (event.type === "actor-abandoned") {
      this.#write("warn", "an actor did not stop in time and was abandoned", () => ({ actor: event.path }));
    } else if (event.type === "long-turn") {
      const { path, thread, method, ms } = event;
      this.#write("warn", "a turn held its thread up", () => ({ actor: path, method, thread, ms }));
    } else if (event.type === "thread-memory") {
      const { thread, bytes, limitBytes } = event;
      this.#write("warn", "a thread uses more memory than its soft limit", () => ({
        thread,
        bytes,
        limitBytes,
      }));
    } else if (event.type === "thread-stalled") {
      const { path, thread, method, ms, stack } = event;
      this.#write("warn", "a thread makes no progress", () => ({ thread, ms, actor: path, method, stack }));
    }
  }

  /** Why a function: the stack of a fault that gets no line is never written out. */
  #write(level: "warn", message: string, fieldsOf: () => Readonly<Record<string, unknown>>): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#sinceMs >= 1_000) {
      if (this.#untold > 0)
        this.#log.log("warn", "more faults than there are lines for", { untold: this.#untold });
      this.#sinceMs = nowMs;
      this.#lines = 0;
      this.#untold = 0;
    }
    if (this.#lines++ < LINES_PER_SECOND) this.#log.log(level, message, fieldsOf());
    else this.#untold++;
  }
}
