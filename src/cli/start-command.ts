// `hive start`: reads the settings, becomes the parent of a hub process, and turns signals into a graceful stop.
// Why the second SIGINT counts only after a moment: under npm one Ctrl-C arrives twice, from the terminal and from npm.

import { fork } from "node:child_process";
import { Console } from "node:console";
import { systemClock } from "../base/clock.js";
import { openLog } from "../base/log.js";
import type { Log } from "../base/ports.js";
import { checkDataDirectory, DATA_DIR_EXPECTED } from "../store/data-directory.js";
import { StoreError } from "../store/store-errors.js";
import { leaveAddress, withdrawAddress } from "./address-file.js";
import { type AgentCheck, checkAgents } from "./check-agents.js";
import { EXIT } from "./exit-codes.js";
import { isLoopback, urlOf } from "./hosts.js";
import { emit, type OutputOptions, remark } from "./output.js";
import { HubParent, type HubReady } from "./parent.js";
import type { ReadyMessage, StayMessage } from "./parent-protocol.js";
import { type SettingsProblem, settingsForPrint, settingsToToml } from "./settings.js";
import { readSettings, type SettingsOptions } from "./settings-options.js";
import type { Settings } from "./settings-shape.js";

export interface StartOptions extends SettingsOptions, OutputOptions {
  readonly check?: boolean;
}

const SECOND_SIGNAL_AFTER_MS = 500;
/** A start that takes longer is talked about. */
const SLOW_START_MS = 5_000;

/** Runs until the hub is stopped or given up; the exit code. */
export async function runStart(options: StartOptions): Promise<number> {
  const loaded = readSettings(options);
  if (!loaded.ok) return refuse(options, { problems: loaded.problems, warnings: [] });
  const { settings } = loaded;
  if (options.check) return check(options, settings);
  const log = openLog({ level: settings.logging.level, fd: 2, fields: { process: "parent" } });
  if (!isLoopback(settings.server.host)) warnOfPlainHttp(settings, log);
  let noted = Promise.resolve();
  const supervisor = settings.supervisor;
  const parent = new HubParent({
    settings,
    // What agents print goes to stderr: stdout is for what this command says.
    forkHub: () => fork(new URL("./hub-process.js", import.meta.url), { stdio: ["inherit", 2, 2, "ipc"] }),
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
    slowStartMs: SLOW_START_MS,
    clock: systemClock(),
    log,
    onReady: (ready) => {
      if (ready.respawns === 0) noted = noteAddress(settings, ready, log);
      noted = noted.then(() => announce(options, settings, ready));
    },
  });
  obeySignals(parent, supervisor.stop_timeout_secs * 1_000);
  obeyOwner(parent, supervisor.stop_timeout_secs * 1_000);
  parent.start();
  const exitCode = await parent.exited;
  await noted;
  await withdrawAddress(settings.data.dir);
  log.flush();
  // An owner's channel would keep this process alive for as long as the owner lives.
  if (process.connected) process.disconnect();
  return exitCode;
}

function refuse(options: OutputOptions, { problems, warnings }: AgentCheck): number {
  if (options.json) emit(options, { ok: false, problems, warnings }, () => "");
  else for (const problem of problems) remark(problem.message);
  return EXIT.configuration;
}

async function check(options: OutputOptions, settings: Settings): Promise<number> {
  // What agents print while they load is no result of this command.
  globalThis.console = new Console(process.stderr);
  const { problems: agents, warnings } = await checkAgents(settings.agents.paths);
  const problems = [...(await dataProblems(settings.data.dir)), ...agents];
  // A module of an agent may hold the process open; a check is over when it has spoken and its exit code is set.
  setImmediate(() => process.exit());
  if (!options.json) for (const warning of warnings) remark(`warning: ${warning}`);
  if (problems.length > 0) return refuse(options, { problems, warnings });
  emit(options, { ok: true, settings: settingsForPrint(settings), warnings }, () => settingsToToml(settings));
  return EXIT.done;
}

/** What a hub would say of its data directory. */
async function dataProblems(dir: string): Promise<SettingsProblem[]> {
  try {
    await checkDataDirectory(dir);
    return [];
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const setting = "data.dir";
    return [{ source: setting, setting, given: dir, expected: DATA_DIR_EXPECTED, message: error.message }];
  }
}

function warnOfPlainHttp({ server }: Settings, log: Log): void {
  const what = `the hub is bound to ${server.host}, so other machines can reach it, and it speaks plain HTTP`;
  const risk = "whoever listens on the way reads tokens and tasks";
  const advice = "put a proxy that speaks TLS in front (docs/operations.md), or bind to 127.0.0.1";
  log.log("warn", `${what}: ${risk}; ${advice}`, { host: server.host });
}

/** Why a file that cannot be written ends nothing: the hub works, only commands without --url will not find it. */
async function noteAddress({ data, server }: Settings, ready: HubReady, log: Log): Promise<void> {
  try {
    await leaveAddress(data.dir, urlOf(server.host, ready.port));
  } catch (error) {
    log.log("warn", "the hub's address cannot be left in its data directory; give commands --url", { error });
  }
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
