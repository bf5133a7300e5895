// One thread's part of a system: its actors, its links to the other threads, and the loop that runs both.
//
// The loop: drain a bounded batch from the rings, run turns, publish what they wrote; again, until there is nothing to
// do or the slice is used up. Then either come back soon, or go to sleep until the bell. The same code runs on the main
// thread, on worker threads, and in a simulation, where only the ports differ.

import type { SystemEvent } from "../actor/control-message.js";
import { DevelopmentKernel } from "../actor/development.js";
import { Kernel } from "../actor/kernel.js";
import type { Definitions, Offload, Places } from "../actor/ports.js";
import { Presence } from "../actor/presence.js";
import type { ThreadPorts } from "../base/ports.js";
import { bindReferences } from "../wire/codec.js";
import { Envelope } from "../wire/envelope.js";
import type { Board } from "./board.js";
import { Inbound } from "./inbound.js";
import { type Connection, Link } from "./link.js";
import { Router } from "./router.js";

/** How long a thread is at it before others get their turn. */
export interface BatchSizes {
  /** After this long the event loop gets its turn: sockets, timers, promises of others. */
  readonly sliceMs: number;
  /** Records taken from one ring before the next ring, and the actors, get their turn. */
  readonly records: number;
}

export const DEFAULT_BATCH: BatchSizes = { sliceMs: 4, records: 1_024 };
/** While another thread has no room for what waits here, look again this often. */
const BACKLOG_RETRY_MS = 1;

/** A thread that polls for this long before it sleeps polls in place, for so long before others get their turn. */
const POLL_IN_PLACE_FROM_MS = 0.5;
const POLL_IN_PLACE_MS = 0.02;
const LOOKS_PER_POLL = 50;

/** For so long batches follow at once upon what promises set going; then timers and sockets get their turn. */
const PROMPT_MS = 1;

/** Events that may wait for room on the way to the main thread, beside what must not be lost. */
const EVENTS_WAITING_MAX = 256;

export interface ThreadRuntimeOptions {
  readonly thread: number;
  /** When the system started; deadlines on the wire count from here. */
  readonly epochMs: number;
  readonly board: Board;
  /** Presence memory of every thread, by number. */
  readonly presence: readonly SharedArrayBuffer[];
  readonly ports: ThreadPorts;
  readonly places: Places;
  readonly definitions: Definitions;
  readonly offload: Offload;
  emit(event: SystemEvent): void;
  /** Messages on this thread are treated as if they had to travel. */
  readonly development?: boolean;
  /** Microseconds to poll before sleeping; 0 by default. Costs CPU, saves the wake-up. */
  readonly spinMicros?: number;
  readonly batch?: BatchSizes;
}

