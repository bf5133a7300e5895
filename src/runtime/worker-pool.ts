// The worker threads of a system: started, watched, replaced. A dead thread enters here and leaves as messages to the
// supervisors of the actors it took.
//
// A replaced thread keeps its number and gets fresh rings under a new epoch. Order: the dead thread's presence is
// buried, every other thread turns to the new rings (and its supervisors write births into them at once), the new
// thread starts and finds them there. The number of a thread that was retired is given again in the same way, so refs
// to whoever lived there stay dead.

import { THREADS_MAX } from "../actor/address.js";
import type { SystemEvent } from "../actor/control-message.js";
import { allocatePresence, Presence } from "../actor/presence.js";
import type { BellExchange } from "../base/bell.js";
import { CodedError } from "../base/errors.js";
import type { Log } from "../base/ports.js";
import { ShutdownLate } from "../base/shutdown.js";
import { call, type RemoteThread, transfer } from "./control.js";
import { type Connection, connect, type RingSizes } from "./link.js";
import type { ThreadRuntime } from "./thread-runtime.js";
import {
  endSeat,
  openSeat,
  type Seat,
  type SeatOptions,
  type ThreadState,
  untilReady,
} from "./worker-seat.js";

/** A thread that lives shorter than this died of its start. */
const QUICK_DEATH_MS = 1_000;
const RESTART_DELAY_MAX_MS = 5_000;

export interface ThreadStatus {
  readonly thread: number;
  readonly name: string | undefined;
  readonly epoch: number;
  readonly state: ThreadState;
  readonly restarts: number;
}

