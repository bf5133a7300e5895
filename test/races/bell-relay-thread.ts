// A thread of the relay race: takes the tokens before it, passes each on to a random thread and rings there.
// A token is only ever looked at after a ring, so one lost wake-up leaves it lying for good.

import { parentPort, workerData } from "node:worker_threads";
import { loadAddon } from "../../src/base/addon.js";
import { openBell } from "../../src/base/bell.js";
import type { BellLine, BellSeat } from "../../src/base/bell-seat.js";
import { seededRandom } from "../../src/base/random.js";

export interface RelayData {
  readonly seat: BellSeat;
  readonly seed: number;
  /** Word 0: hops still to make. Word n: tokens lying before thread n. */
  readonly words: Int32Array;
}

const { seat, seed, words } = workerData as RelayData;
const random = seededRandom(seed + seat.thread);
const runners = words.length - 1;
const bell = openBell(seat, loadAddon().addon);

bell.listen(() => {
  const tokens = Atomics.exchange(words, seat.thread, 0);
  for (let token = 0; token < tokens; token++) {
    if (Atomics.sub(words, 0, 1) <= 0) {
      parentPort?.postMessage("finished");
      continue;
    }
    const next = 1 + random.below(runners);
    Atomics.add(words, next, 1);
    bell.ring(next);
  }
});
parentPort?.on("message", (line: BellLine) => bell.connect(line));
parentPort?.postMessage("ready");
