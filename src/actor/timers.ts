// An actor's timers: keyed messages to itself. They die with the incarnation that set them.

import { refuse } from "../base/options.js";
import type { TimerHandle } from "../base/ports.js";
import type { Cell } from "./cell.js";
import type { ContextTimers } from "./definition.js";
import { assertUnderstands, sendToSelf } from "./own-mail.js";

/** The key of the idle timer; no user's key has this name. */
const IDLE = " idle";
/** Why looks and not a new timer for each message: a message costs far less than a timer. */
const IDLE_LOOKS = 4;

export class KeyedTimers implements ContextTimers {
  readonly #cell: Cell;
  readonly #armed = new Map<string, TimerHandle>();

  constructor(cell: Cell) {
    this.#cell = cell;
  }

  after(key: string, delayMs: number, method: string, payload?: unknown): void {
    this.#assertMeant("after", delayMs, method);
    this.#arm(key, delayMs, () => {
      this.#armed.delete(key);
      this.#send(method, payload);
    });
  }

  every(key: string, periodMs: number, method: string, payload?: unknown): void {
    this.#assertMeant("every", periodMs, method);
    const again = (): void => {
      this.#arm(key, periodMs, again);
      this.#send(method, payload);
    };
    this.#arm(key, periodMs, again);
  }

  idle(delayMs: number, method: string, payload?: unknown): void {
    if (delayMs === 0) return this.cancel(IDLE);
    this.#assertMeant("idle", delayMs, method);
    const cell = this.#cell;
    const handled = (): number => cell.context?.handled ?? 0;
    let seen = handled();
    let quietLooks = 0;
    const look = (): void => {
      const busy = handled() !== seen || cell.size > 0 || cell.turnOpen;
      seen = handled();
      quietLooks = busy ? 0 : quietLooks + 1;
      if (quietLooks === IDLE_LOOKS) {
        quietLooks = 0;
        // The notice itself is no sign of life.
        seen++;
        this.#send(method, payload);
      }
      this.#arm(IDLE, delayMs / IDLE_LOOKS, look);
    };
    this.#arm(IDLE, delayMs / IDLE_LOOKS, look);
  }

  cancel(key: string): void {
    this.#armed.get(key)?.cancel();
    this.#armed.delete(key);
  }

  cancelAll(): void {
    for (const handle of this.#armed.values()) handle.cancel();
    this.#armed.clear();
  }

  /** Why at the call: what fires later would fire in nobody's turn. */
  #assertMeant(timer: "after" | "every" | "idle", givenMs: number, method: string): void {
    if (!Number.isFinite(givenMs) || givenMs < 0 || (timer === "every" && givenMs === 0)) {
      const expected = timer === "every" ? "milliseconds above 0" : "milliseconds from 0 up";
      refuse(`timers.${timer}`, givenMs, expected);
    }
    assertUnderstands(this.#cell, method, "set a timer for");
  }

  #arm(key: string, delayMs: number, fire: () => void): void {
    this.cancel(key);
    this.#armed.set(key, this.#cell.kernel.ports.timers.after(delayMs, fire));
  }

  #send(method: string, payload: unknown): void {
    sendToSelf(this.#cell, method, payload);
  }
}
