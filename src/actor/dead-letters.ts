// Messages nobody took: kept for a while with the reason, counted for ever, and sent once more on request.
//
// Why a letter that was sent again is remembered: when it dies again on this thread, the new letter says how often it
// was tried. Receiver, method and the very payload tell it from others.

import type { Where } from "./control-message.js";
import type { Kernel } from "./kernel.js";
import type { LossReport } from "./loss-report.js";
import type { ActorRef, TellResult } from "./ref.js";
import { asWritten } from "./stream-name.js";

/** Dead letters kept per thread; older ones are only counted. */
export const DEAD_LETTERS_KEPT = 1_000;
/** How long a replayed letter is remembered, in case it dies again, and how many of them. */
const REPLAY_MEMORY_MS = 10_000;
const REPLAYS_KEPT = 1_000;

export type DeadLetterReason = "no-actor" | "stopped" | "fault" | "no-method" | "unborn" | "dropped";

export interface DeadLetter {
  /** Unique among those that are kept: the thread and a number. */
  readonly id: string;
  /** Path, or id where the path is not known. */
  readonly receiver: string;
  readonly method: string;
  readonly payload: unknown;
  readonly reason: DeadLetterReason;
  readonly sender: string | undefined;
  readonly atMs: number;
  /** How often it was sent again before, as far as the thread that keeps it knows. */
  readonly replays: number;
}

/** What became of a replay. What is `sent` or `dead` is kept no longer; the latter is a new dead letter. */
export type ReplayOutcome = TellResult | "unsendable" | "not-kept";

type Kept = Omit<DeadLetter, "id"> & { readonly serial: number };

export class DeadLetters {
  readonly #thread: number;
  readonly #nowMs: () => number;
  readonly #report: LossReport;
  /** The letter with serial n is at n modulo the length; undefined once it was taken out. */
  readonly #kept: (Kept | undefined)[] = [];
  /** Oldest first, with the names its receiver may have in the next letter. */
  #replayed: { readonly letter: Kept; readonly atMs: number; readonly receivers: readonly string[] }[] = [];
  #serial = 0;
  /** All there ever were, kept or not. */
  count = 0;

  constructor(thread: number, nowMs: () => number, report: LossReport) {
    this.#thread = thread;
    this.#nowMs = nowMs;
    this.#report = report;
  }

  add({ receiver, method, payload, reason, sender }: Omit<DeadLetter, "id" | "atMs" | "replays">): void {
    this.count++;
    this.#report.note(receiver, reason);
    const serial = this.#serial++;
    const atMs = this.#nowMs();
    const replays = this.#replayed.length === 0 ? 0 : this.#replaysOf(receiver, method, payload, atMs);
    const letter = asWritten({ serial, receiver, method, payload, reason, sender, atMs, replays });
    this.#kept[serial % DEAD_LETTERS_KEPT] = letter;
  }

  close(): void {
    this.#report.close();
  }

  /** Messages that were lost without being seen, such as those in a lost thread's mailboxes. */
  addUnseen(count: number): void {
    this.count += count;
  }

  /** The youngest ones, oldest first. */
  list(): readonly DeadLetter[] {
    const split = this.#serial % DEAD_LETTERS_KEPT;
    const inOrder = [...this.#kept.slice(split), ...this.#kept.slice(0, split)];
    return inOrder
      .filter((letter) => letter !== undefined)
      .map(({ serial, ...letter }) => ({ id: `${this.#thread}:${serial}`, ...letter }));
  }

  /** Sends a letter again, with no sender; one for which there is no room, or no way, stays. */
  replay(id: string, to: ActorRef): ReplayOutcome {
    const serial = Number(id.slice(id.indexOf(":") + 1));
    const at = serial % DEAD_LETTERS_KEPT;
    const letter = this.#kept[at];
    if (letter?.serial !== serial) return "not-kept";
    this.#kept[at] = undefined;
    const atMs = this.#nowMs();
    this.#replayed.push({ letter, atMs, receivers: [to.id, to.toString()] });
    if (this.#replayed.length > REPLAYS_KEPT) this.#replayed.shift();
    let outcome: ReplayOutcome;
    try {
      outcome = to.tell(letter.method, letter.payload);
    } catch {
      outcome = "unsendable";
    }
    if (outcome !== "full" && outcome !== "unsendable") return outcome;
    this.#replayed.pop();
    this.#kept[at] ??= letter;
    return outcome;
  }

  #replaysOf(receiver: string, method: string, payload: unknown, nowMs: number): number {
    this.#replayed = this.#replayed.filter(({ atMs }) => nowMs - atMs < REPLAY_MEMORY_MS);
    const at = this.#replayed.findIndex(
      ({ letter, receivers }) =>
        letter.method === method && receivers.includes(receiver) && Object.is(letter.payload, payload),
    );
    const [found] = at < 0 ? [] : this.#replayed.splice(at, 1);
    return found === undefined ? 0 : found.letter.replays + 1;
  }
}

export interface ReplayOrder {
  readonly id: string;
  readonly to: Where;
}

/** Sends letters that this thread keeps, in the given order. */
export function replayLetters(kernel: Kernel, orders: readonly ReplayOrder[]): ReplayOutcome[] {
  return orders.map(({ id, to }) => kernel.deadLetters.replay(id, kernel.refTo(...to)));
}
