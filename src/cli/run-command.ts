// `hive run <paths…>`: one task for each file, on the hub that is running, else on one of its own that goes afterwards.

import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect } from "../client.js";
import { formatMs } from "./durations.js";
import { EXIT } from "./exit-codes.js";
import { type AccessOptions, findRunningHub, type HubAddress } from "./hub-access.js";
import { collectInputs, type RunInput } from "./inputs.js";
import { listenForInterrupt } from "./interrupt.js";
import { type Column, emit, formatTable, remark } from "./output.js";
import { startOwnHub } from "./own-hub.js";
import { openProgress } from "./progress.js";
import { requireSettings } from "./settings-options.js";
import { type BatchRow, runBatch } from "./task-batch.js";

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
  const inputs = collectInputs(paths, process.cwd());
  const running = await findRunningHub(options);
  if (running !== undefined) {
    remark(`using the hub at ${running.url}`);
    return report(inputs, await doInputs(running, inputs), options);
  }
  const { runtime } = requireSettings(options);
  const dataDir = await mkdtemp(path.join(tmpdir(), "hive-run-"));
  try {
    const config = (options.config ?? []).flatMap((file) => ["--config", file]);
    const set = (options.set ?? []).flatMap((pair) => ["--set", pair]);
    const args = [...config, ...set];
    const hub = await startOwnHub({ dataDir, threads: runtime.threads, args });
    try {
      return report(inputs, await doInputs(hub, inputs), options);
    } finally {
      await hub.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function doInputs(address: HubAddress, inputs: readonly RunInput[]): Promise<BatchRow[]> {
  const client = connect({ url: address.url, token: address.token, retryForMs: RETRY_FOR_MS });
  const bar = openProgress(inputs.length);
  const interrupt = listenForInterrupt();
  let doneCount = 0;
  bar.update(doneCount, "");
  try {
    const batch = inputs.map((input) => ({
      name: input.name,
      mediaType: input.mediaType,
      open: () => createReadStream(input.file),
    }));
    return await runBatch(client, batch, {
      tags: ["hive-run"],
      signal: interrupt.signal,
      onRow: (row) => {
        doneCount += 1;
        bar.update(doneCount, row.input);
      },
    });
  } finally {
    interrupt.release();
    bar.close();
    await client.close();
  }
}

function report(inputs: readonly RunInput[], rows: readonly BatchRow[], options: AccessOptions): number {
  emit(options, { tasks: rows }, () => formatTable(ROW_COLUMNS, rows));
  const allDone = rows.every(
    (row, index) =>
      row.status === "completed" || (row.status === "skipped" && inputs[index]?.isNamed === false),
  );
  return allDone ? EXIT.done : EXIT.failed;
}
