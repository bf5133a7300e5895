// `createSystem`: opens the bell, lays out the shared memory, starts the threads, plants the two roots.

import { THREADS_MAX } from "../actor/address.js";
import { Cell } from "../actor/cell.js";
import type { SystemEvent } from "../actor/control-message.js";
import type { Offload } from "../actor/ports.js";
import { allocatePresence } from "../actor/presence.js";
import { loadAddon } from "../base/addon.js";
import { BellExchange } from "../base/bell.js";
import { systemClock, systemScheduler, systemTimers } from "../base/clock.js";
import { CodedError } from "../base/errors.js";
import type { Log } from "../base/ports.js";
import { systemRandom } from "../base/random.js";
import { allocateBoard, Board } from "./board.js";
import { ImportedDefinitions } from "./definitions.js";
import { FaultLog } from "./fault-log.js";
import { DEFAULT_RING_SIZES, type RingSizes } from "./link.js";
import { PiscinaPool } from "./offload.js";
import { defineOffloadDesk } from "./offload-desk.js";
import { Placements } from "./placement.js";
import { ActorSystem, Root, SystemEvents } from "./system.js";
import { ThreadRuntime } from "./thread-runtime.js";
import { STALL_MS, Watchdog } from "./watchdog.js";
import { WorkerPool, type WorkerPoolOptions } from "./worker-pool.js";

export interface SystemOptions {
  /** Worker threads. 0 runs every actor on the calling thread. */
  readonly threads: number;
  /** Where the system's own sentences go. Default: warnings and worse to stderr. */
  readonly log?: Log;
  /** A thread without progress for this long, with work waiting, is replaced. Default 10,000. */
  readonly stallMs?: number;
  /** Microseconds a thread polls before it sleeps: less latency for more CPU. Default 50. */
  readonly spinMicros?: number;
  /** Threads of the pool for CPU jobs. Default 1. */
  readonly jobThreads?: number;
  /** Ring capacities per ordered pair of threads, powers of two. */
  readonly rings?: Partial<RingSizes>;
  /** Heap limits of each worker thread, as `node:worker_threads` has them. */
  readonly resourceLimits?: WorkerPoolOptions["resourceLimits"];
  /** Does without the native addon, as on a machine that has none. */
  readonly nativeDisabled?: boolean;
}

/** About what a wake-up costs: a thread that is busy at all then rarely pays for one. */
const SPIN_MICROS = 50;

const warnings: Log = {
  log(level, message, fields) {
    if (level !== "debug" && level !== "info") console.error(`hive ${level}: ${message}`, fields ?? "");
  },
};

const OPTION_NAMES: readonly string[] = [
  "threads",
  "log",
  "stallMs",
  "spinMicros",
  "jobThreads",
  "rings",
  "resourceLimits",
  "nativeDisabled",
] satisfies (keyof SystemOptions)[];

/** Why: an option with a typing error would otherwise be one that was never given. */
function refuseUnknown(options: SystemOptions): void {
  const unknown = Object.keys(options).filter((name) => !OPTION_NAMES.includes(name));
  if (unknown.length === 0) return;
  throw new CodedError(
    "OPTIONS",
    `createSystem knows no ${unknown.join(", ")}; it takes ${OPTION_NAMES.join(", ")}`,
  );
}

/** Starts an actor system and resolves when all its threads run. Close it with `shutdown()`. */
export async function createSystem(options: SystemOptions): Promise<ActorSystem> {
  refuseUnknown(options);
  const { threads } = options;
  if (!Number.isInteger(threads) || threads < 0 || threads >= THREADS_MAX) {
    throw new CodedError("THREADS", `threads: ${threads}; give a whole number from 0 to ${THREADS_MAX - 1}`);
  }
  const ground = layOut(options);
  const { main, board, exchange, jobs, events, log, emit, addon, addonMissing } = ground;
  const user = new Cell(main.kernel, Root, undefined, "user", {});
  const internal = new Cell(main.kernel, Root, undefined, "system", {});
  for (const root of [user, internal]) main.kernel.enqueue(root);
  const desk = main.kernel.spawn(internal, defineOffloadDesk(jobs), { name: "offload" }, "this");
  main.start();
  // As worker threads would, where there are any: actors may wait for timers, which keep nothing alive.
  ground.exchange.own.keepAlive(true);
  const pool = new WorkerPool({
    workers: threads,
    epochMs: ground.epochMs,
    board,
    presence: ground.presence,
    main,
    exchange,
    offload: desk.export(),
    nativeDisabled: options.nativeDisabled ?? false,
    spinMicros: options.spinMicros ?? SPIN_MICROS,
    rings: { ...DEFAULT_RING_SIZES, ...options.rings },
    resourceLimits: options.resourceLimits,
    log,
    emit,
  });
  const watchdog = new Watchdog({
    board,
    clock: main.kernel.ports.clock,
    timers: main.kernel.ports.timers,
    stallMs: options.stallMs ?? STALL_MS,
    threads: () => pool.running(),
    poke: (thread) => main.poke(thread),
    stalled: (thread, forMs) => void pool.replace(thread, `no progress for ${Math.round(forMs)} ms`),
  });
  const parts = { main, pool, board, exchange, watchdog, jobs, user, internal, log, events };
  const system = new ActorSystem({ ...parts, addon, addonMissing });
  try {
    await pool.start();
  } catch (error) {
    await system.shutdown();
    throw error;
  }
  watchdog.start();
  return system;
}

/** What stands before the first thread starts: the addon, the bells, the shared memory, this thread's own part. */
function layOut(options: SystemOptions) {
  const log = options.log ?? warnings;
  const { addon, reason: addonMissing } = loadAddon({ disabled: options.nativeDisabled ?? false });
  const exchange = new BellExchange(addon);
  const board = new Board(allocateBoard());
  const presence = Array.from({ length: options.threads + 1 }, allocatePresence);
  const clock = systemClock();
  const epochMs = clock.nowMs();
  const events = new SystemEvents();
  const faults = new FaultLog(log, clock);
  if (addonMissing !== undefined) {
    log.log("warn", "without the native addon: threads wake by MessagePort, scores by TypeScript", {
      reason: addonMissing,
    });
  }
  const emit = (event: SystemEvent): void => {
    if (event.type === "log") return log.log(event.level, event.message, event.fields);
    faults.note(event);
    events.emit(event);
  };
  const jobs = new PiscinaPool(options.jobThreads ?? 1);
  const offload: Offload = {
    run: ({ module, name }, input, { signal = new AbortController().signal }) => {
      return jobs.run({ module, name, input }, signal);
    },
  };
  const main = new ThreadRuntime({
    thread: 0,
    epochMs,
    board,
    presence,
    ports: {
      clock,
      timers: systemTimers(),
      random: systemRandom(),
      scheduler: systemScheduler(),
      bell: exchange.own,
      log,
    },
    places: new Placements(board, options.threads),
    definitions: new ImportedDefinitions(),
    offload,
    emit,
    spinMicros: options.spinMicros ?? SPIN_MICROS,
  });
  return { log, addon, addonMissing, exchange, board, presence, epochMs, events, emit, jobs, main };
}
