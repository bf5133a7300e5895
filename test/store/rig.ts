// What the tests of the store share: directories of their own, the real ports, and a journal that is open.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

import { systemClock, systemScheduler, systemTimers } from "../../src/base/clock.js";
import type { Log, LogLevel } from "../../src/base/ports.js";
import type { Database } from "../../src/store/database.js";
import { openDatabase } from "../../src/store/database.js";
import type { Journal, JournalOptions, Recovered } from "../../src/store/journal.js";
import { openJournal } from "../../src/store/journal.js";

/** A directory that goes away with the test. */
export function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "hive-store-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that keeps its lines. */
export function keptLog(): Log & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  return { lines, log: (level, message, fields = {}) => void lines.push({ level, message, fields }) };
}

export function realPorts(log: Log = keptLog()) {
  return { clock: systemClock(), timers: systemTimers(), scheduler: systemScheduler(), log };
}

export interface OpenStore<Entry> {
  readonly database: Database;
  readonly journal: Journal<Entry>;
  readonly recovered: Recovered;
  /** What recovery handed over before the first entry. */
  readonly began: (Uint8Array | undefined)[];
  readonly visited: { entry: Entry; location: number; seq: number }[];
  close(): Promise<void>;
}

/** Opens the store in `dir` and recovers its journal; closed with the test unless the test does it. */
export async function openStore<Entry = unknown>(
  dir: string,
  options: Partial<JournalOptions> = {},
): Promise<OpenStore<Entry>> {
  const ports = { ...realPorts(), ...options };
  const database = await openDatabase({ dir, ...ports });
  const journal = openJournal<Entry>(database, ports);
  const close = async (): Promise<void> => {
    await journal.close();
    await database.close();
  };
  onTestFinished(close);
  const visited: OpenStore<Entry>["visited"] = [];
  const began: OpenStore<Entry>["began"] = [];
  const recovered = await journal.recover(
    (entry, location, seq) => visited.push({ entry, location, seq }),
    (checkpoint) => began.push(checkpoint),
  );
  return { database, journal, recovered, began, visited, close };
}

/** The error that `work` ends with. */
export async function failureOf(
  work: Promise<unknown> | (() => unknown),
): Promise<Error & { code?: string }> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    return error as Error & { code?: string };
  }
  throw new Error("expected a failure, there was none");
}
