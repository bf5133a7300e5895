// `hive calibrate`: which engine is the faster one from which size on, on this machine. Each operation is timed at
// growing sizes on every engine that is here (calibrate-work.ts); from the times follow the crossovers (crossover.ts).
//
// A time is the least of some rounds, in which the engines take turns: what else the machine does makes a call slower
// and never faster. gpu has to be ahead by a fifth, since its answers come later under load than a thread's.
// An engine that took long for a call and far longer than another is not asked for larger ones: there it counts as
// slower.

import type { Addon } from "../base/addon.js";
import type { Clock } from "../base/ports.js";
import { type Call, worksOf } from "./calibrate-work.js";
import { type Crossover, type Crossovers, type FromSize, OPERATIONS, type Operation } from "./crossover.js";
import { type FoundMode, type MeasuredCrossovers, thisMachine } from "./crossover-file.js";
import type { GpuEngine } from "./gpu/engine.js";
import { GPU_MODES, type GpuMode } from "./gpu/protocol.js";

export type EngineName = "js" | "native" | GpuMode;

/** Milliseconds of a call of one size, by engine; what was not timed is not there. */
export interface Timing {
  readonly operation: Operation;
  readonly size: number;
  readonly ms: Partial<Record<EngineName, number>>;
}

export interface CalibrationParts {
  readonly addon: Addon | undefined;
  readonly clock: Clock;
  /** An engine that tries these modes, the first that works being taken. Closed here. */
  readonly openGpu: (modes: readonly GpuMode[]) => GpuEngine;
  /** Modes to time; default all. */
  readonly modes?: readonly GpuMode[];
  /** Small sizes only. Default false. */
  readonly isQuick?: boolean;
  /** Told before each operation. */
  readonly onProgress?: (what: string) => void;
}

export interface Calibrated {
  readonly measured: MeasuredCrossovers;
  readonly timings: readonly Timing[];
}

const ROUNDS = 7;
/** After so long for one size there are no more rounds than these. */
const ROUNDS_LEAST = 2;
const ENOUGH_MS = 100;
/** A round repeats its call for so long: the clock is slower than many a call. */
const ROUND_MS = 2;
/** The first size of an operation is called for longer, until the compiler of JavaScript has seen enough of it. */
const WARM_UP_MS = 4;
const FIRST_WARM_UP_MS = 50;
const LONG_MS = 40;
const FAR_LONGER = 4;
const GPU_MARGIN = 0.8;
/** Below this gpu is not even asked: a message to another process and back takes as long. */
const ROUND_TRIP_MS = 0.05;

/** Times everything; some ten seconds, or more where a graphics card takes long to start. */
export async function calibrate(parts: CalibrationParts): Promise<Calibrated> {
  const { clock, addon } = parts;
  const tables = new Map<Operation, Timing[]>();
  for (const operation of OPERATIONS) {
    parts.onProgress?.(`${operation} on the processor`);
    tables.set(operation, await timeProcessor(operation, parts));
  }
  const found: FoundMode[] = [];
  let left = parts.modes ?? GPU_MODES;
  while (left.length > 0) {
    parts.onProgress?.(`gpu, ${left.join(" or ")}`);
    const tried = await timeGpu(left, tables, parts);
    found.push(...tried);
    left = left.filter((mode) => !tried.some((one) => one.mode === mode));
  }
  const modes = found.filter(({ reason }) => reason === undefined).map(({ mode }) => mode);
  const crossovers = Object.fromEntries(
    OPERATIONS.map((operation) => [operation, crossoverFrom(tables.get(operation) ?? [], modes)]),
  ) as unknown as Crossovers;
  const machine = thisMachine(addon !== undefined);
  const measuredAt = new Date(clock.wallMs()).toISOString();
  return {
    measured: { measured_at: measuredAt, machine, gpu: found, crossovers },
    timings: [...tables.values()].flat(),
  };
}

async function timeProcessor(operation: Operation, parts: CalibrationParts): Promise<Timing[]> {
  const { addon, clock, isQuick = false } = parts;
  const timings: Timing[] = [];
  const tooLong = new Set<EngineName>();
  for (const { size, js, native } of worksOf(operation, { addon, isQuick })) {
    const calls = new Map<EngineName, Call>([["js", js], ...(native ? [["native", native] as const] : [])]);
    for (const name of tooLong) calls.delete(name);
    const ms = await timeAll(calls, clock, timings.length === 0 ? FIRST_WARM_UP_MS : WARM_UP_MS);
    for (const name of calls.keys()) if (isHopeless(ms, name)) tooLong.add(name);
    timings.push({ operation, size, ms });
  }
  return timings;
}

