// The other side of bare memory: answers a number with the same number, copies binaries out and weighs them, or reads a
// ring.

import { parentPort, workerData } from "node:worker_threads";
import { loadAddon } from "../../src/base/addon.js";
import { openBell } from "../../src/base/bell.js";
import type { BellSeat } from "../../src/base/bell-seat.js";
import { RingReader } from "../../src/ring/reader.js";
import { Envelope } from "../../src/wire/envelope.js";
import { ANSWERED, ASKED, READ, SLOTS, SPINS, WRITTEN } from "./bare.js";
import { BINARY_BYTES, type Shape, WEIGHTS, weighBinary } from "./shapes.js";

interface Given {
  readonly words: Int32Array;
  readonly seat?: BellSeat;
  readonly slots?: Uint8Array;
  readonly count?: number;
  readonly ring?: SharedArrayBuffer;
  readonly shape?: Shape;
}

const MAIN_THREAD = 0;
const { words, seat, slots, count = 0, ring, shape = "empty" } = workerData as Given;

if (seat !== undefined) echo(seat);
if (slots !== undefined) parentPort?.on("message", () => copy(slots));
if (ring !== undefined) parentPort?.on("message", readerOf(ring));
parentPort?.postMessage("ready");

function echo(own: BellSeat): void {
  const bell = openBell(own, loadAddon({}).addon);
  let spinning = false;
  const look = (): void => {
    const asked = Atomics.load(words, ASKED);
    if (asked !== Atomics.load(words, ANSWERED)) {
      Atomics.store(words, ANSWERED, asked);
      if (words[SPINS] === 0) bell.ring(MAIN_THREAD);
    }
    if (words[SPINS] === 1 && !spinning) turn();
  };
  const turn = (): void => {
    spinning = words[SPINS] === 1;
    if (!spinning) return;
    look();
    setImmediate(turn);
  };
  bell.listen(look);
  bell.keepAlive(true);
}

function readerOf(memory: SharedArrayBuffer): () => void {
  const weigh = WEIGHTS[shape] as (message: unknown) => number;
  const met = { count: 0, sum: 0 };
  const sink = {
    deliver(_thread: number, _envelope: Envelope, payload: unknown): void {
      met.count += 1;
      met.sum += weigh(payload);
    },
  };
  const reader = new RingReader(memory, MAIN_THREAD, sink, new Envelope());
  return () => {
    met.count = 0;
    met.sum = 0;
    while (met.count < count) reader.drain(count);
    parentPort?.postMessage({ ...met });
  };
}

function copy(from: Uint8Array): void {
  let sum = 0;
  for (let read = Atomics.load(words, READ), left = count; left > 0; left -= 1) {
    while (Atomics.load(words, WRITTEN) === read);
    const at = (read % SLOTS) * BINARY_BYTES;
    const binary = new Uint8Array(Buffer.allocUnsafeSlow(BINARY_BYTES).buffer);
    binary.set(from.subarray(at, at + BINARY_BYTES));
    read += 1;
    Atomics.store(words, READ, read);
    sum += weighBinary(binary);
  }
  parentPort?.postMessage({ count, sum });
}
