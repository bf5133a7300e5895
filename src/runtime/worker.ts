// The entry of a worker thread: it takes its seat, connects its rings and runs until it is told to close.
//
// Nothing heavy is imported here: a thread costs what this file's graph costs. No store, no sockets, no metrics.

import { parentPort, workerData } from "node:worker_threads";
import type { SystemEvent } from "../actor/control-message.js";
import { loadAddon } from "../base/addon.js";
import { openBell } from "../base/bell.js";
import { systemClock, systemScheduler, systemTimers } from "../base/clock.js";
import { invariant } from "../base/invariant.js";
import type { Log } from "../base/ports.js";
import { systemRandom } from "../base/random.js";
import { Board } from "./board.js";
import { exposeControl, type ThreadBirth } from "./control.js";
import { ImportedDefinitions } from "./definitions.js";
import { sampleMemory } from "./memory.js";
import { remoteOffload } from "./offload-desk.js";
import { markOwnThread } from "./own-thread.js";
import { Placements } from "./placement.js";
import { Pulse } from "./pulse.js";
import { showDoing } from "./stuck-thread.js";
import { insightInto } from "./thread-insight.js";
import { ThreadRuntime } from "./thread-runtime.js";

invariant(parentPort !== null, "runtime/worker runs in a worker thread");
markOwnThread();
const birth = workerData as ThreadBirth;
const { addon } = loadAddon({ disabled: birth.nativeDisabled });
const bell = openBell(birth.bell, addon);
const board = new Board(birth.board);

function emit(event: SystemEvent): void {
  runtime.tellMain(event);
}

const log: Log = { log: (level, message, fields = {}) => emit({ type: "log", level, message, fields }) };

const runtime: ThreadRuntime = new ThreadRuntime({
  thread: birth.thread,
  epochMs: birth.epochMs,
  board,
  presence: birth.presence,
  spinMicros: birth.spinMicros,
  batch: birth.batch,
  development: birth.development,
  ports: {
    clock: systemClock(),
    timers: systemTimers(),
    random: systemRandom(),
    scheduler: systemScheduler(),
    bell,
    log,
  },
  places: new Placements(board, birth.names),
  definitions: new ImportedDefinitions(),
  offload: remoteOffload(() => runtime.kernel.refTo(...birth.offload)),
  emit,
});

exposeControl(birth.control, {
  ready: () => undefined,
  introduce: (line) => bell.connect(line),
  attach: ({ connection, presence, name }) => {
    if (name !== undefined) birth.names.set(name, connection.thread);
    runtime.attach(connection, presence);
  },
  detach: (thread) => {
    for (const [name, number] of birth.names) if (number === thread) birth.names.delete(name);
    return runtime.detach(thread);
  },
  settle: () => runtime.settle(),
  stopAll: () => {
    // What was sent before counts as mail of those who stop now.
    runtime.settle();
    runtime.kernel.nursery.stopAll({ code: "shutdown" });
  },
  replace: (connection, reason) => void runtime.replace(connection, reason),
  ...insightInto(runtime.kernel),
  close: () => {
    runtime.close();
    bell.close();
    setImmediate(() => process.exit());
  },
});
for (const connection of birth.connections) runtime.attach(connection);
showDoing(runtime.kernel);
sampleMemory(board, birth.thread, systemTimers());
// Why one worker only: one pulse is enough for the main thread, which beats for all others.
if (birth.thread === 1) new Pulse(board, 1, systemTimers(), birth.longTurnMs).start();
runtime.start();
bell.keepAlive(true);
