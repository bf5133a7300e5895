// What a system can be told at its start, checked: every wrong value is refused with what was expected.

import { availableParallelism } from "node:os";
import { THREADS_MAX } from "../actor/address.js";
import { CodedError } from "../base/errors.js";
import { inRange, refuse, refuseUnknown } from "../base/options.js";
import type { Log } from "../base/ports.js";
import { isObject, show } from "../base/show.js";
import { RING_BYTES_MIN } from "../ring/layout.js";
import { DEFAULT_RING_SIZES, type RingSizes } from "./link.js";
import { LONG_TURN_MS } from "./pulse.js";
import { type BatchSizes, DEFAULT_BATCH } from "./thread-runtime.js";
import { STALL_MS } from "./watchdog.js";
import type { WorkerPoolOptions } from "./worker-pool.js";

export interface SystemOptions {
  /**
   * Worker threads: how many, or their names. 0 runs every actor on the calling thread. Default: one less than the
   * machine has cores, at least one.
   */
  readonly threads?: number | readonly string[];
  /** Where the system's own sentences go. Default: warnings and worse to stderr. */
  readonly log?: Log;
  /** A thread without progress for this long, with work waiting, is replaced. Default 10,000. */
  readonly stallMs?: number;
  /** A turn that holds its thread up for longer is an event, `long-turn`; 0 for never. Default 50. */
  readonly longTurnMs?: number;
  /**
   * Microseconds a thread polls before it sleeps: less latency for more CPU. Default 50. From 500 on it polls in place,
   * up to 20 at a time, in which nothing else of the thread goes on.
   */
  readonly spinMicros?: number;
  /** How long a thread is at it before its event loop, or the next ring, gets its turn. */
  readonly batch?: Partial<BatchSizes>;
  /** Threads of the pool for CPU jobs. Default 1. */
  readonly jobThreads?: number;
  /** Ring capacities per ordered pair of threads, powers of two. Default 64 KiB for control, 256 KiB for data. */
  readonly rings?: Partial<RingSizes>;
  /** Heap limits of each worker thread, as `node:worker_threads` has them. */
  readonly resourceLimits?: WorkerPoolOptions["resourceLimits"];
  /**
   * Treats messages between actors of one thread as if they had to travel: what could not is refused at the sender, and
   * what was sent is frozen deeply. Costs time for each message. Default false.
   */
  readonly development?: boolean;
  /** A worker thread that uses more megabytes, heap and buffers, is an event, `thread-memory`; 0, the default: none. */
  readonly softMemoryMb?: number;
  /** Does without the native addon, as on a machine that has none. */
  readonly nativeDisabled?: boolean;
}

/** The same with nothing left out that has a default. */
export interface SystemSettings {
  readonly threads: number;
  /** Names of the first threads, from thread 1 on. */
  readonly names: readonly string[];
  readonly log: Log | undefined;
  readonly stallMs: number;
  readonly longTurnMs: number;
  readonly spinMicros: number;
  readonly batch: BatchSizes;
  readonly jobThreads: number;
  readonly rings: RingSizes;
  readonly resourceLimits: WorkerPoolOptions["resourceLimits"];
  readonly development: boolean;
  readonly softMemoryMb: number;
  readonly nativeDisabled: boolean;
}

/** About what a wake-up costs: a thread that is busy at all then rarely pays for one. */
const SPIN_MICROS = 50;
const RING_BYTES_MAX = 2 ** 30;

const OPTION_NAMES: readonly string[] = [
  "threads",
  "log",
  "stallMs",
  "longTurnMs",
  "spinMicros",
  "batch",
  "jobThreads",
  "rings",
  "resourceLimits",
  "development",
  "softMemoryMb",
  "nativeDisabled",
] satisfies (keyof SystemOptions)[];

/** Checks options and fills in the defaults. Throws THREADS or OPTIONS. */
export function checkOptions(options: SystemOptions): SystemSettings {
  if (!isObject(options)) refuse("createSystem", options, "an object of options, or nothing");
  refuseUnknown("createSystem", options, OPTION_NAMES);
  const { batch = {}, rings = {} } = options;
  refuseUnknown("batch", batch, ["sliceMs", "records"]);
  refuseUnknown("rings", rings, ["controlBytes", "dataBytes"]);
  const { log, resourceLimits } = options;
  if (log !== undefined && !(isObject(log) && typeof log.log === "function"))
    refuse("log", log, "an object with a method `log(level, message, fields)`");
  if (resourceLimits !== undefined && !isObject(resourceLimits))
    refuse("resourceLimits", resourceLimits, "an object, as worker_threads takes it");
  const names: readonly string[] = Array.isArray(options.threads) ? options.threads : [];
  for (const [at, name] of names.entries()) checkName(name, names.slice(0, at));
  return {
    threads: threadCount(options.threads),
    names,
    log,
    stallMs: inRange("stallMs", options.stallMs ?? STALL_MS, 10, 2 ** 31 - 1),
    longTurnMs: inRange("longTurnMs", options.longTurnMs ?? LONG_TURN_MS, 0, 2 ** 31 - 1),
    spinMicros: inRange("spinMicros", options.spinMicros ?? SPIN_MICROS, 0, 1_000_000),
    batch: {
      sliceMs: inRange("batch.sliceMs", batch.sliceMs ?? DEFAULT_BATCH.sliceMs, 0.1, 1_000),
      records: inRange("batch.records", batch.records ?? DEFAULT_BATCH.records, 1, 1_000_000),
    },
    jobThreads: inRange("jobThreads", options.jobThreads ?? 1, 1, 1_024),
    rings: {
      controlBytes: ringBytes("rings.controlBytes", rings.controlBytes ?? DEFAULT_RING_SIZES.controlBytes),
      dataBytes: ringBytes("rings.dataBytes", rings.dataBytes ?? DEFAULT_RING_SIZES.dataBytes),
    },
    resourceLimits,
    development: isTrue("development", options.development ?? false),
    softMemoryMb: inRange("softMemoryMb", options.softMemoryMb ?? 0, 0, 2 ** 31 - 1),
    nativeDisabled: isTrue("nativeDisabled", options.nativeDisabled ?? false),
  };
}

/** A thread's name, for `on: {thread}`. */
export function checkName(name: unknown, taken: Iterable<string>): void {
  if (typeof name !== "string" || name === "")
    throw new CodedError(
      "THREADS",
      `a thread's name: ${JSON.stringify(name)}; give a text that is not empty`,
    );
  if ([...taken].includes(name))
    throw new CodedError("THREADS", `a thread is called "${name}" already: give another name`);
}

function threadCount(given: SystemOptions["threads"]): number {
  if (given === undefined) return Math.min(Math.max(1, availableParallelism() - 1), THREADS_MAX - 1);
  const threads: unknown = Array.isArray(given) ? given.length : given;
  if (Number.isInteger(threads) && Number(threads) >= 0 && Number(threads) < THREADS_MAX)
    return Number(threads);
  throw new CodedError(
    "THREADS",
    `threads: ${show(threads)}; give a whole number from 0 to ${THREADS_MAX - 1}, or their names`,
  );
}

function isTrue(name: string, given: boolean): boolean {
  return typeof given === "boolean" ? given : refuse(name, given, "true or false");
}

function ringBytes(name: string, given: number): number {
  const isPower = Number.isInteger(given) && Number.isInteger(Math.log2(given));
  if (isPower && given >= RING_BYTES_MIN && given <= RING_BYTES_MAX) return given;
  return refuse(name, given, `a power of two from ${RING_BYTES_MIN} to ${RING_BYTES_MAX}`);
}
