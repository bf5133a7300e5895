// The bell without the native addon: one MessagePort for each pair of threads, made by the thread that starts the
// others and handed to both (bell.ts tells how). Same promises as the native bell; waking takes longer.
//
// Why: a port for each pair and no relay, because a ring must not wait for a third thread that may be busy; and no
// BroadcastChannel, because that wakes every thread for a ring meant for one.
// Why: the pending word merges rings: at most one message is on its way per line and direction, so a ring costs one
// atomic exchange while the target has not woken yet, and a target that does not wake collects no messages.
// Why: a thread that is replaced gets new lines. A ring that went into the old port is lost with its thread, so
// `connect` rings again whatever was pending or had no line yet; no wake-up is lost across a replacement.

import { MessageChannel } from "node:worker_threads";
import { BELL_THREADS_MAX, type BellLine, isBellThread, type ThreadBell } from "./bell-seat.js";
import { invariant } from "./invariant.js";

/** A fresh line between two threads: the end for `first`, then the end for `second`. */
export function makeBellLine(first: number, second: number): [BellLine, BellLine] {
  const { port1, port2 } = new MessageChannel();
  const pending = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  return [
    { peer: second, port: port1, pending, side: 0 },
    { peer: first, port: port2, pending, side: 1 },
  ];
}

interface OpenLine {
  readonly line: BellLine;
  readonly words: Int32Array;
  readonly peerSide: 0 | 1;
}

/** The bell of `thread`, with lines to the threads that ran before it. */
export class PortBell implements ThreadBell {
  readonly kind = "port";
  readonly #thread: number;
  readonly #lines: (OpenLine | undefined)[] = Array.from({ length: BELL_THREADS_MAX });
  /** Threads rung while there was no line to them. */
  readonly #missed = new Uint8Array(BELL_THREADS_MAX);
  /** Where this thread's own rings to itself arrive; also what keeps it alive. */
  readonly #ownEnd: BellLine;
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(thread: number, lines: readonly BellLine[]) {
    invariant(isBellThread(thread), "a bell's thread has a number from 0 to 255");
    this.#thread = thread;
    const [ringEnd, listenEnd] = makeBellLine(thread, thread);
    this.#ownEnd = listenEnd;
    this.#lines[thread] = openLine(ringEnd);
    for (const line of lines) this.#lines[line.peer] = openLine(line);
  }

  listen(wake: () => void): void {
    invariant(this.#wake === undefined && !this.#isClosed, "a bell listens once, before it is closed");
    this.#wake = wake;
    this.#attach(openLine(this.#ownEnd));
    for (const open of this.#lines)
      if (open !== undefined && open.line.peer !== this.#thread) this.#attach(open);
  }

  ring(thread: number): void {
    const open = this.#lines[thread];
    if (open === undefined) {
      this.#missed[thread] = 1;
    } else if (Atomics.exchange(open.words, open.peerSide, 1) === 0) {
      open.line.port.postMessage(null);
    }
  }

  keepAlive(on: boolean): void {
    invariant(this.#wake !== undefined || this.#isClosed, "a bell listens before it keeps its thread alive");
    if (on) this.#ownEnd.port.ref();
    else this.#ownEnd.port.unref();
  }

  connect(line: BellLine): void {
    if (this.#isClosed) return line.port.close();
    invariant(
      isBellThread(line.peer) && line.peer !== this.#thread,
      "a line leads to another thread of the system",
    );
    const old = this.#lines[line.peer];
    if (old !== undefined) this.#drop(old);
    const open = openLine(line);
    this.#lines[line.peer] = open;
    if (this.#wake !== undefined) this.#attach(open);
    if (this.#missed[line.peer] === 0) return;
    this.#missed[line.peer] = 0;
    this.ring(line.peer);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#ownEnd.port.close();
    for (const open of this.#lines) open?.line.port.close();
    this.#lines.fill(undefined);
  }

  #attach(open: OpenLine): void {
    const { port, side } = open.line;
    port.on("message", () => {
      Atomics.store(open.words, side, 0);
      if (!this.#isClosed) this.#wake?.();
    });
    port.on("close", () => this.#drop(open));
    port.unref();
  }

  /** Lets go of a line whose other end is gone, remembering the rings that were still on their way. */
  #drop(open: OpenLine): void {
    const { peer, port, side } = open.line;
    if (this.#isClosed || this.#lines[peer] !== open) return;
    this.#lines[peer] = undefined;
    if (Atomics.load(open.words, open.peerSide) === 1) this.#missed[peer] = 1;
    if (Atomics.exchange(open.words, side, 0) === 1) this.ring(this.#thread);
    port.close();
  }
}

function openLine(line: BellLine): OpenLine {
  return { line, words: new Int32Array(line.pending), peerSide: line.side === 0 ? 1 : 0 };
}
