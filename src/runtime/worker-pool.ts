// The worker threads of a system: started, watched, replaced. A dead thread enters here and leaves as messages to the
// supervisors of the actors it took.
//
// A replaced thread keeps its number and gets fresh rings under a new epoch. Order: the dead thread's presence is
// buried, every other thread turns to the new rings (and its supervisors write births into them at once), the new
// thread starts and finds them there.

import { MessageChannel, Worker } from "node:worker_threads";
import type { SystemEvent, Where } from "../actor/control-message.js";
import { Presence } from "../actor/presence.js";
import type { BellExchange } from "../base/bell.js";
import { CodedError } from "../base/errors.js";
import type { Log } from "../base/ports.js";
import type { Board } from "./board.js";
import { call, type RemoteThread, type ThreadBirth, transfer, wrapControl } from "./control.js";
import { type Connection, connect, type RingSizes } from "./link.js";
import type { ThreadRuntime } from "./thread-runtime.js";

/** A thread that lives shorter than this died of its start. */
const QUICK_DEATH_MS = 1_000;
const RESTART_DELAY_MAX_MS = 5_000;

export type ThreadState = "starting" | "running" | "replacing" | "closed";

export interface ThreadStatus {
  readonly thread: number;
  readonly epoch: number;
  readonly state: ThreadState;
  readonly restarts: number;
}

export interface WorkerPoolOptions {
  readonly workers: number;
  readonly epochMs: number;
  readonly board: Board;
  readonly presence: readonly SharedArrayBuffer[];
  readonly main: ThreadRuntime;
  readonly exchange: BellExchange;
  readonly offload: Where;
  readonly nativeDisabled: boolean;
  readonly spinMicros: number;
  readonly rings: RingSizes;
  readonly resourceLimits: NonNullable<ConstructorParameters<typeof Worker>[1]>["resourceLimits"];
  readonly log: Log;
  emit(event: SystemEvent): void;
}

interface Seat {
  readonly thread: number;
  epoch: number;
  state: ThreadState;
  worker: Worker;
  control: RemoteThread;
  gone: Promise<void>;
  ready: Promise<void>;
  startedMs: number;
  quickDeaths: number;
  reason: string | undefined;
  /** Its end was wished for and says nothing about its health. */
  wasAskedFor: boolean;
}

