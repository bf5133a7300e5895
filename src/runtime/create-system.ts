// `createSystem`: opens the bell, lays out the shared memory, starts the threads, plants the two roots.

import { Cell } from "../actor/cell.js";
import type { SystemEvent } from "../actor/control-message.js";
import { callListener } from "../actor/listeners.js";
import type { Offload } from "../actor/ports.js";
import { allocatePresence } from "../actor/presence.js";
import { loadAddon } from "../base/addon.js";
import { BellExchange } from "../base/bell.js";
import { holdingTimers, systemClock, systemScheduler, systemTimers } from "../base/clock.js";
import type { Log } from "../base/ports.js";
import { systemRandom } from "../base/random.js";
import { Shutdown } from "../base/shutdown.js";
import { allocateBoard, Board } from "./board.js";
import { ImportedDefinitions } from "./definitions.js";
import { ThreadDrains } from "./drain.js";
import { FaultLog } from "./fault-log.js";
import { unfailing } from "./given-log.js";
import { PiscinaPool } from "./offload.js";
import { defineOffloadDesk } from "./offload-desk.js";
import { refuseInOwnThread } from "./own-thread.js";
import { Placements, type ThreadNames } from "./placement.js";
import { ActorSystem, planShutdown, Root } from "./system.js";
import { SystemEvents } from "./system-events.js";
import { checkOptions, type SystemOptions, type SystemSettings } from "./system-options.js";
import { ThreadRuntime } from "./thread-runtime.js";
import { ThreadWatch } from "./thread-watch.js";
import { WorkerPool } from "./worker-pool.js";

const warnings: Log = {
  log(level, message, fields) {
    if (level !== "debug" && level !== "info") console.error(`hive ${level}: ${message}`, fields ?? "");
  },
};

/**
 * Starts an actor system and resolves when all its threads run. Close it with `shutdown()`. Rejects with
 * `NESTED_SYSTEM` in a worker thread of a system.
 */
export async function createSystem(options: SystemOptions = {}): Promise<ActorSystem> {
  refuseInOwnThread();
  const settings = checkOptions(options);
  const ground = layOut(settings);
  const { main, board, exchange, jobs, events, log, emit, addon, addonMissing } = ground;
  const user = new Cell(main.kernel, Root, undefined, "user", {});
  const internal = new Cell(main.kernel, Root, undefined, "system", {});
  for (const root of [user, internal]) main.kernel.enqueue(root);
  const desk = main.kernel.spawn(internal, defineOffloadDesk(jobs), { name: "offload" }, "this");
  main.start();
  // As worker threads would, where there are any: actors may wait for timers, which keep nothing alive.
  ground.exchange.own.keepAlive(true);
  const pool = new WorkerPool({
    workers: settings.threads,
    names: ground.names,
    epochMs: ground.epochMs,
    board,
    presence: ground.presence,
    main,
    exchange,
    offload: desk.export(),
    nativeDisabled: settings.nativeDisabled,
    spinMicros: settings.spinMicros,
    batch: settings.batch,
    longTurnMs: settings.longTurnMs,
    development: settings.development,
    rings: settings.rings,
    resourceLimits: settings.resourceLimits,
    log,
    emit,
  });
  const { clock, timers } = main.kernel.ports;
  const { stallMs, softMemoryMb } = settings;
  // Where there is no second thread nobody feels the pulse.
  const longTurnMs = settings.threads === 0 ? 0 : settings.longTurnMs;
  const watch = new ThreadWatch({ board, main, pool, stallMs, longTurnMs, softMemoryMb, emit });
  const shutdown = new Shutdown({ clock, timers: holdingTimers(), log });
  const drains = new ThreadDrains({ pool, board, clock, timers, stopping: () => shutdown.begun });
  const living = { main, pool, board, exchange, watch, jobs, user, internal, drains, shutdown };
  const parts = { ...living, log, events, addon, addonMissing };
  planShutdown(parts);
  const system = new ActorSystem(parts);
  try {
    await pool.start();
  } catch (error) {
    await system.shutdown();
    throw error;
  }
  watch.start();
  return system;
}

/** What stands before the first thread starts: the addon, the bells, the shared memory, this thread's own part. */
function layOut(settings: SystemSettings) {
  const log = unfailing(settings.log ?? warnings);
  const { addon, reason: addonMissing } = loadAddon({ disabled: settings.nativeDisabled });
  const exchange = new BellExchange(addon);
  const board = new Board(allocateBoard());
  const presence = Array.from({ length: settings.threads + 1 }, allocatePresence);
  const names: ThreadNames = new Map(settings.names.map((name, at) => [name, at + 1]));
  const clock = systemClock();
  const epochMs = clock.nowMs();
  const events = new SystemEvents((watcher, event) => {
    callListener(main.kernel, watcher, event, `the event ${event.type}`);
  });
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
  const jobs = new PiscinaPool(settings.jobThreads);
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
    places: new Placements(board, names),
    definitions: new ImportedDefinitions(),
    offload,
    emit,
    spinMicros: settings.spinMicros,
    batch: settings.batch,
    development: settings.development,
  });
  return { names, log, addon, addonMissing, exchange, board, presence, epochMs, events, emit, jobs, main };
}
