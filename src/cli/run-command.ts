// `hive run <paths…>`: one task for each file, on the hub that is running, else on one of its own that goes afterwards.
// Whatever was named or met and is no file has a row as well, with the reason; hidden files share one line.

import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect } from "../client.js";
import { whileAnswering } from "./absence.js";
import { formatMs } from "./durations.js";
import { CommandError, EXIT } from "./exit-codes.js";
import { type AccessOptions, findRunningHub, type HubAddress } from "./hub-access.js";
import { type CollectedInputs, collectInputs, describeHidden, type RunInput } from "./inputs.js";
import { type Interrupt, listenForInterrupt } from "./interrupt.js";
import { type Column, emit, formatTable, remark } from "./output.js";
import { startOwnHub } from "./own-hub.js";
import { openProgress } from "./progress.js";
import { requireSettings } from "./settings-options.js";
import { type BatchRow, runBatch, unsentRow } from "./task-batch.js";

/** A hub that is being respawned over and over again is given this long before the run fails. */
const RETRY_FOR_MS = 60_000;

/** The table of `hive run` and of the quickstart. */
export const ROW_COLUMNS: readonly Column<BatchRow>[] = [
  { title: "input", cell: (row) => row.input, widthMax: 36 },
  { title: "agent", cell: (row) => row.agent ?? "–" },
  { title: "status", cell: (row) => row.status },
  { title: "attempts", cell: (row) => String(row.attempts), align: "right" },
  { title: "time", cell: (row) => formatMs(row.ms), align: "right" },
  { title: "finding", cell: (row) => row.finding, widthMax: 100 },
];

/** Does all files below `paths`. 0 when each completed; files of a directory that no agent takes do not count. */
export async function runFiles(paths: readonly string[], options: AccessOptions): Promise<number> {
  const collected = collectInputs(paths, process.cwd());
  const { inputs, hidden } = collected;
  if (hidden.length > 0) remark(`left out: ${describeHidden(hidden)}; name one to have it done`);
  const running = await findRunningHub(options);
  const interrupt = listenForInterrupt();
  try {
    if (running === undefined) return await runOnOwnHub(collected, options, interrupt);
    remark(`using the hub at ${running.url}`);
    return report(collected, await doInputs(running, inputs, interrupt), options);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    const advice =
      running === undefined ? "" : "; what the hub has taken on goes on: hive task list --tag hive-run";
    throw new CommandError("INTERRUPTED", `interrupted before all files were done${advice}`, EXIT.failed, {
      cause: error,
    });
  } finally {
    interrupt.release();
  }
}

async function runOnOwnHub(
  collected: CollectedInputs,
  options: AccessOptions,
  interrupt: Interrupt,
): Promise<number> {
  const { runtime } = requireSettings(options);
  const dataDir = await mkdtemp(path.join(tmpdir(), "hive-run-"));
  try {
    const config = (options.config ?? []).flatMap((file) => ["--config", file]);
    const set = (options.set ?? []).flatMap((pair) => ["--set", pair]);
    const args = [...config, ...set];
    const hub = await startOwnHub({ dataDir, threads: runtime.threads, args, signal: interrupt.signal });
    try {
      return report(collected, await doInputs(hub, collected.inputs, interrupt), options);
    } finally {
      await hub.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function doInputs(
  address: HubAddress,
  inputs: readonly RunInput[],
  interrupt: Interrupt,
): Promise<BatchRow[]> {
  const client = connect({ url: address.url, token: address.token, retryForMs: RETRY_FOR_MS });
  const bar = openProgress(inputs.length);
  let doneCount = 0;
  bar.update(doneCount, "");
  const batch = inputs.map((input) => ({
    name: input.name,
    mediaType: input.mediaType,
    open: () => createReadStream(input.file),
  }));
  const run = (signal: AbortSignal): Promise<BatchRow[]> =>
    runBatch(client, batch, {
      tags: ["hive-run"],
      signal,
      onRow: (row) => {
        doneCount += 1;
        bar.update(doneCount, row.input);
      },
    });
  try {
    return await whileAnswering(address.url, run, { signal: interrupt.signal });
  } finally {
    interrupt.release();
    bar.close();
    await client.close();
  }
}

function report(collected: CollectedInputs, done: readonly BatchRow[], options: AccessOptions): number {
  const { inputs, leftOut, hidden } = collected;
  const isNamed = [...inputs, ...leftOut].map((one) => one.isNamed);
  const left = leftOut.map((one) => unsentRow(undefined, one, "skipped", one.reason));
  const rows = [...done, ...left];
  emit(options, { tasks: rows, hidden_left_out: hidden.length }, () => formatTable(ROW_COLUMNS, rows));
  const allDone = rows.every(
    ({ status }, index) => status === "completed" || (status === "skipped" && isNamed[index] === false),
  );
  return allDone ? EXIT.done : EXIT.failed;
}
