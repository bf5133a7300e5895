// kill -9 in the middle of appends, again and again on the same directory, and a copy of it with a torn newest page.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { expect, onTestFinished, test } from "vitest";

import { seededRandom, systemRandom } from "../../src/base/random.js";
import type { Location } from "../../src/store/page-format.js";
import { pageOf } from "../../src/store/page-format.js";
import { freshDir, keptLog, openStore } from "./rig.js";

const ROUNDS = 10;
const WRITER = fileURLToPath(new URL("./writer.js", import.meta.url));
const SEED = systemRandom().below(2 ** 31);

/** Runs a writer, kills it after `acks` acknowledgements, and answers the last one that came out. */
async function lastAcknowledged(dir: string, seed: number, acks: number): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, dir, String(seed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void writer.kill("SIGKILL"));
  let seen = 0;
  let last = 0;
  for await (const line of createInterface({ input: writer.stdout })) {
    last = Number(line);
    if (++seen === acks) writer.kill("SIGKILL");
  }
  if (writer.exitCode === null && writer.signalCode === null) await once(writer, "exit");
  expect(writer.signalCode).toBe("SIGKILL");
  return last;
}

/** Opens the directory and answers the last number in it, having checked that none is missing before it. */
async function lastStored(dir: string): Promise<{ last: number; truncatedPages: number; newest?: Location }> {
  const { recovered, visited, close } = await openStore<{ n: number }>(dir, { segmentBytes: 2_000_000 });
  let last = recovered.checkpoint === undefined ? 0 : Number(Buffer.from(recovered.checkpoint).toString());
  for (const { entry } of visited) {
    expect(entry.n).toBe(last + 1);
    last = entry.n;
  }
  await close();
  const newest = visited.at(-1)?.location as Location | undefined;
  return { last, truncatedPages: recovered.truncatedPages, ...(newest === undefined ? {} : { newest }) };
}

/** Makes the end of the newest page what a power cut can leave: a block that was never written. */
async function tearNewestPage(dir: string): Promise<{ page: number; lastBefore: number }> {
  const { database, journal, visited, close } = await openStore<{ n: number }>(dir);
  const marker = `the newest page ${SEED}`;
  const lastBefore = visited.at(-1)?.entry.n ?? -1;
  const location = await journal.appendDurably([{ n: lastBefore + 1, marker } as { n: number }]);
  expect(database.tableNames().some((name) => name.startsWith("journal-"))).toBe(true);
  await close();
  const path = join(dir, "store.mdb");
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + 1)) {
    bytes.fill(0, at, at + marker.length);
  }
  writeFileSync(path, bytes);
  return { page: pageOf(location), lastBefore };
}

test(`every acknowledged entry survives kill -9 at any moment (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const dir = freshDir();
  let before = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const acknowledged = await lastAcknowledged(dir, SEED + round, 1 + random.below(3_000));
    const { last } = await lastStored(dir);
    expect(last, `round ${round} of seed ${SEED}`).toBeGreaterThanOrEqual(acknowledged);
    expect(acknowledged).toBeGreaterThan(before);
    before = last;
  }
}, 120_000);

test(`a copy taken after a kill, its newest page torn, loses that page and nothing else (seed ${SEED})`, async () => {
  const dir = freshDir();
  const acknowledged = await lastAcknowledged(dir, SEED, 200);
  const copy = join(freshDir(), "copy");
  mkdirSync(copy);
  cpSync(dir, copy, { recursive: true });
  const { page, lastBefore } = await tearNewestPage(copy);
  const log = keptLog();
  const { recovered, visited } = await openStore<{ n: number }>(copy, { log });
  expect(recovered.truncatedPages).toBe(1);
  expect(log.lines.filter(({ level }) => level === "error")).toMatchObject([{ fields: { page } }]);
  expect(visited.at(-1)?.entry.n).toBe(lastBefore);
  expect(lastBefore).toBeGreaterThanOrEqual(acknowledged);
});
