// The bells of a system: how a thread that wrote into a ring wakes the thread that sleeps before it.
//
// The way through:
//   1. The thread that starts the others opens one `BellExchange` and sits in seat 0 itself (`exchange.own`).
//   2. For each new or replaced thread it calls `exchange.admit(thread)`: `seat` goes into workerData with `transfer`
//      in the transfer list; each introduction goes to a thread that runs already, which calls `bell.connect(line)`.
//   3. The new thread calls `openBell(seat, addon)`, then `bell.listen(wake)`, then looks into its rings once.
// With the native addon a seat is two numbers and there is nobody to introduce: native-bell.ts. Without it each pair
// of threads shares a MessagePort: port-bell.ts. The runtime runs the same code for both.
//
// Why: an exchange has a group of its own in the process-wide table, so two systems in one process, each with a
// thread 1, never wake each other.
// Why: rings may be merged and one may come in vain; `wake` looks at what there is and does not count calls.

import type { Addon } from "./addon.js";
import type { BellLine, BellSeat, ThreadBell } from "./bell-seat.js";
import { type BellAdmission, type BellIntroduction, type BellKind, isBellThread } from "./bell-seat.js";
import { CodedError } from "./errors.js";
import { invariant } from "./invariant.js";
import { NativeBell } from "./native-bell.js";
import { makeBellLine, PortBell } from "./port-bell.js";

/**
 * Opens the bell of this thread from the seat it was given.
 * @throws CodedError BELL_UNAVAILABLE when the seat is native and this thread has no addon.
 */
export function openBell(seat: BellSeat, addon: Addon | undefined): ThreadBell {
  if (seat.kind === "port") return new PortBell(seat.thread, seat.lines);
  if (addon !== undefined) return new NativeBell(addon, seat.group, seat.thread);
  throw new CodedError(
    "BELL_UNAVAILABLE",
    `Thread ${seat.thread} was given a native bell, but the addon that the main thread loaded does not load here.`,
  );
}

/** Makes the seats of one system. Lives on the thread that starts the others; whoever opens it closes it. */
export class BellExchange {
  readonly kind: BellKind;
  /** The bell of seat 0, this thread's own. */
  readonly own: ThreadBell;
  readonly #addon: Addon | undefined;
  readonly #group: number;
  readonly #running = new Set<number>();
  #isClosed = false;

  /** @throws CodedError BELL_GROUPS_FULL when 64 systems with native bells are open in this process. */
  constructor(addon: Addon | undefined) {
    const group = addon === undefined ? 0 : addon.bellOpenGroup();
    if (group < 0) {
      throw new CodedError(
        "BELL_GROUPS_FULL",
        "64 systems are open in this process; close one, then open another.",
      );
    }
    this.#addon = addon;
    this.#group = group;
    this.kind = addon === undefined ? "port" : "native";
    this.own = openBell(this.#seat(0, []), addon);
  }

  /** Makes the seat for a thread about to start, also for one that takes the number of a thread that is gone. */
  admit(thread: number): BellAdmission {
    invariant(!this.#isClosed, "a closed bell exchange admits nobody");
    invariant(isBellThread(thread) && thread !== 0, "an admitted thread has a number from 1 to 255");
    this.#running.delete(thread);
    const lines: BellLine[] = [];
    const introductions: BellIntroduction[] = [];
    if (this.kind === "port") this.#draw(thread, lines, introductions);
    this.#running.add(thread);
    return { seat: this.#seat(thread, lines), transfer: lines.map((line) => line.port), introductions };
  }

  /** Forgets a thread that is gone and not replaced, so that later ones are not introduced to it. */
  dismiss(thread: number): void {
    this.#running.delete(thread);
  }

  /** Closes seat 0 and gives the group back. Close it after the other threads are gone. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.own.close();
    this.#addon?.bellCloseGroup(this.#group);
  }

  #seat(thread: number, lines: readonly BellLine[]): BellSeat {
    if (this.kind === "native") return { kind: "native", group: this.#group, thread };
    return { kind: "port", thread, lines };
  }

  /** Draws a line from the newcomer to this thread and to every running one. */
  #draw(thread: number, lines: BellLine[], introductions: BellIntroduction[]): void {
    const [ownEnd, newcomersEnd] = makeBellLine(0, thread);
    this.own.connect(ownEnd);
    lines.push(newcomersEnd);
    for (const other of this.#running) {
      const [othersEnd, end] = makeBellLine(other, thread);
      introductions.push({ thread: other, line: othersEnd });
      lines.push(end);
    }
  }
}