export interface WorkerPoolOptions extends SeatOptions {
  readonly workers: number;
  readonly main: ThreadRuntime;
  readonly exchange: BellExchange;
  readonly rings: RingSizes;
  readonly log: Log;
  emit(event: SystemEvent): void;
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #seats = new Map<number, Seat>();
  readonly #replaced = new Map<number, (() => void)[]>();
  /** What successors that have not started yet will be born with. */
  readonly #unborn = new Map<number, Connection[]>();
  /** Epochs of threads that were retired. */
  readonly #pastEpochs = new Map<number, number>();
  #closing = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Starts all threads and waits until each answers. */
  async start(): Promise<void> {
    const { workers, main, board } = this.#options;
    const births = new Map<number, Connection[]>();
    for (let thread = 1; thread <= workers; thread++) births.set(thread, []);
    for (let thread = 1; thread <= workers; thread++) {
      board.setOpen(thread, true);
      for (let other = 0; other < thread; other++) {
        const [ours, theirs] = connect(thread, other, 2, this.#options.rings);
        births.get(thread)?.push(ours);
        if (other === 0) main.attach(theirs);
        else births.get(other)?.push(theirs);
      }
    }
    for (const [thread, connections] of births)
      this.#seats.set(thread, this.#launch(thread, 1, connections, 0));
    await Promise.all([...this.#seats.values()].map((seat) => untilReady(seat)));
  }

  status(): ThreadStatus[] {
    const names = new Map([...this.#options.names].map(([name, thread]) => [thread, name]));
    return [...this.#seats.values()].map(({ thread, epoch, state }) => ({
      thread,
      name: names.get(thread),
      epoch,
      state: state === "running" && !this.#options.board.isOpen(thread) ? "draining" : state,
      restarts: epoch - 1 - (this.#pastEpochs.get(thread) ?? 0),
    }));
  }

  running(): number[] {
    return [...this.#seats.values()].filter((seat) => seat.state === "running").map((seat) => seat.thread);
  }

  control(thread: number): { control: RemoteThread; gone: Promise<void> } | undefined {
    const seat = this.#seats.get(thread);
    return seat?.state === "running" ? seat : undefined;
  }

  /** What Node calls the worker that runs as `thread`. */
  workerId(thread: number): number | undefined {
    const seat = this.#seats.get(thread);
    return seat?.state === "running" ? seat.worker.threadId : undefined;
  }

  /** Ends a thread at once and resolves when its successor is running. */
  async replace(thread: number, reason: string): Promise<void> {
    const seat = this.seat(thread);
    const replaced = new Promise<void>((resolve) => {
      const waiting = this.#replaced.get(thread) ?? [];
      this.#replaced.set(thread, [...waiting, resolve]);
    });
    if (seat.state === "running" || seat.state === "starting") {
      seat.reason ??= reason;
      seat.wasAskedFor = true;
      void seat.worker.terminate();
    }
    await replaced;
  }

  /** Starts one more thread; resolves with its number once it runs and every other thread knows it. */
  async add(name: string | undefined): Promise<number> {
    const { board, names, presence, main, rings } = this.#options;
    const thread = this.#freeNumber();
    const epoch = (this.#pastEpochs.get(thread) ?? 0) + 1;
    const memory = presence[thread] ?? allocatePresence();
    presence[thread] = memory;
    board.clear(thread);
    if (name !== undefined) names.set(name, thread);
    const [own, mains] = connect(thread, 0, epoch + 1, rings);
    const connections = [own];
    const told: Promise<unknown>[] = [];
    for (const other of this.#others(thread)) {
      const [ours, theirs] = connect(thread, other.thread, epoch + other.epoch, rings);
      connections.push(ours);
      const birth = this.#unborn.get(other.thread);
      birth?.push(theirs);
      // Why without a limit: a thread that is busy for long is told when it is not, one that is lost by its birth.
      const newcomer = { connection: theirs, presence: memory, name };
      if (birth === undefined) told.push(Promise.race([other.control.attach(newcomer), other.gone]));
    }
    main.attach(mains, memory);
    const seat = this.#launch(thread, epoch, connections, 0);
    this.#seats.set(thread, seat);
    try {
      await Promise.all([untilReady(seat), ...told]);
    } catch (error) {
      await this.retire(thread, 0);
      throw error;
    }
    board.setOpen(thread, true);
    return thread;
  }

  /**
   * Ends a thread for good, whoever is still on it. What others had told it is heard unless that takes longer than
   * `timeoutMs`. Returns the messages that nobody read.
   */
  async retire(thread: number, timeoutMs: number): Promise<number> {
    const { board, names, presence, main, exchange } = this.#options;
    const seat = this.seat(thread);
    board.setOpen(thread, false);
    await endSeat(seat, timeoutMs);
    this.#unborn.delete(thread);
    this.#pastEpochs.set(thread, seat.epoch);
    exchange.dismiss(thread);
    for (const [name, number] of names) if (number === thread) names.delete(name);
    let lost = new Presence(presence[thread] as SharedArrayBuffer, thread).end();
    main.kernel.deadLetters.addUnseen(lost);
    lost += main.detach(thread);
    const detached = this.#others(thread).map(async (other) => {
      const birth = this.#unborn.get(other.thread);
      if (birth !== undefined) birth.splice(0, birth.length, ...birth.filter((one) => one.thread !== thread));
      else lost += (await Promise.race([other.control.detach(thread), other.gone])) ?? 0;
    });
    await Promise.all(detached);
    // Only now is its number free: nobody leads it to the one that was.
    this.#seats.delete(thread);
    for (const resolve of this.#replaced.get(thread) ?? []) resolve();
    this.#replaced.delete(thread);
    return lost;
  }

  /** Every thread but one has sent what it had to send. Those that are stuck or lost are not waited for. */
  async settle(except = 0): Promise<void> {
    const waits = this.running().map((thread) => (thread === except ? 0 : this.settleOne(thread)));
    await Promise.allSettled(waits);
  }

  /** Makes a thread read all that it was sent so far; how many actors live there then. */
  settleOne(thread: number, timeoutMs?: number): Promise<number> {
    const seat = this.seat(thread);
    return call(`thread ${thread}`, Promise.resolve(seat.control.settle()), seat.gone, timeoutMs);
  }

  /** Tells every actor of a thread to stop. */
  stopAll(thread: number): void {
    const seat = this.seat(thread);
    this.#tell(seat, Promise.resolve(seat.control.stopAll()));
  }

  /** The seat of a thread that there is. */
  seat(thread: number): Seat {
    const seat = this.#seats.get(thread);
    if (seat !== undefined) return seat;
    const there = [...this.#seats.keys()].join(", ") || "none";
    throw new CodedError("NO_SUCH_THREAD", `thread ${thread}: worker threads are ${there}`);
  }

  /**
   * Ends every thread once it has heard what it was sent. One that does not go within `timeoutMs` is cut off; then this
   * throws `SHUTDOWN_LATE`.
   */
  async close(timeoutMs: number): Promise<void> {
    this.#closing = true;
    const { main, presence } = this.#options;
    const endMs = performance.now() + timeoutMs;
    await Promise.allSettled(this.running().map((thread) => this.settleOne(thread, timeoutMs)));
    const late: string[] = [];
    const ends = [...this.#seats.values()].map(async (seat) => {
      const inTime = await endSeat(seat, Math.max(0, endMs - performance.now()));
      if (!inTime) late.push(`thread ${seat.thread}`);
    });
    await Promise.all(ends);
    for (const { thread } of this.#seats.values()) {
      main.kernel.deadLetters.addUnseen(new Presence(presence[thread] as SharedArrayBuffer, thread).end());
      main.detach(thread);
    }
    for (const waiting of this.#replaced.values()) for (const resolve of waiting) resolve();
    if (late.length > 0) throw new ShutdownLate(late.join(", "), timeoutMs);
  }

  #freeNumber(): number {
    for (let thread = 1; thread < THREADS_MAX; thread++) if (!this.#seats.has(thread)) return thread;
    throw new CodedError(
      "THREADS",
      `${THREADS_MAX - 1} worker threads run already, which is the most: drain one first`,
    );
  }

  #others(thread: number): Seat[] {
    return [...this.#seats.values()].filter((seat) => seat.thread !== thread && seat.state !== "closed");
  }

  #launch(thread: number, epoch: number, connections: readonly Connection[], quickDeaths: number): Seat {
    const admission = this.#options.exchange.admit(thread);
    const seat = openSeat(this.#options, admission, { thread, epoch, connections, quickDeaths });
    for (const { thread: other, line } of admission.introductions) {
      const peer = this.#seats.get(other);
      if (peer !== undefined) this.#tell(peer, peer.control.introduce(transfer(line, [line.port])));
    }
    seat.ready.then(
      () => {
        if (seat.state !== "running") return;
        for (const resolve of this.#replaced.get(thread) ?? []) resolve();
        this.#replaced.delete(thread);
        if (epoch > 1 + (this.#pastEpochs.get(thread) ?? 0))
          this.#options.emit({ type: "thread-replaced", thread, epoch });
      },
      () => undefined,
    );
    seat.worker.once("exit", (code) => this.#lost(seat, seat.reason ?? `it exited with code ${code}`));
    return seat;
  }

  /** The thread is gone: bury it, turn everyone to its successor, start that. */
  #lost(seat: Seat, reason: string): void {
    if (this.#closing || seat.state === "closed") return;
    const { board, presence, main, emit, log } = this.#options;
    const { thread } = seat;
    const epoch = seat.epoch + 1;
    log.log("warn", "a thread was lost and is replaced", { thread, reason });
    const mailboxed = new Presence(presence[thread] as SharedArrayBuffer, thread).bury();
    board.clear(thread);
    const connections: Connection[] = [];
    const [own, mains] = connect(thread, 0, epoch + 1, this.#options.rings);
    connections.push(own);
    const turns: (() => void)[] = [];
    for (const other of this.#others(thread)) {
      const [ours, theirs] = connect(thread, other.thread, epoch + other.epoch, this.#options.rings);
      connections.push(ours);
      const birth = this.#unborn.get(other.thread);
      if (birth === undefined) turns.push(() => this.#tell(other, other.control.replace(theirs, reason)));
      else
        birth.splice(
          birth.findIndex((one) => one.thread === thread),
          1,
          theirs,
        );
    }
    const unread = main.replace(mains, reason);
    for (const turn of turns) turn();
    emit({ type: "thread-lost", thread, epoch: seat.epoch, reason, lostMessages: mailboxed + unread });
    const quick = performance.now() - seat.startedMs < QUICK_DEATH_MS;
    const quickDeaths = quick && !seat.wasAskedFor ? seat.quickDeaths + 1 : 0;
    const start = () => {
      if (seat.state === "closed") return;
      this.#unborn.delete(thread);
      if (!this.#closing) this.#seats.set(thread, this.#launch(thread, epoch, connections, quickDeaths));
    };
    seat.state = "replacing";
    this.#unborn.set(thread, connections);
    // Why: one quick death may be chance; a row of them is a cause that a busy loop of starts does not cure.
    if (quickDeaths <= 3) start();
    else setTimeout(start, Math.min(100 * 2 ** (quickDeaths - 3), RESTART_DELAY_MAX_MS)).unref();
  }

  /** A call whose answer nobody waits for; a thread that is gone meanwhile has its own notice. */
  #tell(seat: Seat, answer: Promise<unknown>): void {
    call(`thread ${seat.thread}`, answer, seat.gone).catch((error: unknown) => {
      if (!this.#closing)
        this.#options.log.log("debug", "a control call found no thread", { error: String(error) });
    });
  }
}
