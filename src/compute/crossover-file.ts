// The measured crossovers as the text of a file, for people to read, too, and back. They hold on the machine that they
// were measured on, with the engines that were there: anything else is refused with what is wrong, and the caller takes
// DEFAULT_CROSSOVERS.

import { availableParallelism, cpus } from "node:os";
import { CodedError } from "../base/errors.js";
import { isObject } from "../base/show.js";
import { type Crossover, type Crossovers, type FromSize, OPERATIONS } from "./crossover.js";
import { GPU_MODES, type GpuMode } from "./gpu/protocol.js";

/** What the figures depend on. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly platform: string;
  /** The native addon was there. */
  readonly native: boolean;
}

/** How a mode of gpu was found. */
export interface FoundMode {
  readonly mode: GpuMode;
  readonly adapter?: string;
  /** Why it was not measured. */
  readonly reason?: string;
}

export interface MeasuredCrossovers {
  readonly measured_at: string;
  readonly machine: Machine;
  readonly gpu: readonly FoundMode[];
  readonly crossovers: Crossovers;
}

/** Of the file; another one is measured anew. */
const VERSION = 1;

/** This machine, with the native addon or without. */
export function thisMachine(native: boolean): Machine {
  const platform = `${process.platform}-${process.arch}`;
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    platform,
    native,
  };
}

export function formatCrossovers(measured: MeasuredCrossovers): string {
  return `${JSON.stringify({ version: VERSION, ...measured }, undefined, 2)}\n`;
}

/** What `formatCrossovers` wrote on `machine`. Throws CROSSOVERS for any other text, with what is wrong with it. */
export function parseCrossovers(text: string, machine: Machine): MeasuredCrossovers {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw refusal(`they are no JSON (${(error as Error).message})`);
  }
  const file = objectOf("the file", given);
  if (file["version"] !== VERSION)
    throw refusal(`they have version ${String(file["version"])}, and this Hive reads ${VERSION}`);
  const measuredAt = file["measured_at"];
  if (typeof measuredAt !== "string" || Number.isNaN(Date.parse(measuredAt)))
    throw refusal("measured_at is no instant");
  const measuredOn = objectOf("machine", file["machine"]);
  for (const name of ["processor", "cores", "platform", "native"] as const) {
    if (measuredOn[name] === machine[name]) continue;
    const [then, now] = [measuredOn[name], machine[name]].map((value) => JSON.stringify(value));
    throw refusal(`they were measured elsewhere: ${name} was ${then} and is ${now}`);
  }
  const crossovers = objectOf("crossovers", file["crossovers"]);
  return {
    measured_at: measuredAt,
    machine,
    gpu: foundModes(file["gpu"]),
    crossovers: Object.fromEntries(
      OPERATIONS.map((name) => [name, crossoverOf(name, crossovers[name])]),
    ) as unknown as Crossovers,
  };
}

function crossoverOf(name: string, given: unknown): Crossover {
  const crossover = objectOf(name, given);
  const gpu = Object.entries(objectOf(`${name}.gpu`, crossover["gpu"])).map(([mode, from]) => {
    if (!isMode(mode)) throw refusal(`${name}.gpu has the mode ${mode}, which there is not`);
    return [mode, fromSize(`${name}.gpu.${mode}`, from)] as const;
  });
  return { native: fromSize(`${name}.native`, crossover["native"]), gpu: Object.fromEntries(gpu) };
}

function fromSize(name: string, given: unknown): FromSize {
  if (given === null || (typeof given === "number" && Number.isFinite(given) && given >= 0)) return given;
  throw refusal(`${name} is ${JSON.stringify(given) ?? "missing"}, neither a size nor null`);
}

function foundModes(given: unknown): readonly FoundMode[] {
  if (!Array.isArray(given)) throw refusal("gpu is no list of modes");
  for (const found of given) if (!isMode(objectOf("gpu", found)["mode"])) throw refusal("gpu names no mode");
  return given as readonly FoundMode[];
}

function isMode(given: unknown): given is GpuMode {
  return GPU_MODES.includes(given as GpuMode);
}

function objectOf(name: string, given: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(given)) throw refusal(`${name} is no object`);
  return given as Readonly<Record<string, unknown>>;
}

function refusal(what: string): CodedError {
  return new CodedError("CROSSOVERS", `the crossovers cannot be used: ${what}; measure them: hive calibrate`);
}