/** Times the first of `modes` that works; answers what was found out about which modes. */
async function timeGpu(
  modes: readonly GpuMode[],
  tables: ReadonlyMap<Operation, Timing[]>,
  parts: CalibrationParts,
): Promise<FoundMode[]> {
  const gpu = parts.openGpu(modes);
  try {
    const query = new Float32Array(256).fill(1);
    await gpu.similarTopAsync(query, { values: query, rows: 1, isUnit: false }, 1);
    const { mode, adapter = "", refused = [] } = gpu.status;
    if (mode === undefined) return unusable(modes, "it ended as soon as it had started");
    const worse = refused.map((one): FoundMode => ({ mode: one.mode, reason: one.reason }));
    const failure = await timeMode(gpu, mode, tables, parts);
    return [...worse, { mode, adapter, ...(failure === undefined ? {} : { reason: failure }) }];
  } catch (error) {
    return unusable(modes, gpu.status.lastError ?? (error as Error).message);
  } finally {
    await gpu.close();
  }
}

function unusable(modes: readonly GpuMode[], reason: string): FoundMode[] {
  return modes.map((mode) => ({ mode, reason }));
}

/** Adds the times of a mode to the tables; answers why it gave up, if it did. */
async function timeMode(
  gpu: GpuEngine,
  mode: GpuMode,
  tables: ReadonlyMap<Operation, Timing[]>,
  { addon, clock, isQuick = false }: CalibrationParts,
): Promise<string | undefined> {
  for (const operation of OPERATIONS) {
    const timings = tables.get(operation) ?? [];
    for (const work of worksOf(operation, { addon, isQuick })) {
      const timing = timings.find(({ size }) => size === work.size);
      const processorMs = timing === undefined ? 0 : fastest(timing.ms, ["js", "native"]);
      if (work.gpu === undefined || timing === undefined || processorMs < ROUND_TRIP_MS) continue;
      try {
        const ms = await timeAll(new Map([[mode, work.gpu(gpu)]]), clock, WARM_UP_MS);
        Object.assign(timing.ms, ms);
        if (isHopeless(timing.ms, mode)) break;
      } catch (error) {
        for (const { ms } of [...tables.values()].flat()) delete ms[mode];
        return (error as Error).message;
      }
    }
  }
  return undefined;
}

async function timeAll(
  calls: ReadonlyMap<EngineName, Call>,
  clock: Clock,
  warmUpMs: number,
): Promise<Partial<Record<EngineName, number>>> {
  const ms: Partial<Record<EngineName, number>> = {};
  for (const call of calls.values()) await repeat(call, warmUpMs, clock);
  const beganMs = clock.nowMs();
  for (let round = 0; round < ROUNDS; round++) {
    if (round >= ROUNDS_LEAST && clock.nowMs() - beganMs > ENOUGH_MS) break;
    for (const [name, call] of calls) {
      const time = await repeat(call, ROUND_MS, clock);
      ms[name] = Math.min(ms[name] ?? time, time);
    }
  }
  return ms;
}

function isHopeless(ms: Timing["ms"], name: EngineName): boolean {
  const best = Math.min(...Object.values(ms));
  return ms[name]! > LONG_MS && ms[name]! > FAR_LONGER * best;
}

/** Calls for so long, once at least; the mean time of a call. */
async function repeat(call: Call, forMs: number, clock: Clock): Promise<number> {
  const beganMs = clock.nowMs();
  let done = 0;
  // As many again each time, so that the clock is looked at seldom.
  for (;;) {
    for (let left = Math.max(1, done); left > 0; left--, done++) {
      const answer = call();
      if (answer instanceof Promise) await answer;
    }
    const ms = clock.nowMs() - beganMs;
    if (ms >= forMs) return ms / done;
  }
}

function crossoverFrom(timings: readonly Timing[], modes: readonly GpuMode[]): Crossover {
  const isGpu = timings.some(({ ms }) => modes.some((mode) => ms[mode] !== undefined));
  const gpu = modes.map((mode) => [mode, aheadFrom(timings, mode, ["js", "native"], GPU_MARGIN)] as const);
  return {
    native: aheadFrom(timings, "native", ["js"], 1),
    gpu: isGpu ? Object.fromEntries(gpu) : {},
  };
}

/**
 * From which size on `name` takes less than `margin` of the time of the best of `others`, there and at all larger ones;
 * null when it does not at the largest. Between two sizes the place is where the logarithms of the times would meet.
 */
export function aheadFrom(
  timings: readonly Timing[],
  name: EngineName,
  others: readonly EngineName[],
  margin: number,
): FromSize {
  /** Below 1 where it is ahead. */
  const lag = ({ ms }: Timing): number => {
    const time = ms[name] ?? Number.POSITIVE_INFINITY;
    const rival = fastest(ms, others);
    return time === Number.POSITIVE_INFINITY ? time : time / (margin * rival);
  };
  let at = timings.length;
  while (at > 0 && lag(timings[at - 1]!) < 1) at--;
  if (at === timings.length) return null;
  if (at === 0) return 0;
  const [before, after] = [timings[at - 1]!, timings[at]!];
  const [behind, ahead] = [Math.log(lag(before)), Math.log(lag(after))];
  if (!Number.isFinite(behind) || !Number.isFinite(ahead)) return after.size;
  const share = behind / (behind - ahead);
  return Math.ceil(before.size * (after.size / before.size) ** share);
}

function fastest(ms: Timing["ms"], names: readonly EngineName[]): number {
  return Math.min(...names.map((name) => ms[name] ?? Number.POSITIVE_INFINITY));
}
