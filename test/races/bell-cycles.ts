// A child process of the bell's race test: threads start, listen and end in many ways while other threads ring for them
// without pause. It prints one line of JSON; what the test judges is that line and how the process ended.
//
//   node bell-cycles.js <native|port> <cycles> <seed>

import { Worker } from "node:worker_threads";
import { loadAddon } from "../../src/base/addon.js";
import { BellExchange } from "../../src/base/bell.js";
import { seededRandom } from "../../src/base/random.js";

export const BELL_CYCLE_ENDINGS = [
  "terminate-early",
  "terminate",
  "exit",
  "throw",
  "close-and-leave",
] as const;
export type BellCycleEnding = (typeof BELL_CYCLE_ENDINGS)[number];

export interface BellCyclesResult {
  readonly cycles: number;
  readonly endings: Readonly<Record<BellCycleEnding, number>>;
  readonly wakes: number;
  readonly bellsLeft: number | undefined;
  readonly rssAfterWarmUpBytes: number;
  readonly rssAtEndBytes: number;
}

const PARALLEL = 4;
const FIRST_RINGER = 200;
const RINGERS = 2;
const WARM_UP_SHARE = 0.3;

const [kind, cyclesText, seedText] = process.argv.slice(2);
const cycles = Number(cyclesText);
const random = seededRandom(Number(seedText));
const { addon } = loadAddon({ disabled: kind === "port" });
const exchange = new BellExchange(addon);
const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const endings: Record<BellCycleEnding, number> = {
  "terminate-early": 0,
  terminate: 0,
  exit: 0,
  throw: 0,
  "close-and-leave": 0,
};
const running = new Map<number, Worker>();
let started = 0;
let done = 0;
let wakes = 0;
let rssAfterWarmUpBytes = 0;

function start(thread: number, data: Record<string, unknown>): Worker {
  const { seat, transfer, introductions } = exchange.admit(thread);
  const worker = new Worker(new URL("./bell-cycle-thread.js", import.meta.url), {
    workerData: { ...data, seat },
    transferList: [...transfer],
  });
  worker.on("error", () => {});
  for (const { thread: target, line } of introductions) running.get(target)?.postMessage(line, [line.port]);
  running.set(thread, worker);
  return worker;
}

/** Why: `events.once` would reject when a thread ends by an error, which here is one way to end among others. */
function when(worker: Worker, event: "online" | "message" | "exit"): Promise<unknown> {
  return new Promise((resolve) => worker.once(event, resolve));
}

/** One seat: thread after thread sits down and ends, while the ringers ring for it. */
async function keepCycling(thread: number): Promise<void> {
  while (started < cycles) {
    started++;
    const ending = BELL_CYCLE_ENDINGS[random.below(BELL_CYCLE_ENDINGS.length)] ?? "exit";
    const worker = start(thread, { role: "cycle", ending });
    const exited = when(worker, "exit");
    if (ending === "terminate-early") await when(worker, "online");
    else await Promise.race([when(worker, "message"), exited]);
    exchange.own.ring(thread);
    if (ending.startsWith("terminate")) await worker.terminate();
    await exited;
    exchange.own.ring(thread);
    running.delete(thread);
    exchange.dismiss(thread);
    endings[ending]++;
    if (++done === Math.floor(cycles * WARM_UP_SHARE)) rssAfterWarmUpBytes = process.memoryUsage.rss();
  }
}

exchange.own.listen(() => wakes++);
const seats = Array.from({ length: PARALLEL }, (_, index) => index + 1);
const ringers = Array.from({ length: RINGERS }, (_, index) =>
  start(FIRST_RINGER + index, { role: "ringer", stop, targets: [0, ...seats] }),
);
await Promise.all(seats.map(keepCycling));
Atomics.store(stop, 0, 1);
await Promise.all(ringers.map((ringer) => when(ringer, "exit")));
const rssAtEndBytes = process.memoryUsage.rss();
exchange.close();
const bellsLeft = addon?.bellCount();
const result: BellCyclesResult = {
  cycles: done,
  endings,
  wakes,
  bellsLeft,
  rssAfterWarmUpBytes,
  rssAtEndBytes,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
