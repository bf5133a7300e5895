// `npm run quickstart`: real work on real data within a minute, with nothing else installed.
// The way: a hub of its own through the real `hive start`, a free port, two threads, a fresh data directory; one task
// for each input through the client SDK; in the middle one worker thread is ended through the admin route while tasks
// run on it; then a table, the throughput, what was restarted, and the verdict of the hub's own audit.
// Exit 0 only when every task completed with a real result. `--json FILE` keeps the results, `--keep` the hub.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { formatMs } from "../src/cli/durations.js";
import { listenForInterrupt } from "../src/cli/interrupt.js";
import { formatTable } from "../src/cli/output.js";
import { type OwnHub, startOwnHub } from "../src/cli/own-hub.js";
import { openProgress } from "../src/cli/progress.js";
import { ROW_COLUMNS } from "../src/cli/run-command.js";
import { type BatchRow, runBatch } from "../src/cli/task-batch.js";
import { connect, type HiveClient } from "../src/client.js";
import { quickstartInputs } from "./quickstart-inputs.js";

const THREADS = 2;
const TASKS_MIN = 60;
/** The thread is ended once this share of the tasks has settled. */
const MIDDLE = 1 / 3;
const POLL_MS = 10;
const RETRY_FOR_MS = 60_000;

interface Restarts {
  readonly threads: number;
  /** After the loss of their thread, or after a fault of their own. */
  readonly agents: number;
  readonly hub: number;
}

interface Report {
  readonly rows: readonly BatchRow[];
  readonly durationMs: number;
  readonly restarts: Restarts;
  readonly invariants: unknown;
  readonly isEveryTaskDone: boolean;
  readonly isAuditClean: boolean;
}

interface Options {
  readonly json?: string;
  readonly keep?: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({ options: { json: { type: "string" }, keep: { type: "boolean" } } });
  return values;
}

async function main(options: Options): Promise<number> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "hive-quickstart-"));
  const hub = await startOwnHub({ dataDir, threads: THREADS, canStay: options.keep === true });
  console.log(`a hub of its own at ${hub.url}, ${THREADS} worker threads, data in ${dataDir}`);
  console.log(
    `its process is ${hub.hubPid}: kill -9 it if you like, its parent ${hub.parentPid} starts another\n`,
  );
  let isKept = false;
  try {
    const report = await work(hub);
    print(report);
    if (options.json !== undefined) await writeReport(options.json, report);
    if (options.keep === true) {
      isKept = true;
      hub.stay();
      console.log(`\nthe hub stays: ${hub.url}\ntoken: ${hub.token}\nstop it with: kill ${hub.parentPid}`);
      console.log(`ask it how it does with: npm run -s hive -- status --data ${dataDir}`);
    }
    return report.isEveryTaskDone && report.isAuditClean ? 0 : 1;
  } finally {
    if (!isKept) {
      await hub.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  }
}

async function work(hub: OwnHub): Promise<Report> {
  const inputs = await quickstartInputs();
  if (inputs.length < TASKS_MIN) throw new Error(`${inputs.length} inputs; expected at least ${TASKS_MIN}`);
  const client = connect({ url: hub.url, token: hub.token, retryForMs: RETRY_FOR_MS });
  const bar = openProgress(inputs.length);
  const startedMs = performance.now();
  let settledCount = 0;
  let ending: Promise<boolean> | undefined;
  const allSettled = new AbortController();
  const interrupt = listenForInterrupt();
  try {
    const rows = await runBatch(client, inputs, {
      tags: ["quickstart"],
      signal: interrupt.signal,
      onRow: (row) => {
        settledCount += 1;
        bar.update(settledCount, row.input);
        if (settledCount >= inputs.length * MIDDLE) ending ??= endBusyThread(client, allSettled.signal);
      },
    });
    const durationMs = performance.now() - startedMs;
    allSettled.abort();
    const ended = await ending;
    const [agents, invariants] = await Promise.all([client.agents.list({ limit: 500 }), client.invariants()]);
    return {
      rows,
      durationMs,
      restarts: {
        threads: ended ? 1 : 0,
        agents: agents.agents.reduce((sum, agent) => sum + agent.restarts, 0),
        hub: hub.respawnCount(),
      },
      invariants,
      isEveryTaskDone: rows.every(hasRealResult),
      isAuditClean: invariants.ok,
    };
  } finally {
    interrupt.release();
    bar.close();
    await client.close();
  }
}

/**
 * Ends the thread of an agent that is in the middle of a task. Tasks are short, so it looks until it finds one; a hub
 * that is being respawned just then is asked again.
 */
async function endBusyThread(client: HiveClient, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    try {
      const { agents } = await client.agents.list({ limit: 500 });
      const busy = agents.find((agent) => agent.tasks_running > 0 && threadOf(agent.place) !== undefined);
      const thread = threadOf(busy?.place);
      if (thread !== undefined) {
        await client.restartThread(thread);
        return true;
      }
    } catch (error) {
      if ((error as { code?: string }).code !== "CONNECTION_LOST") throw error;
    }
    await pause(POLL_MS);
  }
  return false;
}

/** The thread in a place such as `thread-1`. */
function threadOf(place: string | undefined): number | undefined {
  const digits = place === undefined ? null : /(\d+)$/.exec(place);
  return digits === null ? undefined : Number(digits[1]);
}

/** A real result says something about its input: it is an object with more in it than a sentence. */
function hasRealResult(row: BatchRow): boolean {
  const { result } = row;
  const isFull = typeof result === "object" && result !== null && Object.keys(result).length > 1;
  return row.status === "completed" && isFull && row.finding !== "";
}

function print(report: Report): void {
  const { rows, durationMs, restarts } = report;
  console.log(formatTable(ROW_COLUMNS, rows));
  const completedCount = rows.filter((row) => row.status === "completed").length;
  const perSecond = ((completedCount * 1_000) / durationMs).toFixed(1);
  console.log(
    `\n${completedCount} of ${rows.length} tasks completed in ${formatMs(durationMs)}: ${perSecond} per second`,
  );
  console.log(
    `restarts: worker threads ${restarts.threads}, agents ${restarts.agents}, hub processes ${restarts.hub}`,
  );
  console.log(
    `invariants: ${report.isAuditClean ? "all hold" : `BROKEN ${JSON.stringify(report.invariants)}`}`,
  );
}

async function writeReport(file: string, report: Report): Promise<void> {
  const { threads, agents, hub } = report.restarts;
  const document = {
    tasks: report.rows,
    restarts: threads + agents + hub,
    restarts_of: report.restarts,
    duration_ms: Math.round(report.durationMs),
    invariants: report.invariants,
  };
  await writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
  console.log(`results in ${path.resolve(file)}`);
}

try {
  process.exitCode = await main(readOptions());
} catch (error) {
  console.error(`quickstart: ${(error as Error).message}`);
  process.exitCode = 1;
}
