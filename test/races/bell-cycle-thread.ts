// A thread of bell-cycles: either a ringer that rings without pause until it is stopped, or one that listens and ends.

import { parentPort, workerData } from "node:worker_threads";
import { loadAddon } from "../../src/base/addon.js";
import { openBell } from "../../src/base/bell.js";
import type { BellLine, BellSeat } from "../../src/base/bell-seat.js";
import type { BellCycleEnding } from "./bell-cycles.js";

interface RingerData {
  readonly role: "ringer";
  readonly seat: BellSeat;
  readonly stop: Int32Array;
  readonly targets: readonly number[];
}

interface CycleData {
  readonly role: "cycle";
  readonly seat: BellSeat;
  readonly ending: BellCycleEnding;
}

const RINGS_PER_BURST = 500;
/** Between bursts a ringer leaves its processor to the threads that start and end. */
const PAUSE_MS = 1;

const data = workerData as RingerData | CycleData;
const bell = openBell(data.seat, loadAddon().addon);
bell.listen(() => {
  if (data.role === "cycle") end(data.ending);
});
bell.keepAlive(true);
parentPort?.on("message", (line: BellLine) => bell.connect(line));
if (data.role === "ringer") ringUntilStopped(data);
else parentPort?.postMessage("listening");

/** Rings in bursts; introductions to newcomers arrive between them. */
function ringUntilStopped({ stop, targets }: RingerData): void {
  for (let ring = 0; ring < RINGS_PER_BURST; ring++) for (const target of targets) bell.ring(target);
  if (Atomics.wait(stop, 0, 0, PAUSE_MS) === "timed-out") {
    setImmediate(() => ringUntilStopped(data as RingerData));
    return;
  }
  bell.close();
  parentPort?.close();
}

function end(ending: BellCycleEnding): void {
  if (ending === "exit") process.exit(3);
  if (ending === "throw") throw new Error("a thread of the race ends by an error");
  if (ending !== "close-and-leave") return;
  bell.close();
  parentPort?.close();
}
