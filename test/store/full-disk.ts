// A process that lives on a disk of its own size: fills it through the journal, sees it become read-only, makes room,
// sees it open again. Prints what happened as one line of JSON; the test reads it.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { systemClock, systemScheduler, systemTimers } from "../../src/base/clock.js";
import { openBlobs } from "../../src/store/blobs.js";
import { openDatabase } from "../../src/store/database.js";
import type { Journal } from "../../src/store/journal.js";
import { openJournal } from "../../src/store/journal.js";

const BALLAST_BYTES = 12 * 1024 * 1024;
const ENTRY_TEXT = "x".repeat(20_000);

const disk = process.argv[2] as string;
const dir = join(disk, "data");
const ballast = join(disk, "ballast");
const levels: string[] = [];
const ports = {
  clock: systemClock(),
  timers: systemTimers(),
  scheduler: systemScheduler(),
  log: { log: (level: string) => void levels.push(level) },
};

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code);
const outcomeOf = (work: Promise<unknown>): Promise<string> => work.then(() => "stored", codeOf);

/** Appends until an append is refused; answers how many were stored and what every other one was told. */
async function fill(journal: Journal, acknowledged: number[]): Promise<string[]> {
  const refusals: string[] = [];
  for (let n = 1; journal.state === "open"; n += 4) {
    const batch = [n, n + 1, n + 2, n + 3].map((number) =>
      journal.appendDurably([{ n: number, text: ENTRY_TEXT }]).then(
        () => void acknowledged.push(number),
        (error: unknown) => void refusals.push(codeOf(error)),
      ),
    );
    await Promise.all(batch);
  }
  return refusals;
}

/** Appends what is essential until not even that has room; answers what the last one was told. */
async function exhaust(journal: Journal, acknowledged: number[]): Promise<string> {
  for (let n = 100_000; ; n++) {
    const outcome = await outcomeOf(journal.appendDurably([{ n, text: ENTRY_TEXT }], "essential"));
    if (outcome !== "stored") return outcome;
    acknowledged.push(n);
  }
}

async function stateIs(journal: Journal, wanted: string): Promise<void> {
  if (journal.state === wanted) return;
  await new Promise<void>((resolve) => {
    const stop = journal.onState((state) => {
      if (state !== wanted) return;
      stop();
      resolve();
    });
  });
}

mkdirSync(dir, { mode: 0o700 });
writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES, 1));
const database = await openDatabase({ dir, ...ports });
const journal = openJournal(database, ports);
const blobs = openBlobs({ dir });
await journal.recover(() => {});
const acknowledged: number[] = [];
const refusalsWhileFilling = await fill(journal, acknowledged);
const readOnly = {
  state: journal.state,
  ordinary: await outcomeOf(journal.appendDurably([{ n: -1 }])),
  essential: await outcomeOf(journal.appendDurably([{ n: 0 }], "essential")),
  checkpoint: await outcomeOf(journal.checkpoint(new Uint8Array(10), journal.lastSeq)),
  blob: await outcomeOf(blobs.put([Buffer.alloc(20_000_000)])),
  leftByBlob: readdirSync(join(blobs.dir, "incoming")),
};
const exhausted = {
  essential: await exhaust(journal, acknowledged),
  batch: await outcomeOf(
    database.table("other").writeAll([1, 2, 3].map((key) => ({ key, value: Buffer.alloc(1_000_000, 1) }))),
  ),
  state: journal.state,
};
rmSync(ballast);
const keepAlive = setInterval(() => {}, 1_000);
await stateIs(journal, "open");
clearInterval(keepAlive);
const afterwards = await outcomeOf(journal.appendDurably([{ n: 1_000_000 }]));
await journal.close();
await database.close();

const reopened = await openDatabase({ dir, ...ports });
const recovered: number[] = [];
const second = openJournal<{ n: number }>(reopened, ports);
await second.recover((entry) => recovered.push(entry.n));
await second.close();
await reopened.close();
console.log(
  JSON.stringify({
    stored: acknowledged.length,
    refusalsWhileFilling,
    readOnly,
    exhausted,
    afterwards,
    levels,
    lost: acknowledged.filter((n) => !recovered.includes(n)),
    invented: recovered.filter((n) => n > 0 && n < 1_000_000 && !acknowledged.includes(n)),
    last: recovered.at(-1),
  }),
);
