// The bell in the addon's process-wide table: `uv_async_send` from any thread. The table is described in native/bell.h.
// Why: `connect` does nothing and exists nevertheless, so that the runtime introduces threads in one way only.

import type { Addon, BellAddress } from "./addon.js";
import { BELL_THREADS_MAX, isBellThread, type ThreadBell } from "./bell-seat.js";
import { invariant } from "./invariant.js";

/** The bell of `thread` in the system that opened `group`. */
export class NativeBell implements ThreadBell {
  readonly kind = "native";
  readonly #addon: Addon;
  readonly #firstAddress: number;
  readonly #address: BellAddress;
  #state: "open" | "listening" | "closed" = "open";

  constructor(addon: Addon, group: number, thread: number) {
    invariant(isBellThread(thread), "a bell's thread has a number from 0 to 255");
    invariant(Number.isInteger(group) && group >= 0, "a native bell belongs to an open group");
    this.#addon = addon;
    this.#firstAddress = group * BELL_THREADS_MAX;
    this.#address = (this.#firstAddress + thread) as BellAddress;
  }

  listen(wake: () => void): void {
    invariant(this.#state === "open", "a bell listens once, before it is closed");
    this.#addon.bellListen(this.#address, wake);
    this.#state = "listening";
  }

  ring(thread: number): void {
    if (thread < 0 || thread >= BELL_THREADS_MAX) return;
    this.#addon.bellRing((this.#firstAddress + thread) as BellAddress);
  }

  keepAlive(on: boolean): void {
    invariant(this.#state !== "open", "a bell listens before it keeps its thread alive");
    this.#addon.bellKeepAlive(this.#address, on);
  }

  connect(): void {
    // Every thread of the process stands in the table already.
  }

  close(): void {
    if (this.#state === "listening") this.#addon.bellClose(this.#address);
    this.#state = "closed";
  }
}
