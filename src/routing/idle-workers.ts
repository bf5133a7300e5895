// Balancing: each worker has one message at a time, and the next goes to who has been idle longest. So one that is slow
// holds up nobody: what it does not get waits with the pool for whoever is free first.
//
// A worker is known to be done by the end of an ask: the sender's own, or one that stands in for a tell. An ask that
// ends badly (a fault, a deadline, a cancellation) does not say that; the worker is asked, in the order of its mail.

import { type Cell, QUIET, STOPPING } from "../actor/cell.js";
import type { Context } from "../actor/context.js";
import { bindRelay, relayOf, sendOn } from "../actor/forward.js";
import { depthOf, GONE, NO_ROOM } from "../actor/glance.js";
import type { ActorRef } from "../actor/ref.js";

/** A worker that could not be asked is asked again after this long. */
const ASK_AGAIN_MS = 100;

export class IdleWorkers {
  readonly #cell: Cell;
  readonly #incarnation: number;
  readonly #belongs: (ref: ActorRef) => boolean;
  /** Idle longest first. */
  readonly #refs: ActorRef[] = [];
  #freed: (() => void) | undefined;

  /** `belongs`: whether a worker may get messages still. */
  constructor(cell: Cell, belongs: (ref: ActorRef) => boolean) {
    this.#cell = cell;
    this.#incarnation = cell.incarnation;
    this.#belongs = belongs;
  }

  add(ref: ActorRef): void {
    this.#refs.push(ref);
    this.#wake();
  }

  /** Gives the current message to an idle worker; false when there is none. */
  give(ctx: Context, method: string, payload: unknown): boolean {
    const cell = this.#cell;
    for (let at = 0; at < this.#refs.length; ) {
      const ref = this.#refs[at] as ActorRef;
      const depth = depthOf(ref);
      if (depth === GONE || !this.#belongs(ref)) {
        this.#refs.splice(at, 1);
        continue;
      }
      if (depth === NO_ROOM) {
        at++;
        continue;
      }
      const ask = ctx.open;
      const relay = relayOf(cell, ask, ref, method, (error) => this.#ended(ref, error));
      const letter = { method, payload, sender: ctx.sender, ask: relay };
      if (sendOn(cell, ref, letter) !== "sent") {
        at++;
        continue;
      }
      this.#refs.splice(at, 1);
      ctx.open = undefined;
      if (ask !== undefined) bindRelay(cell, ask, relay);
      return true;
    }
    return false;
  }

  /** Resolves when a worker has become idle; at the latest after `lookMs` when there are some that had no room. */
  freed(lookMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#freed = resolve;
      if (this.#refs.length > 0) this.#cell.kernel.ports.timers.after(lookMs, resolve);
    });
  }

  #wake(): void {
    this.#freed?.();
    this.#freed = undefined;
  }

  #ended(ref: ActorRef, error: Error | undefined): void {
    if (this.#cell.incarnation !== this.#incarnation || this.#cell.status >= STOPPING) return;
    if (error === undefined) this.add(ref);
    else this.#askIfDone(ref);
  }

  #askIfDone(ref: ActorRef): void {
    if (depthOf(ref) === GONE) return this.#wake();
    const { asks, ports } = this.#cell.kernel;
    asks.ask(ref, QUIET, undefined, { timeoutMs: 0 }).then(
      () => this.#ended(ref, undefined),
      () => ports.timers.after(ASK_AGAIN_MS, () => this.#askIfDone(ref)),
    );
  }
}
