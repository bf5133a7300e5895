// A process that appends numbers to the journal until it is killed. Each number that was acknowledged is printed at
// once, so the test knows what must be there; now and then it makes a checkpoint. The seed decides sizes and times.

import { writeSync } from "node:fs";

import { systemClock, systemScheduler, systemTimers } from "../../src/base/clock.js";
import { seededRandom } from "../../src/base/random.js";
import { openDatabase } from "../../src/store/database.js";
import { openJournal } from "../../src/store/journal.js";

const IN_FLIGHT = 32;

const [dir, seed] = process.argv.slice(2) as [string, string];
const random = seededRandom(Number(seed));
const ports = {
  clock: systemClock(),
  timers: systemTimers(),
  scheduler: systemScheduler(),
  log: { log: () => {} },
};
const database = await openDatabase({ dir, ...ports });
const journal = openJournal<{ n: number; text: string }>(database, { ...ports, segmentBytes: 2_000_000 });
let last = 0;
const { checkpoint } = await journal.recover((entry) => {
  last = entry.n;
});
last = Math.max(last, checkpoint === undefined ? 0 : Number(Buffer.from(checkpoint).toString()));

let next = last + 1;
let checkpointAt = next + random.below(2_000);
let checkpointing = false;

function appendOne(): void {
  const n = next++;
  const text = "x".repeat(random.below(600));
  journal.append([{ n, text }], (error) => {
    if (error !== undefined) throw error;
    last = n;
    writeSync(1, `${n}\n`);
    if (n >= checkpointAt && !checkpointing) checkpointSoon();
    appendOne();
  });
}

function checkpointSoon(): void {
  checkpointing = true;
  setImmediate(() => {
    const { lastSeq } = journal;
    void journal.checkpoint(Buffer.from(String(last)), lastSeq).then(() => {
      checkpointing = false;
      checkpointAt = last + random.below(2_000);
    });
  });
}

for (let at = 0; at < IN_FLIGHT; at++) appendOne();
