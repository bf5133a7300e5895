// One worker thread as the pool sees it: how it is born, when it is ready, how it ends.

import { MessageChannel, Worker } from "node:worker_threads";
import type { Where } from "../actor/control-message.js";
import type { BellAdmission } from "../base/bell-seat.js";
import { CodedError } from "../base/errors.js";
import type { Board } from "./board.js";
import { type RemoteThread, type ThreadBirth, wrapControl } from "./control.js";
import type { Connection } from "./link.js";
import type { ThreadNames } from "./placement.js";
import type { BatchSizes } from "./thread-runtime.js";

/** `draining`: it runs, and takes no new actors. */
export type ThreadState = "starting" | "running" | "draining" | "replacing" | "closed";

/** What every worker thread of a system is born with. */
export interface SeatOptions {
  readonly epochMs: number;
  /** Of every thread that has one; kept by the pool. */
  readonly names: ThreadNames;
  readonly board: Board;
  /** Of every thread, the main one first; the pool adds to it. */
  readonly presence: SharedArrayBuffer[];
  readonly offload: Where;
  readonly nativeDisabled: boolean;
  readonly spinMicros: number;
  readonly batch: BatchSizes;
  readonly longTurnMs: number;
  readonly development: boolean;
  readonly resourceLimits: NonNullable<ConstructorParameters<typeof Worker>[1]>["resourceLimits"];
}

export interface Seat {
  readonly thread: number;
  readonly epoch: number;
  state: Exclude<ThreadState, "draining">;
  readonly worker: Worker;
  readonly control: RemoteThread;
  readonly gone: Promise<void>;
  ready: Promise<void>;
  readonly startedMs: number;
  readonly quickDeaths: number;
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

/** Starts a worker thread. */
export function openSeat(
  options: SeatOptions,
  admission: BellAdmission,
  own: { thread: number; epoch: number; connections: readonly Connection[]; quickDeaths: number },
): Seat {
  const { board, resourceLimits } = options;
  const { thread, epoch, connections, quickDeaths } = own;
  const { port1, port2 } = new MessageChannel();
  const birth: ThreadBirth = {
    thread,
    epochMs: options.epochMs,
    names: options.names,
    board: board.memory,
    presence: options.presence,
    connections,
    bell: admission.seat,
    nativeDisabled: options.nativeDisabled,
    control: port2,
    offload: options.offload,
    spinMicros: options.spinMicros,
    batch: options.batch,
    longTurnMs: options.longTurnMs,
    development: options.development,
  };
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    name: `hive-${thread}`,
    workerData: birth,
    ...ownFlags(process.execArgv),
    transferList: [port2, ...admission.transfer],
    ...(resourceLimits === undefined ? {} : { resourceLimits }),
  });
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
    if (seat.state === "starting") seat.state = "running";
  });
  worker.on("error", (error) => {
    seat.reason ??= error instanceof Error ? (error.stack ?? error.message) : String(error);
  });
  worker.once("exit", () => port1.close());
  return seat;
}

/** Waits for a thread that starts. */
export async function untilReady(seat: Seat): Promise<void> {
  const died = seat.gone.then(() => {
    throw new ThreadStartFailed(seat.thread, seat.reason ?? "no reason given");
  });
  await Promise.race([seat.ready, died]);
  died.catch(() => undefined);
}

/** Lets a thread hear what it was sent and go. False for one that did not within `timeoutMs` and was cut off. */
export async function endSeat(seat: Seat, timeoutMs: number): Promise<boolean> {
  seat.state = "closed";
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, timeoutMs, "late");
  });
  void Promise.resolve(seat.control.close()).catch(() => undefined);
  const end = await Promise.race([seat.gone, late]);
  clearTimeout(timer);
  await seat.worker.terminate();
  await seat.gone;
  return end !== "late";
}

/**
 * A thread inherits the flags of its process, but runs a file: `--input-type`, for programs on the command line, would
 * stop it, so threads of such a program have none. Why no list of the others: Node refuses flags of the engine there.
 */
function ownFlags(flags: readonly string[]): { execArgv?: string[] } {
  return flags.some((flag) => flag.startsWith("--input-type")) ? { execArgv: [] } : {};
}
