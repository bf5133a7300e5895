// Lost messages as events: added up, so that a flood of them is one line per receiver and second.

import type { TimerHandle, Timers } from "../base/ports.js";
import type { SystemEvent } from "./control-message.js";
import type { DeadLetterReason } from "./dead-letters.js";

const PERIOD_MS = 1_000;
/** Receivers told of by name in one period; what others lost is added up under no name. */
const RECEIVERS_MAX = 100;

interface Loss {
  readonly receiver: string;
  readonly reason: DeadLetterReason;
  count: number;
}

export class LossReport {
  readonly #thread: number;
  readonly #timers: Timers;
  readonly #emit: (event: SystemEvent) => void;
  readonly #losses = new Map<string, Loss>();
  /** The same as the last time, most likely. */
  #last: Loss | undefined;
  #timer: TimerHandle | undefined;

  constructor(thread: number, timers: Timers, emit: (event: SystemEvent) => void) {
    this.#thread = thread;
    this.#timers = timers;
    this.#emit = emit;
  }

  note(receiver: string, reason: DeadLetterReason): void {
    if (this.#last?.receiver !== receiver || this.#last.reason !== reason)
      this.#last = this.#lossOf(receiver, reason);
    this.#last.count++;
    this.#timer ??= this.#timers.after(PERIOD_MS, () => this.#tell());
  }

  close(): void {
    this.#timer?.cancel();
  }

  #lossOf(receiver: string, reason: DeadLetterReason): Loss {
    const key = `${reason} ${receiver}`;
    const known = this.#losses.get(key);
    if (known !== undefined) return known;
    if (receiver !== "" && this.#losses.size >= RECEIVERS_MAX) return this.#lossOf("", reason);
    const loss = { receiver, reason, count: 0 };
    this.#losses.set(key, loss);
    return loss;
  }

  #tell(): void {
    const losses = [...this.#losses.values()];
    this.#losses.clear();
    this.#last = undefined;
    this.#timer = undefined;
    for (const loss of losses) this.#emit({ type: "messages-lost", thread: this.#thread, ...loss });
  }
}
