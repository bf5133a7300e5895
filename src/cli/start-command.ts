// `hive start`: reads the settings, becomes the parent of a hub process, and turns signals into a graceful stop.
// Why the second SIGINT counts only after a moment: under npm one Ctrl-C arrives twice, from the terminal and from npm.

import { fork } from "node:child_process";
import { systemClock } from "../base/clock.js";
import { openLog } from "../base/log.js";
import { EXIT } from "./exit-codes.js";
import { emit, type OutputOptions, remark } from "./output.js";
import { HubParent, type HubReady } from "./parent.js";
import type { ReadyMessage, StayMessage } from "./parent-protocol.js";
import { settingsForPrint, settingsToToml } from "./settings.js";
import { readSettings, type SettingsOptions } from "./settings-options.js";
import type { Settings } from "./settings-shape.js";

export interface StartOptions extends SettingsOptions, OutputOptions {
  readonly check?: boolean;
}

const SECOND_SIGNAL_AFTER_MS = 500;

/** Runs until the hub is stopped or given up; the exit code. */
export async function runStart(options: StartOptions): Promise<number> {
  const loaded = readSettings(options);
  if (!loaded.ok) {
    if (options.json) emit(options, { ok: false, problems: loaded.problems }, () => "");
    else for (const problem of loaded.problems) remark(problem.message);
    return EXIT.configuration;
  }
  const { settings } = loaded;
  if (options.check) {
    emit(options, { ok: true, settings: settingsForPrint(settings) }, () => settingsToToml(settings));
    return EXIT.done;
  }
  const log = openLog({ level: settings.logging.level, fd: 2, fields: { process: "parent" } });
  // Somebody who reads the first line and closes the pipe must not end the hub.
  process.stdout.on("error", () => undefined);
  const supervisor = settings.supervisor;
  const parent = new HubParent({
    settings,
    forkHub: () => fork(new URL("./hub-process.js", import.meta.url)),
    respawn: {
      minMs: supervisor.respawn_min_ms,
      maxMs: supervisor.respawn_max_ms,
      quickDeathMs: supervisor.quick_death_secs * 1_000,
      quickDeathsMax: supervisor.quick_deaths_max,
    },
    watch: {
      heartbeatTimeoutMs: supervisor.heartbeat_timeout_secs * 1_000,
      commitTimeoutMs: supervisor.commit_timeout_secs * 1_000,
      startTimeoutMs: supervisor.start_timeout_secs * 1_000,
    },
    clock: systemClock(),
    log,
    onReady: (ready) => announce(options, settings, ready),
  });
  obeySignals(parent, supervisor.stop_timeout_secs * 1_000);
  obeyOwner(parent, supervisor.stop_timeout_secs * 1_000);
  parent.start();
  const exitCode = await parent.exited;
  log.flush();
  // An owner's channel would keep this process alive for as long as the owner lives.
  if (process.connected) process.disconnect();
  return exitCode;
}

function announce(options: OutputOptions, settings: Settings, ready: HubReady): void {
  const facts = {
    url: ready.url,
    port: ready.port,
    hub_pid: ready.pid,
    parent_pid: process.pid,
    data_dir: settings.data.dir,
    respawns: ready.respawns,
  };
  emit(options, { event: "ready", ...facts }, () =>
    ready.respawns > 0
      ? `Hive is back at ${ready.url} (hub process ${ready.pid})`
      : [
          `Hive listens at ${ready.url} (hub process ${ready.pid}, parent ${process.pid})`,
          `data in ${settings.data.dir}; a token to call it with: hive token --data ${settings.data.dir}`,
        ].join("\n"),
  );
  const message: ReadyMessage = {
    type: "ready",
    url: ready.url,
    port: ready.port,
    hubPid: ready.pid,
    dataDir: settings.data.dir,
    secretFile: settings.security.secret_file,
  };
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function obeySignals(parent: HubParent, stopTimeoutMs: number): void {
  let firstMs: number | undefined;
  const clock = systemClock();
  process.on("SIGTERM", () => {
    firstMs ??= clock.nowMs();
    parent.stop(stopTimeoutMs);
  });
  process.on("SIGINT", () => {
    if (firstMs === undefined) {
      firstMs = clock.nowMs();
      return parent.stop(stopTimeoutMs);
    }
    if (clock.nowMs() - firstMs >= SECOND_SIGNAL_AFTER_MS) parent.kill();
  });
}

/** A program that started Hive over IPC owns it: when the owner goes without a word, Hive stops. */
function obeyOwner(parent: HubParent, stopTimeoutMs: number): void {
  if (process.send === undefined) return;
  let mayStay = false;
  process.on("message", (message: StayMessage) => {
    if (message.type !== "stay") return;
    mayStay = true;
    if (process.connected) process.disconnect();
  });
  process.on("disconnect", () => {
    if (!mayStay) parent.stop(stopTimeoutMs);
  });
}
