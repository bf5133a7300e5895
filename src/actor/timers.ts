// An actor's timers: keyed messages to itself. They die with the incarnation that set them.

import type { TimerHandle } from "../base/ports.js";
import type { Cell } from "./cell.js";
import type { ContextTimers } from "./definition.js";

export class KeyedTimers implements ContextTimers {
  readonly #cell: Cell;
  readonly #armed = new Map<string, TimerHandle>();

  constructor(cell: Cell) {
    this.#cell = cell;
  }

  after(key: string, delayMs: number, method: string, payload?: unknown): void {
    this.#arm(key, delayMs, () => {
      this.#armed.delete(key);
      this.#send(method, payload);
    });
  }

  every(key: string, periodMs: number, method: string, payload?: unknown): void {
    this.#arm(key, periodMs, () => {
      this.every(key, periodMs, method, payload);
      this.#send(method, payload);
    });
  }

  cancel(key: string): void {
    this.#armed.get(key)?.cancel();
    this.#armed.delete(key);
  }

  cancelAll(): void {
    for (const handle of this.#armed.values()) handle.cancel();
    this.#armed.clear();
  }

  #arm(key: string, delayMs: number, fire: () => void): void {
    this.cancel(key);
    this.#armed.set(key, this.#cell.kernel.ports.timers.after(delayMs, fire));
  }

  #send(method: string, payload: unknown): void {
    const { kernel } = this.#cell;
    kernel.tellLocal(this.#cell, method, payload, this.#cell);
  }
}
