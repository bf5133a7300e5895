// What a hub computes with: the engines of its thread, each call going to the fastest for its size, and the compute
// process for graphics cards where `neural.mode` is gpu. Opened once at the start, before the hub.
// Why nothing here may fail: without a file of measured crossovers the built-in ones hold, without a graphics card the
// processor computes. Both are told, in the log and in /health.

import type { Addon } from "../base/addon.js";
import type { Log, ThreadPorts } from "../base/ports.js";
import { type Crossovers, DEFAULT_CROSSOVERS } from "../compute/crossover.js";
import { type MeasuredCrossovers, parseCrossovers, thisMachine } from "../compute/crossover-file.js";
import { createEngines, type Engines } from "../compute/engines.js";
import { GpuEngine, type GpuOptions } from "../compute/gpu/engine.js";
import type { GpuStatus } from "../compute/gpu/queue.js";
import { readIfThere } from "../store/kept-file.js";
import type { ForecastStatus } from "./forecast.js";
import type { NeuralMode } from "./parts.js";

/** Beside the data of a hub. */
export const CROSSOVERS_FILE = "crossovers.json";
const FILE_BYTES_MAX = 64 * 1024;

export interface ComputeOptions {
  readonly mode: NeuralMode;
  readonly addon: Addon | undefined;
  readonly ports: Pick<ThreadPorts, "clock" | "timers" | "random" | "log">;
  /** Written by `hive calibrate`; undefined: the built-in crossovers. */
  readonly crossoversFile: string | undefined;
  /** Of the compute process, in mode gpu. */
  readonly gpu?: Omit<GpuOptions, "ports">;
  readonly gpuDeadlineMs?: number;
}

export interface Compute {
  readonly engines: Engines;
  status(): Omit<ComputeStatus, "neural_mode" | "predictor">;
  /** Ends the compute process. Closing twice is fine. */
  close(): Promise<void>;
}

/** What `/health?detailed=true` says. */
export interface ComputeStatus {
  readonly neural_mode: NeuralMode;
  /** The engines there are, by operation; crossovers say which one is asked for which size. */
  readonly engines: Readonly<Record<string, readonly string[]>>;
  readonly gpu_optional: GpuHealth;
  readonly crossovers: Crossovers;
  /** When they were measured on this machine; null for the built-in ones. */
  readonly measured_at: string | null;
  /** Why those that were measured are not used. */
  readonly crossovers_problem?: string;
  readonly predictor?: ForecastStatus;
}

/** The compute process: `off` unless the neural mode is gpu. */
export interface GpuHealth {
  readonly state: "off" | "not started" | Exclude<GpuStatus["state"], "idle">;
  readonly mode?: string;
  readonly adapter?: string;
  /** Better modes that do not work here, and why. */
  readonly refused?: GpuStatus["refused"];
  readonly pid?: number;
  readonly calls?: number;
  readonly failures?: number;
  readonly last_error?: string;
  readonly rests_for_ms?: number;
}

/** Reads the crossovers and makes the engines. Starts no process: the first large call does. */
export async function openCompute(options: ComputeOptions): Promise<Compute> {
  const { mode, addon, ports, crossoversFile, gpuDeadlineMs } = options;
  const { measured, problem } = await readCrossovers(crossoversFile, addon !== undefined, ports.log);
  const crossovers = measured?.crossovers ?? DEFAULT_CROSSOVERS;
  const gpu = mode === "gpu" ? new GpuEngine({ ...options.gpu, ports }) : undefined;
  if (gpu !== undefined && measured === undefined)
    ports.log.log("warn", "nothing goes to the graphics card before it is measured: run hive calibrate");
  const limits = gpuDeadlineMs === undefined ? {} : { gpuDeadlineMs };
  const engines = createEngines({ addon, crossovers, ...(gpu === undefined ? {} : { gpu }), ...limits });
  const processor = addon === undefined ? ["js"] : ["js", "native"];
  const all = gpu === undefined ? processor : [...processor, "gpu"];
  return {
    engines,
    status: () => ({
      engines: { topK: processor, scoreMatrix: all, similarTop: all, forward: all },
      gpu_optional: gpu === undefined ? { state: "off" } : gpuHealth(gpu.status),
      crossovers,
      measured_at: measured?.measured_at ?? null,
      ...(problem === undefined ? {} : { crossovers_problem: problem }),
    }),
    close: async () => gpu?.close(),
  };
}

async function readCrossovers(
  file: string | undefined,
  native: boolean,
  log: Log,
): Promise<{ readonly measured?: MeasuredCrossovers; readonly problem?: string }> {
  if (file === undefined) return {};
  try {
    const bytes = await readIfThere(file, FILE_BYTES_MAX);
    if (bytes === undefined) return {};
    return { measured: parseCrossovers(new TextDecoder().decode(bytes), thisMachine(native)) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    log.log("warn", "the built-in crossovers of the engines are used", { file, reason: problem });
    return { problem };
  }
}

function gpuHealth(status: GpuStatus): GpuHealth {
  const { state, mode, adapter, refused, pid, calls, failures, lastError, restsForMs } = status;
  return {
    state: state === "idle" ? "not started" : state,
    ...(mode === undefined ? {} : { mode }),
    ...(adapter === undefined ? {} : { adapter }),
    ...(refused === undefined ? {} : { refused }),
    ...(pid === undefined ? {} : { pid }),
    calls,
    failures,
    ...(lastError === undefined ? {} : { last_error: lastError }),
    ...(restsForMs === undefined ? {} : { rests_for_ms: Math.ceil(restsForMs) }),
  };
}
