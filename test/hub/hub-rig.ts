// A whole hub without a gateway: real threads, a real journal in a fresh directory, the agents of agents.ts.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { systemClock, systemScheduler, systemTimers } from "../../src/base/clock.js";
import type { Clock, Log } from "../../src/base/ports.js";
import { systemRandom } from "../../src/base/random.js";
import type { AgentDefinition } from "../../src/hub/agent-definition.js";
import { type Compute, type ComputeOptions, CROSSOVERS_FILE, openCompute } from "../../src/hub/compute.js";
import { Definitions } from "../../src/hub/definitions.js";
import type { Hub } from "../../src/hub/hub.js";
import { openHub } from "../../src/hub/hub.js";
import type { HubSettings } from "../../src/hub/parts.js";
import { BACKOFF } from "../../src/hub/retry.js";
import { createSystem } from "../../src/runtime/create-system.js";
import type { ActorSystem } from "../../src/runtime/system.js";
import { openBlobs } from "../../src/store/blobs.js";
import { openDatabase } from "../../src/store/database.js";
import { openJournal } from "../../src/store/journal.js";
import type { JournalEntry } from "../../src/wire/entries.js";
import { helper, worker } from "./agents.js";

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

export interface TestHub {
  readonly hub: Hub;
  readonly compute: Compute;
  readonly system: ActorSystem;
  readonly dir: string;
  readonly lines: readonly LogLine[];
  /** Ends everything in order. */
  close(): Promise<void>;
  /** Ends as a killed process would: nothing is drained, no checkpoint is written. */
  abandon(): Promise<void>;
}

export interface HubWishes {
  readonly dir?: string;
  readonly threads?: number;
  readonly definitions?: readonly AgentDefinition[];
  readonly settings?: Partial<HubSettings>;
  readonly nativeDisabled?: boolean;
  readonly clock?: Clock;
  readonly compute?: Pick<ComputeOptions, "gpu" | "gpuDeadlineMs">;
}

const QUICK = { ...BACKOFF, initialMs: 5 };
const openDirs: string[] = [];

export function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "hive-hub-test-"));
  openDirs.push(dir);
  return dir;
}

export function removeDirs(): void {
  for (const dir of openDirs.splice(0)) rmSync(dir, { recursive: true, force: true });
}

export async function startHub(wishes: HubWishes = {}): Promise<TestHub> {
  const dir = wishes.dir ?? freshDir();
  const lines: LogLine[] = [];
  const log: Log = { log: (level, message, fields) => void lines.push({ level, message, fields }) };
  const ports = {
    clock: wishes.clock ?? systemClock(),
    timers: systemTimers(),
    random: systemRandom(),
    scheduler: systemScheduler(),
    log,
  };
  const { threads = 1, nativeDisabled = false } = wishes;
  const system = await createSystem({ threads, nativeDisabled, log });
  const database = await openDatabase({ dir, timers: ports.timers, log });
  const journal = await openJournal<JournalEntry>(database, ports);
  const compute = await openCompute({
    mode: wishes.settings?.neural?.mode ?? "basic",
    addon: system.addon,
    ports,
    crossoversFile: join(dir, CROSSOVERS_FILE),
    ...wishes.compute,
  });
  const foundation = {
    system,
    journal,
    blobs: openBlobs({ dir }),
    ports,
    compute,
    definitions: new Definitions(wishes.definitions ?? [worker, helper]),
    predictorFile: join(dir, "predictor"),
    identity: dir,
    lost: (error: Error) => void lines.push({ level: "fatal", message: error.message, fields: undefined }),
  };
  const hub = await openHub(foundation, { stopGraceMs: 200, backoff: QUICK, ...wishes.settings });
  const closeStore = async (): Promise<void> => {
    await compute.close();
    await journal.close();
    await database.close();
  };
  return {
    hub,
    compute,
    system,
    dir,
    lines,
    async close() {
      await hub.drain(2_000);
      await hub.close();
      await closeStore();
      await system.shutdown();
    },
    async abandon() {
      await closeStore();
      await system.shutdown();
    },
  };
}

/** Leaves a journal with these entries, as an older hub may have written it. */
export async function writeJournal(dir: string, entries: readonly JournalEntry[]): Promise<void> {
  const log: Log = { log: () => undefined };
  const ports = { clock: systemClock(), timers: systemTimers(), scheduler: systemScheduler(), log };
  const database = await openDatabase({ dir, timers: ports.timers, log });
  const journal = await openJournal<JournalEntry>(database, ports);
  await journal.recover(
    () => undefined,
    () => undefined,
  );
  await journal.appendDurably(entries);
  await journal.close();
  await database.close();
}

/** Waits until something holds, looking between turns of the event loop. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 8_000;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error("the condition did not come true");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