export class ThreadRuntime {
  readonly thread: number;
  readonly kernel: Kernel;
  readonly #router: Router;
  readonly #inbound: Inbound;
  readonly #board: Board;
  readonly #ports: ThreadPorts;
  readonly #presence: Presence[] = [];
  readonly #envelope = new Envelope();
  readonly #spinMs: number;
  readonly #sliceMs: number;
  readonly #drainRecords: number;
  readonly #runPromptly = () => {
    this.#prompted = false;
    this.#slice();
  };
  readonly #runInTurn = () => {
    this.#scheduled = false;
    this.#isInTurn = true;
    this.#slice();
  };
  readonly #revive = (address: number, generation: number) => this.kernel.refTo(address, generation);
  #running = false;
  #workedMs = 0;
  /** The event loop has turned since the last batch. */
  #isInTurn = false;
  /** When the last batch began before which it had. */
  #inTurnMs = Number.NEGATIVE_INFINITY;
  #prompted = false;
  #scheduled = false;
  #flushScheduled = false;
  #retryArmed = false;
  #closed = false;

  constructor(options: ThreadRuntimeOptions) {
    const { thread, board, ports, epochMs } = options;
    this.thread = thread;
    this.#board = board;
    this.#ports = ports;
    this.#spinMs = (options.spinMicros ?? 0) / 1_000;
    const { sliceMs, records } = options.batch ?? DEFAULT_BATCH;
    this.#sliceMs = sliceMs;
    this.#drainRecords = records;
    for (const memory of options.presence) this.#presence.push(new Presence(memory, this.#presence.length));
    this.#router = new Router({
      thread,
      epochMs,
      board,
      ring: (to) => ports.bell.ring(to),
      scheduleFlush: () => this.#flushLater(),
    });
    const OwnKernel = options.development === true ? DevelopmentKernel : Kernel;
    this.kernel = new OwnKernel({
      thread,
      ports,
      presence: this.#presenceOf(thread),
      presenceOf: (other) => this.#presenceOf(other),
      home: board.memory,
      pulse: board.pulseFor(thread),
      above: {
        transport: this.#router,
        places: options.places,
        definitions: options.definitions,
        offload: options.offload,
        emit: options.emit,
        wake: () => this.wake(),
      },
    });
    this.#router.bind(this.kernel);
    this.#inbound = new Inbound(this.kernel, this.#router, epochMs);
  }

  /** What lies in the rings out of this thread unread, and what waits for room in them. */
  get traffic(): { readonly ringBytes: number; readonly unsent: number } {
    let [ringBytes, unsent] = [0, 0];
    for (const link of this.#router.links) {
      if (link === undefined) continue;
      ringBytes += link.unreadBytes();
      unsent += link.controlWaiting.length + link.repliesWaiting.length + (link.dataOut.holding ? 1 : 0);
    }
    return { ringBytes, unsent };
  }

  /** Starts listening; looks into the rings once, for what came before. */
  start(): void {
    this.#ports.bell.listen(this.#runInTurn);
    this.wake();
  }

  /** Connects a thread that was not there before; with its presence if it came after this one. */
  attach(connection: Connection, presence?: SharedArrayBuffer): void {
    const { thread } = connection;
    if (presence !== undefined) this.#presence[thread] ??= new Presence(presence, thread);
    this.#link(connection);
    this.kernel.nursery.buryForgotten(connection.thread);
    this.wake();
  }

  /**
   * A thread was lost and has a successor. What it had said before it went is heard first; then the link leads to the
   * successor, and families act. Returns the messages to it that nobody will read.
   */
  replace(connection: Connection, reason: string): number {
    const { thread } = connection;
    const unread = this.#hearOut(thread);
    this.#link(connection);
    this.kernel.threadLost(thread, reason);
    this.wake();
    return unread;
  }

  /** A thread has ended for good. Returns the messages to it that nobody will read. */
  detach(thread: number): number {
    const unread = this.#hearOut(thread);
    this.#router.links[thread] = undefined;
    this.kernel.threadEnded(thread);
    this.#publishCounters();
    this.wake();
    return unread;
  }

  /** Reads all that others have published, publishes all that waits here, and says how many actors live here. */
  settle(): number {
    this.#running = true;
    try {
      for (const link of this.#router.links) if (link !== undefined) this.#readAll(link);
    } finally {
      this.#running = false;
    }
    if (this.#router.flush()) this.#retryLater();
    this.#publishCounters();
    if (!this.kernel.idle) this.wake();
    return this.kernel.counters.spawned - this.kernel.counters.stopped;
  }

  /** Sees to it that a batch runs soon. */
  wake(): void {
    if (this.#running || this.#prompted || this.#closed) return;
    if (this.kernel.sliceMs - this.#inTurnMs >= PROMPT_MS) return this.#yield();
    this.#prompted = true;
    this.#ports.scheduler.promptly(this.#runPromptly);
  }

  /** Makes a thread show that it lives: it finds work, even if that is nothing. */
  poke(thread: number): void {
    if (this.#board.announce(this.thread, thread)) this.#ports.bell.ring(thread);
  }

  /** Tells the main thread's watchers. Under a flood of events the ones that find no room are dropped. */
  tellMain(event: SystemEvent): void {
    const link = this.#router.links[0];
    if (link !== undefined && link.controlWaiting.length < EVENTS_WAITING_MAX) {
      this.#router.control(0, { kind: "event", event });
    }
  }

  /** What was still in the rings is heard first: mail for those who are gone becomes dead letters. */
  close(): void {
    if (this.#closed) return;
    this.settle();
    this.#closed = true;
    this.kernel.close();
    this.#router.flush();
    this.#publishCounters();
  }

  /** The last that a thread said before it went, and how much of what was said to it was never read. */
  #hearOut(thread: number): number {
    const old = this.#router.links[thread];
    if (old === undefined) return 0;
    this.#router.flush();
    this.#readAll(old);
    const unread = old.unreadRecords();
    this.kernel.deadLetters.addUnseen(unread);
    return unread;
  }

  #readAll({ controlIn, dataIn }: Link): void {
    const previous = bindReferences(this.#revive);
    while (controlIn.drain(this.#drainRecords) > 0);
    while (dataIn.drain(this.#drainRecords) > 0);
    bindReferences(previous);
  }

  #publishCounters(): void {
    this.kernel.counters.deadLetters = this.kernel.deadLetters.count;
    this.#board.publishCounters(this.thread, this.kernel.counters);
  }

  /** Why it announces: the other thread may have written before, and the old rings were looked into instead. */
  #link(connection: Connection): void {
    const { thread } = connection;
    const presence = this.#presenceOf(thread);
    this.#router.links[thread] = new Link(
      connection,
      presence,
      this.#inbound,
      this.#envelope,
      this.#board.memory,
    );
    this.#board.announce(thread, this.thread);
  }

  #presenceOf(thread: number): Presence {
    return this.#presence[thread] as Presence;
  }

  #slice(): void {
    if (this.#running || this.#closed) return;
    this.#running = true;
    const board = this.#board;
    board.setAsleep(this.thread, false);
    board.beat(this.thread);
    const { clock } = this.#ports;
    const startMs = clock.nowMs();
    this.kernel.sliceMs = startMs;
    const isInTurn = this.#isInTurn;
    if (isInTurn) this.#inTurnMs = startMs;
    this.#isInTurn = false;
    this.kernel.longTurns.begin(startMs);
    const untilMs = startMs + this.#sliceMs;
    let backlogged = false;
    let busy = true;
    try {
      while (busy) {
        // Who waits for a turn already comes before what only arrives now.
        if (this.kernel.idle) this.kernel.atOnce.until(untilMs);
        const records = this.#drain();
        this.kernel.atOnce.until(0);
        const turns = this.kernel.runTurns(untilMs);
        backlogged = this.#router.flush();
        if (records > 0 || turns > 0) this.#workedMs = startMs;
        const idles = this.#workedMs !== startMs;
        busy = !this.kernel.idle || this.#hasMail() || (idles && this.#pollInPlace(startMs));
        if (busy && clock.nowMs() >= untilMs) break;
      }
    } finally {
      this.#running = false;
    }
    if (backlogged) this.#retryLater();
    const stays = busy || startMs - this.#workedMs < this.#spinMs;
    if (isInTurn || !stays) this.#publishCounters();
    // Why polling goes through the scheduler: promises and sockets want their turn in between.
    if (stays) this.#yield();
    else this.#sleep();
  }

  /** The next batch runs when the event loop has turned. */
  #yield(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#ports.scheduler.soon(this.#runInTurn);
  }

  /**
   * For systems that poll for long: a turn of the event loop takes as long as an answer from another thread. Why only
   * where nothing was done: promises that were settled want to go on.
   */
  #pollInPlace(startMs: number): boolean {
    if (this.#spinMs < POLL_IN_PLACE_FROM_MS || startMs - this.#workedMs >= this.#spinMs) return false;
    const { clock } = this.#ports;
    const untilMs = startMs + POLL_IN_PLACE_MS;
    do {
      for (let looks = 0; looks < LOOKS_PER_POLL; looks++) if (this.#hasMail()) return true;
    } while (clock.nowMs() < untilMs);
    return false;
  }

  #sleep(): void {
    this.#board.setAsleep(this.thread, true);
    if (!this.#hasMail()) return;
    this.#board.setAsleep(this.thread, false);
    this.wake();
  }

  /** Whether a thread that is connected has written and not been heard yet. */
  #hasMail(): boolean {
    return this.#board.hasWriters(this.thread, this.#router.links.length);
  }

  #drain(): number {
    let records = 0;
    const previous = bindReferences(this.#revive);
    for (let word = 0; word * 32 < this.#router.links.length; word++) {
      let mask = this.#board.takeWriters(this.thread, word);
      while (mask !== 0) {
        const bit = 31 - Math.clz32(mask);
        mask &= ~(1 << bit);
        records += this.#drainLink(word * 32 + bit);
      }
    }
    bindReferences(previous);
    return records;
  }

  #drainLink(thread: number): number {
    const link = this.#router.links[thread];
    if (link === undefined) return 0;
    const records = link.controlIn.drain(this.#drainRecords) + link.dataIn.drain(this.#drainRecords);
    if (link.dataIn.empty) this.kernel.asks.forgetEarlyCancels(thread);
    if (!link.dataIn.empty || !link.controlIn.empty) this.#board.announce(thread, this.thread);
    return records;
  }

  /** What was sent outside a batch becomes visible at the end of the current job. */
  #flushLater(): void {
    if (this.#running || this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.#ports.scheduler.endOfJob(() => {
      this.#flushScheduled = false;
      if (!this.#running && this.#router.flush()) this.#retryLater();
    });
  }

  #retryLater(): void {
    if (this.#retryArmed) return;
    this.#retryArmed = true;
    this.#ports.timers.after(BACKLOG_RETRY_MS, () => {
      this.#retryArmed = false;
      if (!this.#closed && this.#router.flush()) this.#retryLater();
    });
  }
}