/** A thread could not be started. */
export class ThreadStartFailed extends CodedError {
  constructor(thread: number, reason: string) {
    super("THREAD_START", `thread ${thread} ended while it started: ${reason}`);
  }
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #seats = new Map<number, Seat>();
  readonly #replaced = new Map<number, (() => void)[]>();
  /** What successors that have not started yet will be born with. */
  readonly #unborn = new Map<number, Connection[]>();
  #closing = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Starts all threads and waits until each answers. */
  async start(): Promise<void> {
    const { workers, main } = this.#options;
    const births = new Map<number, Connection[]>();
    for (let thread = 1; thread <= workers; thread++) births.set(thread, []);
    for (let thread = 1; thread <= workers; thread++) {
      for (let other = 0; other < thread; other++) {
        const [ours, theirs] = connect(thread, other, 1, this.#options.rings);
        births.get(thread)?.push(ours);
        if (other === 0) main.attach(theirs);
        else births.get(other)?.push(theirs);
      }
    }
    for (const [thread, connections] of births)
      this.#seats.set(thread, this.#launch(thread, 1, connections, 0));
    await Promise.all([...this.#seats.values()].map((seat) => this.#untilReady(seat)));
  }

  status(): ThreadStatus[] {
    return [...this.#seats.values()].map(({ thread, epoch, state }) => ({
      thread,
      epoch,
      state,
      restarts: epoch - 1,
    }));
  }

  running(): number[] {
    return [...this.#seats.values()].filter((seat) => seat.state === "running").map((seat) => seat.thread);
  }

  control(thread: number): { control: RemoteThread; gone: Promise<void> } | undefined {
    const seat = this.#seats.get(thread);
    return seat?.state === "running" ? seat : undefined;
  }

  /** Ends a thread at once and resolves when its successor is running. */
  async replace(thread: number, reason: string): Promise<void> {
    const seat = this.#seats.get(thread);
    if (seat === undefined) {
      throw new CodedError("NO_SUCH_THREAD", `thread ${thread}: threads are 1 to ${this.#options.workers}`);
    }
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

  /** Lets every thread finish its batch and go; ends those that do not within `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    this.#closing = true;
    await Promise.all(
      [...this.#seats.values()].map(async (seat) => {
        seat.state = "closed";
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, timeoutMs);
        });
        void Promise.resolve(seat.control.close()).catch(() => undefined);
        await Promise.race([seat.gone, late]);
        clearTimeout(timer);
        await seat.worker.terminate();
        await seat.gone;
      }),
    );
    for (const waiting of this.#replaced.values()) for (const resolve of waiting) resolve();
  }

  #launch(thread: number, epoch: number, connections: readonly Connection[], quickDeaths: number): Seat {
    const { exchange, board, presence, offload, nativeDisabled, spinMicros, epochMs, workers } =
      this.#options;
    const admission = exchange.admit(thread);
    const { port1, port2 } = new MessageChannel();
    const birth: ThreadBirth = {
      thread,
      epochMs,
      workers,
      board: board.memory,
      presence,
      connections,
      bell: admission.seat,
      nativeDisabled,
      control: port2,
      offload,
      spinMicros,
    };
    const worker = new Worker(new URL("./worker.js", import.meta.url), {
      name: `hive-${thread}`,
      workerData: birth,
      execArgv: flagsForThreads(process.execArgv),
      transferList: [port2, ...admission.transfer],
      ...(this.#options.resourceLimits === undefined ? {} : { resourceLimits: this.#options.resourceLimits }),
    });
    for (const { thread: other, line } of admission.introductions) {
      const peer = this.#seats.get(other);
      if (peer !== undefined) this.#tell(peer, peer.control.introduce(transfer(line, [line.port])));
    }
    const control = wrapControl(port1);
    const seat: Seat = {
      thread,
      epoch,
      state: "starting",
      worker,
      control,
      gone: new Promise((resolve) => worker.once("exit", () => resolve())),
      ready: Promise.resolve(),
      startedMs: performance.now(),
      quickDeaths,
      reason: undefined,
      wasAskedFor: false,
    };
    seat.ready = Promise.resolve(control.ready()).then(() => {
      if (seat.state !== "starting") return;
      seat.state = "running";
      for (const resolve of this.#replaced.get(thread) ?? []) resolve();
      this.#replaced.delete(thread);
      if (epoch > 1) this.#options.emit({ type: "thread-replaced", thread, epoch });
    });
    seat.ready.catch(() => undefined);
    worker.on("error", (error) => {
      seat.reason ??= error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    worker.once("exit", (code) => {
      port1.close();
      this.#lost(seat, seat.reason ?? `it exited with code ${code}`);
    });
    return seat;
  }

  async #untilReady(seat: Seat): Promise<void> {
    const died = seat.gone.then(() => {
      throw new ThreadStartFailed(seat.thread, seat.reason ?? "no reason given");
    });
    await Promise.race([seat.ready, died]);
    died.catch(() => undefined);
  }

  /** The thread is gone: bury it, turn everyone to its successor, start that. */
  #lost(seat: Seat, reason: string): void {
    if (this.#closing) return;
    const { board, presence, main, emit, log } = this.#options;
    const { thread } = seat;
    const epoch = seat.epoch + 1;
    log.log("warn", "a thread was lost and is replaced", { thread, reason });
    const mailboxed = new Presence(presence[thread] as SharedArrayBuffer, thread).bury();
    board.clear(thread);
    const connections: Connection[] = [];
    const [own, mains] = connect(thread, 0, epoch, this.#options.rings);
    connections.push(own);
    const turns: (() => void)[] = [];
    for (const other of this.#seats.values()) {
      if (other === seat || other.state === "closed") continue;
      const [ours, theirs] = connect(thread, other.thread, epoch, this.#options.rings);
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

/** A thread takes the flags of its process, but runs a file: `--input-type` is for programs on the command line. */
function flagsForThreads(flags: readonly string[]): string[] {
  return flags.filter((flag, i) => !flag.startsWith("--input-type") && flags[i - 1] !== "--input-type");
}
