// Whether the journal takes appends: open, read-only while the disk is full, failed after any other failed write,
// closed at the end. A full disk is left by itself: the reserve file is given back at once, and while it cannot be
// taken again only what is essential is written.
//   open <-> read-only     open, read-only > failed     any > closed

import type { Log, TimerHandle, Timers } from "../base/ports.js";
import type { ReserveFile } from "./reserve-file.js";
import { StoreError, writeFailure } from "./store-errors.js";

const ROOM_CHECK_EVERY_MS = 1_000;

export type JournalState = "open" | "read-only" | "failed" | "closed";

/** Ordinary appends are refused while the journal is read-only; essential ones finish what already runs. */
export type Importance = "ordinary" | "essential";

export class JournalHealth {
  readonly #reserve: ReserveFile;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #watchers = new Set<(state: JournalState) => void>();
  #state: JournalState = "open";
  #roomCheck: TimerHandle | undefined;
  #taking: Promise<void> = Promise.resolve();

  constructor(reserve: ReserveFile, timers: Timers, log: Log) {
    this.#reserve = reserve;
    this.#timers = timers;
    this.#log = log;
  }

  get state(): JournalState {
    return this.#state;
  }

  watch(watch: (state: JournalState) => void): () => void {
    this.#watchers.add(watch);
    return () => void this.#watchers.delete(watch);
  }

  /** Why an append is not taken now, undefined when it is. */
  refusal(importance: Importance): StoreError | undefined {
    switch (this.#state) {
      case "open":
        return undefined;
      case "read-only": {
        const message = "the disk ran full: only running work is finished until there is room again";
        return importance === "essential" ? undefined : new StoreError("STORE_READ_ONLY", message);
      }
      case "failed":
        return new StoreError(
          "STORE_FAILED",
          "an earlier write failed; a new process recovers what is on disk",
        );
      case "closed":
        return new StoreError("JOURNAL_CLOSED", "the journal is closed and takes nothing more");
    }
  }

  /** What follows from a failed write. A second try is worth it when there was a reserve to give back. */
  afterFailure(cause: unknown): { retry: boolean; error: StoreError } {
    const error = writeFailure("the journal", cause);
    if (error.code === "STORE_FULL") {
      const retry = this.#reserve.release();
      this.#becomeReadOnly(error.message);
      return { retry, error };
    }
    this.#log.log("error", "the journal failed and takes nothing more", { reason: error.message });
    this.#become("failed");
    return { retry: false, error };
  }

  /** Takes the reserve: with it the journal is open, without it read-only, and it tries again later. */
  takeReserve(): void {
    this.#taking = this.#reserve.take().then((held) => {
      if (this.#state === "failed" || this.#state === "closed") return;
      if (!held && this.#state === "open") this.#becomeReadOnly("there is not even room for the reserve");
      else if (!held) this.#checkRoomLater();
      else if (this.#state === "read-only") {
        this.#log.log("info", "there is room on the disk again: the journal is open");
        this.#become("open");
      }
    });
  }

  /** Takes nothing more from now on; settles when nothing is on its way to the disk. */
  close(): Promise<void> {
    this.#roomCheck?.cancel();
    this.#become("closed");
    return this.#taking;
  }

  #becomeReadOnly(reason: string): void {
    if (this.#state !== "open") return;
    this.#log.log("error", "no room on the disk: the journal is read-only until there is", { reason });
    this.#become("read-only");
    this.#checkRoomLater();
  }

  #checkRoomLater(): void {
    this.#roomCheck = this.#timers.after(ROOM_CHECK_EVERY_MS, () => this.takeReserve());
  }

  #become(state: JournalState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const watch of this.#watchers) watch(state);
  }
}
