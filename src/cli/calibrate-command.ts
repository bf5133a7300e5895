// `hive calibrate`: measures on this machine which engine is the fastest for which size, and keeps that for the hub.

import { loadAddon } from "../base/addon.js";
import { systemClock, systemTimers } from "../base/clock.js";
import { systemRandom } from "../base/random.js";
import { type Calibrated, calibrate, type EngineName, type Timing } from "../compute/calibrate.js";
import { type Crossovers, OPERATIONS } from "../compute/crossover.js";
import { formatCrossovers } from "../compute/crossover-file.js";
import { GpuEngine } from "../compute/gpu/engine.js";
import { GPU_MODES } from "../compute/gpu/protocol.js";
import { makeDataDirectory } from "../store/data-directory.js";
import { replaceFile } from "../store/kept-file.js";
import { CommandError, EXIT } from "./exit-codes.js";
import { type Column, emit, formatTable, type OutputOptions, remark } from "./output.js";
import { requireSettings, type SettingsOptions } from "./settings-options.js";

export interface CalibrateOptions extends SettingsOptions, OutputOptions {
  readonly gpu?: boolean;
  readonly quick?: boolean;
}

/** Of a process that tries a graphics card: drivers take seconds, and one that takes longer is of no use. */
const GPU_START_LIMIT_MS = 12_000;
const ENGINES: readonly EngineName[] = ["js", "native", ...GPU_MODES];
const UNITS = {
  topK: "agents",
  scoreMatrix: "scores",
  similarTop: "rows",
  forward: "weights · rows",
} as const;

/** Measures, keeps the crossovers in the file of the settings, and prints the times. */
export async function runCalibrate(options: CalibrateOptions): Promise<number> {
  const { neural, data } = requireSettings(options);
  const file = neural.crossovers_file;
  await makeDataDirectory(data.dir);
  const ports = { clock: systemClock(), timers: systemTimers(), random: systemRandom() };
  const { addon, reason } = loadAddon();
  if (reason !== undefined) remark(reason);
  const calibrated = await calibrate({
    addon,
    clock: ports.clock,
    openGpu: (modes) => new GpuEngine({ ports, modes, startLimitMs: GPU_START_LIMIT_MS }),
    modes: options.gpu === false ? [] : GPU_MODES,
    isQuick: options.quick === true,
    ...(options.json ? {} : { onProgress: (what: string) => remark(`timing ${what} …`) }),
  });
  try {
    await replaceFile(file, formatCrossovers(calibrated.measured));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `the crossovers cannot be kept in ${file} (${why}); name another file in neural.crossovers_file`;
    throw new CommandError("CROSSOVERS", message, EXIT.failed, { cause: error });
  }
  emit(options, { file, ...calibrated }, describe);
  return EXIT.done;
}

function describe({ file, measured, timings }: Calibrated & { readonly file: string }): string {
  const timed = ENGINES.filter((name) => timings.some(({ ms }) => ms[name] !== undefined));
  const columns: Column<Timing>[] = [
    { title: "operation", cell: ({ operation }) => operation },
    { title: "size", cell: ({ size }) => size.toLocaleString("en"), align: "right" },
    { title: "of", cell: ({ operation }) => UNITS[operation] },
    ...timed.map((name) => column(name)),
    { title: "fastest", cell: ({ ms }) => fastest(ms) },
  ];
  const { gpu, crossovers } = measured;
  return [
    formatTable(columns, timings),
    "",
    ...OPERATIONS.map((operation) => describeCrossover(operation, crossovers)),
    ...gpu.map(
      ({ mode, adapter, reason }) => `${mode}: ${reason === undefined ? adapter : `not here: ${reason}`}`,
    ),
    `kept in ${file}; a hub reads it when it starts`,
  ].join("\n");
}

function column(name: EngineName): Column<Timing> {
  return { title: name, cell: ({ ms }) => formatTime(ms[name]), align: "right" };
}

/** "scoreMatrix: js, native from 11,912 scores, webgpu from 4,000,000" */
function describeCrossover(operation: (typeof OPERATIONS)[number], crossovers: Crossovers): string {
  const { native, gpu } = crossovers[operation];
  const unit = UNITS[operation];
  const from = (name: string, size: number | null | undefined): string[] =>
    size === null || size === undefined ? [] : [`${name} from ${size.toLocaleString("en")} ${unit}`];
  const others = [...from("native", native), ...GPU_MODES.flatMap((mode) => from(mode, gpu[mode]))];
  return `${operation}: ${["js", ...others].join(", ")}`;
}

function formatTime(ms: number | undefined): string {
  if (ms === undefined) return "";
  return ms < 1 ? `${(1_000 * ms).toPrecision(3)} µs` : `${ms.toPrecision(3)} ms`;
}

function fastest(ms: Timing["ms"]): string {
  const best = Object.entries(ms).reduce((least, one) => (one[1] < least[1] ? one : least));
  return best[0];
}
