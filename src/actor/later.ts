// An answer that is given later: the handler returns, its actor goes on with other messages, and whoever asked waits
// until the handle is used. Source: OTP's gen_server, `noreply` and `reply/2`.

import type { Ask } from "./ask.js";
import type { Cell } from "./cell.js";
import { ActorStopped } from "./errors.js";

/** Stands for an answer to come. The handler returns it; kept in the state, it is used once. */
export class Later<Reply> {
  readonly #cell: Cell;
  readonly #ask: Ask | undefined;

  /** @internal Use `ctx.later()`. */
  constructor(cell: Cell, ask: Ask | undefined) {
    this.#cell = cell;
    this.#ask = ask;
    if (ask === undefined) return;
    const family = cell.kernel.familyOf(cell);
    family.owed ??= new Set();
    family.owed.add(ask);
    ask.onCancel = () => family.owed?.delete(ask);
  }

  /** Whether somebody waits for it still: not after a plain tell, a timeout, a cancellation, or the answer. */
  get wanted(): boolean {
    return this.#ask?.settled === false;
  }

  /** Answers. False when nobody waits any more. */
  give(reply: Reply): boolean {
    return this.#settle((ask) => this.#cell.kernel.asks.settle(ask, reply));
  }

  /** Answers with an error. False when nobody waits any more. */
  fail(error: Error): boolean {
    return this.#settle((ask) => this.#cell.kernel.asks.fail(ask, error));
  }

  #settle(how: (ask: Ask) => void): boolean {
    const ask = this.#ask;
    if (ask === undefined || ask.settled) return false;
    this.#cell.family?.owed?.delete(ask);
    how(ask);
    return true;
  }
}

/** An incarnation ends: what it owed nobody will answer. */
export function failOwed(cell: Cell): void {
  for (const ask of cell.family?.owed ?? [])
    cell.kernel.asks.fail(ask, new ActorStopped(`${cell.path} ended before it answered`));
  cell.family?.owed?.clear();
}
